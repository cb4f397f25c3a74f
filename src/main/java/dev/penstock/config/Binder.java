// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns a {@link Tree} into {@link FileForm}. A value that is wrong becomes a problem and takes its default, so that one look
 * finds every mistake. Remembers where each value stood and how it may be shown.
 */
final class Binder {

    private static final int LONGEST_SHOWN = 60;
    private static final List<String> KEY_PREFIXES = List.of(
            "sk-", "sk_", "gsk_", "xai-", "pplx-", "csk-", "ps-", "hf_", "AIza", "AKIA", "ASIA", "ABSK", "Bearer ");

    private final Problems problems;
    private final Interpolation interpolation;
    private final Map<String, Source> at = new HashMap<>();
    private final Map<String, Source> keyAt = new HashMap<>();
    private final Map<String, Tree.Leaf> leaves = new HashMap<>();
    private final Map<String, String> shown = new HashMap<>();
    private final Set<String> masked = new HashSet<>();
    private final Set<String> empty = new HashSet<>();
    private final IdentityHashMap<Object, String> paths = new IdentityHashMap<>();

    Binder(Problems problems, Interpolation interpolation) {
        this.problems = problems;
        this.interpolation = interpolation;
    }

    FileForm bind(Tree tree) {
        return bind(FileForm.class, tree);
    }

    <R> R bind(Class<R> form, Tree tree) {
        return section(form, tree, "");
    }

    /** Whether the files say anything at this path, right or wrong. */
    boolean has(String path) {
        return at.containsKey(path);
    }

    /** Where the value stands; for absent ones the nearest section around it. */
    Source at(String path) {
        return nearest(at, path);
    }

    /** Where the key stands. */
    Source keyAt(String path) {
        Source source = keyAt.get(path);
        return source != null ? source : at(path);
    }

    /**
     * A place inside the text of a value, for values that have a grammar of their own. Where the file's way of writing hides
     * it, the place of the value.
     *
     * @param line inside the text, from 1
     * @param column inside that line, from 1
     */
    Source inside(String path, int line, int column) {
        Tree.Leaf leaf = leaves.get(path);
        boolean asWritten = leaf != null
                && leaf.style() != Tree.Style.BLOCK
                && leaf.at().line() > 0
                && leaf.text().indexOf('\n') < 0
                && !isMasked(path);
        if (leaf == null || !asWritten || line != 1) {
            return at(path);
        }
        Source at = leaf.at();
        int quote = leaf.style() == Tree.Style.QUOTED ? 1 : 0;
        return new Source(at.name(), at.line(), at.column() + quote + column - 1, at.folder());
    }

    private static Source nearest(Map<String, Source> places, String path) {
        for (String p = path; !p.isEmpty(); p = parent(p)) {
            Source source = places.get(p);
            if (source != null) {
                return source;
            }
        }
        return places.getOrDefault("", Source.of("configuration"));
    }

    private static String parent(String path) {
        int cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
        return cut < 0 ? "" : path.substring(0, cut);
    }

    /** The value as it may be shown: the text of the file, never what a variable or a secret holds. */
    String shown(String path) {
        return shown.getOrDefault(path, "nothing");
    }

    /** Whether text at this path came out of a variable or a file. */
    boolean isMasked(String path) {
        return masked.contains(path);
    }

    /** The variable that holds all of the text at this path, or null. */
    @Nullable
    String variableAt(String path) {
        Tree.Leaf leaf = leaves.get(path);
        return leaf == null ? null : interpolation.variableOf(leaf);
    }

    /** Whether an item of the list at this path came out of a variable or a file. */
    boolean hasMaskedItem(String path) {
        return masked.stream()
                .anyMatch(p -> p.startsWith(path + "[") && p.indexOf(']', path.length()) == p.length() - 1);
    }

    /** Whether anything at or below this path came out of a variable or a file. */
    boolean hasMaskedBelow(String path) {
        return masked.stream().anyMatch(p -> p.equals(path) || p.startsWith(path + ".") || p.startsWith(path + "["));
    }

    /** Whether this path has no value at all, as in {@code chat:} with nothing behind it, or is a map of names without any. */
    boolean isNothing(String path) {
        return empty.contains(path);
    }

    /** Where a section stands in the file. */
    String pathOf(Object section) {
        return paths.getOrDefault(section, "");
    }

    private <R> R section(Class<R> type, Tree tree, String path) {
        at.put(path, tree.at());
        if (tree instanceof Tree.Nothing) {
            empty.add(path);
        }
        Map<String, Tree.Field> fields = fields(type, tree, path);
        List<FormKey> keys = FormKey.of(type);
        @Nullable Object[] values = new @Nullable Object[keys.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = isShortFor(type, keys.get(i), tree)
                    ? shortForm(keys.get(i), tree, path)
                    : component(keys.get(i), fields, tree, path);
        }
        refuseUnknown(fields, keys, path);
        R section = FormKey.build(type, values);
        paths.put(section, path);
        return section;
    }

    private Map<String, Tree.Field> fields(Class<?> type, Tree tree, String path) {
        ShortForm form = type.getAnnotation(ShortForm.class);
        return switch (tree) {
            case Tree.Fields fields -> fields.fields();
            case Tree.Nothing nothing when form == null -> Map.of();
            case Tree.Nothing nothing -> {
                problems.unexpected(tree.at(), path, "nothing", form.forms());
                yield Map.of();
            }
            case Tree.Items items when form == null -> refuse(type, tree, path);
            case Tree.Leaf leaf when form == null -> refuse(type, tree, path);
            default -> Map.of();
        };
    }

    private Map<String, Tree.Field> refuse(Class<?> type, Tree tree, String path) {
        String keys = FormKey.of(type).stream().limit(3).map(FormKey::name).collect(Collectors.joining(", "));
        problems.unexpected(tree.at(), path, tree.shape(), "a map with keys such as " + keys);
        return Map.of();
    }

    private @Nullable Object component(FormKey key, Map<String, Tree.Field> fields, Tree section, String path) {
        Tree.Field field = fields.get(key.name());
        String child = Paths.child(path, key.name());
        if (field == null) {
            // A section that was refused as a whole is not also told which of its keys are missing.
            if (key.key().required() && (section instanceof Tree.Fields || section instanceof Tree.Nothing)) {
                problems.unexpected(section.at(), child, "missing", expected(key));
            }
            return absent(key, section, child);
        }
        keyAt.put(child, field.keyAt());
        Object value = value(key.type(), key.key(), field.value(), child);
        return value != null ? value : absent(key, section, child);
    }

    private static boolean isShortFor(Class<?> type, FormKey key, Tree tree) {
        ShortForm form = type.getAnnotation(ShortForm.class);
        boolean isShort = tree instanceof Tree.Leaf || tree instanceof Tree.Items;
        return form != null && isShort && form.value().equals(key.component());
    }

    private @Nullable Object shortForm(FormKey key, Tree tree, String path) {
        if (FormKey.raw(key.type()) == List.class && tree instanceof Tree.Leaf) {
            List<@Nullable Object> one = new ArrayList<>();
            one.add(value(FormKey.element(key.type()), key.key(), tree, path));
            return one;
        }
        return value(key.type(), key.key(), tree, path);
    }

    private static String expected(FormKey key) {
        return Scalar.of(FormKey.raw(key.type()))
                .map(s -> s.expected(key.key()))
                .orElse("a value");
    }

    /** What holds while the key is absent or wrong. */
    private @Nullable Object absent(FormKey key, Tree section, String path) {
        Class<?> type = FormKey.raw(key.type());
        if (!key.key().def().isEmpty()) {
            return Scalar.of(type).map(s -> s.read(key.key().def(), key.key())).orElseThrow();
        }
        if (key.nullable()) {
            return null;
        }
        if (type == List.class) {
            return List.of();
        }
        if (type == Map.class) {
            return Map.of();
        }
        return quietly(type, section, path);
    }

    private Object quietly(Class<?> type, Tree section, String path) {
        boolean known = at.containsKey(path);
        Object empty = section(type, Tree.Fields.empty(section.at()), path);
        if (!known) {
            at.remove(path);
        }
        return empty;
    }

    private @Nullable Object value(Type type, Key key, Tree tree, String path) {
        at.put(path, tree.at());
        Class<?> raw = FormKey.raw(type);
        if (raw == Map.class) {
            return map(FormKey.element(type), tree, path);
        }
        if (raw == Params.class) {
            return new ParamsReader(problems, interpolation, masked::add).read(tree, path);
        }
        if (raw == List.class) {
            return list(FormKey.element(type), key, tree, path);
        }
        Optional<Scalar<?>> scalar = Scalar.of(raw);
        return scalar.isPresent() ? scalar(scalar.get(), key, tree, path) : section(raw, tree, path);
    }

    private Map<String, Object> map(Class<?> element, Tree tree, String path) {
        Map<String, Object> map = new LinkedHashMap<>();
        switch (tree) {
            case Tree.Fields fields when fields.fields().isEmpty() -> empty.add(path);
            case Tree.Fields fields ->
                fields.fields().forEach((name, field) -> {
                    String child = Paths.child(path, name);
                    keyAt.put(child, field.keyAt());
                    map.put(name, section(element, field.value(), child));
                });
            case Tree.Nothing nothing -> empty.add(path);
            default -> problems.unexpected(tree.at(), path, tree.shape(), "a map of names");
        }
        return map;
    }

    private List<@Nullable Object> list(Class<?> element, Key key, Tree tree, String path) {
        List<@Nullable Object> list = new ArrayList<>();
        if (tree instanceof Tree.Items items) {
            for (Tree item : items.items()) {
                list.add(value(element, key, item, path + "[" + list.size() + "]"));
            }
        } else {
            problems.unexpected(tree.at(), path, tree.shape(), "a list");
        }
        return list;
    }

    private <T> @Nullable T scalar(Scalar<T> scalar, Key key, Tree tree, String path) {
        if (!(tree instanceof Tree.Leaf leaf)) {
            problems.unexpected(tree.at(), path, tree.shape(), scalar.expected(key));
            return null;
        }
        leaves.put(path, leaf);
        boolean secret = scalar.type() == Secret.class;
        boolean address = scalar.type() == StoreUrl.class;
        shown.put(path, secret ? Secret.MASK : address ? StoreUrl.shown(leaf.text()) : show(leaf.text()));
        if (leaf.expand() && Interpolation.isIn(leaf.text()) && !scalar.harmless()) {
            masked.add(path);
        }
        Optional<String> text = interpolation.expand(leaf, path);
        if (text.isEmpty()) {
            return null;
        }
        if (secret) {
            return sendable(text.get(), tree.at(), path) ? scalar.read(text.get(), key) : null;
        }
        T value = scalar.read(text.get(), key);
        if (value == null) {
            problems.unexpected(tree.at(), path, shown(path), scalar.expected(key) + meant(scalar, text.get()));
        }
        return value;
    }

    private static String meant(Scalar<?> scalar, String text) {
        if (!scalar.type().isEnum()) {
            return "";
        }
        List<String> labels = java.util.Arrays.stream(scalar.type().getEnumConstants())
                .map(Scalar::label)
                .toList();
        String meant = labels.size() == 1 ? "" : Nearest.didYouMean(text, labels);
        return meant.isEmpty() ? "" : "." + meant;
    }

    /** A secret travels in a header: printable ASCII, and something at all. */
    private boolean sendable(String text, Source source, String path) {
        return isSendable(text, source, path, problems);
    }

    static boolean isSendable(String text, Source source, String path, Problems problems) {
        if (text.isEmpty()) {
            problems.unexpected(source, path, "an empty secret", "a value");
            return false;
        }
        if (!text.chars().allMatch(c -> c > ' ' && c < 127)) {
            problems.unexpected(
                    source, path, "a secret with blanks or characters that no header can carry", "printable ASCII");
            return false;
        }
        return true;
    }

    /** The file's own text, cut where it is long and hidden where it looks like a key in the wrong place. */
    static String show(String text) {
        if (looksLikeKey(text)) {
            return Secret.MASK;
        }
        if (text.length() > LONGEST_SHOWN) {
            return "a text of " + text.length() + " characters";
        }
        int user = text.indexOf('@');
        if (user > 0 && text.contains("://")) {
            return "a URL with user and password";
        }
        boolean number = Digits.parse(text.startsWith("-") ? text.substring(1) : text) >= 0;
        return number ? text : '"' + Paths.printable(text) + '"';
    }

    /** Whether a text begins as the keys of known services do. */
    static boolean looksLikeKey(String text) {
        return KEY_PREFIXES.stream().anyMatch(text::startsWith);
    }

    private void refuseUnknown(Map<String, Tree.Field> fields, List<FormKey> keys, String path) {
        List<String> known = keys.stream().map(FormKey::name).toList();
        fields.forEach((name, field) -> {
            if (!known.contains(name)) {
                String meant = Nearest.didYouMean(name, known);
                problems.add(
                        field.keyAt(),
                        Paths.child(path, name),
                        meant.isEmpty()
                                ? "unknown key; expected one of " + String.join(", ", known)
                                : "unknown key." + meant);
            }
        });
    }

    /** How a value is written in the file. */
    static String display(Object value) {
        return switch (value) {
            case Duration duration -> Durations.format(duration);
            case Enum<?> choice -> Scalar.label(choice);
            default -> value.toString();
        };
    }
}
