// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the one part of the file whose keys are not Penstock's: members of a request. A plain {@code 0.2} is a number and
 * {@code true} a truth value, what stands in quotes is text. Size and depth are bounded, because each request carries them.
 */
final class ParamsReader {

    private static final int DEEPEST = 6;
    private static final int MOST_VALUES = 200;
    private static final int LONGEST_TEXT = 4_000;
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]{0,17})");
    private static final Pattern FRACTION = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");

    /** What the gateway or the client decides; a target that changed it would break the exchange. */
    private static final Set<String> NOT_HERE = Set.of(
            "model", "stream", "stream_options", "messages", "input", "system", "instructions", "contents", "prompt");

    private final Problems problems;
    private final Interpolation interpolation;
    private final Consumer<String> masked;
    private int values;

    /** @param masked receives the paths whose values came out of variables */
    ParamsReader(Problems problems, Interpolation interpolation, Consumer<String> masked) {
        this.problems = problems;
        this.interpolation = interpolation;
        this.masked = masked;
    }

    @Nullable
    Params read(Tree tree, String path) {
        if (!(tree instanceof Tree.Fields fields)) {
            problems.unexpected(tree.at(), path, tree.shape(), "a map of members of a request, such as temperature");
            return null;
        }
        fields.fields().forEach((name, field) -> {
            if (NOT_HERE.contains(name)) {
                problems.unexpected(
                        field.keyAt(), Paths.child(path, name), name, "members that a target may set, not this one");
            }
        });
        return new Params(map(fields, path, 1));
    }

    private Map<String, Object> map(Tree.Fields fields, String path, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        fields.fields().forEach((name, field) -> {
            Object value = value(field.value(), Paths.child(path, name), depth);
            if (value != null) {
                map.put(name, value);
            }
        });
        return map;
    }

    private @Nullable Object value(Tree tree, String path, int depth) {
        if (depth > DEEPEST || ++values > MOST_VALUES) {
            String found =
                    depth > DEEPEST ? "more than " + DEEPEST + " levels" : "more than " + MOST_VALUES + " values";
            problems.unexpected(tree.at(), path, found, "less");
            return null;
        }
        return switch (tree) {
            case Tree.Fields fields -> map(fields, path, depth + 1);
            case Tree.Items items -> list(items, path, depth + 1);
            case Tree.Leaf leaf -> leaf(leaf, path);
            case Tree.Nothing nothing -> {
                problems.unexpected(tree.at(), path, "nothing", "a value");
                yield null;
            }
        };
    }

    private List<Object> list(Tree.Items items, String path, int depth) {
        List<Object> list = new ArrayList<>();
        for (Tree item : items.items()) {
            Object value = value(item, path + "[" + list.size() + "]", depth);
            if (value != null) {
                list.add(value);
            }
        }
        return list;
    }

    private @Nullable Object leaf(Tree.Leaf leaf, String path) {
        if (leaf.expand() && Interpolation.isIn(leaf.text())) {
            masked.accept(path);
        }
        Optional<String> text = interpolation.expand(leaf, path);
        if (text.isEmpty()) {
            return null;
        }
        if (text.get().length() > LONGEST_TEXT) {
            problems.unexpected(
                    leaf.at(),
                    path,
                    "a text of " + text.get().length() + " characters",
                    "at most " + LONGEST_TEXT + " characters");
            return null;
        }
        return leaf.style() == Tree.Style.PLAIN ? plain(text.get()) : text.get();
    }

    private static Object plain(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        if (WHOLE.matcher(text).matches()) {
            return Long.valueOf(text);
        }
        double number = FRACTION.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
        return Double.isFinite(number) ? (Object) number : text;
    }
}
