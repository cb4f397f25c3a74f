// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The table of all keys in the documentation, written from {@link FileForm} so that it cannot fall behind. */
final class Reference {

    private Reference() {}

    static String markdown() {
        StringBuilder out = new StringBuilder("| key | default | expected | meaning |\n|---|---|---|---|\n");
        section("", FileForm.class, out);
        return out.toString();
    }

    private static void section(String path, Class<?> type, StringBuilder out) {
        for (FormKey key : FormKey.of(type)) {
            String child = path.isEmpty() ? key.name() : path + "." + key.name();
            Class<?> raw = FormKey.raw(key.type());
            row(child, key, out);
            if (raw == Map.class) {
                section(child + ".<name>", FormKey.element(key.type()), out);
            } else if (raw == List.class && FormKey.isSection(FormKey.element(key.type()))) {
                section(child + "[]", FormKey.element(key.type()), out);
            } else if (FormKey.isSection(raw)) {
                section(child, raw, out);
            }
        }
    }

    private static void row(String path, FormKey key, StringBuilder out) {
        out.append("| `")
                .append(path)
                .append("` | ")
                .append(standard(key))
                .append(" | ")
                .append(expected(key))
                .append(" | ")
                .append(key.key().value().replace("<", "&lt;"))
                .append(" |\n");
    }

    private static String standard(FormKey key) {
        if (!key.key().def().isEmpty()) {
            return "`" + key.key().def() + "`";
        }
        return key.key().required() ? "required" : key.key().unset();
    }

    private static String expected(FormKey key) {
        Class<?> raw = FormKey.raw(key.type());
        if (raw == Map.class) {
            ShortForm form = FormKey.element(key.type()).getAnnotation(ShortForm.class);
            return form == null ? "a map of names" : "a map of names to " + form.forms();
        }
        if (raw == List.class) {
            Class<?> element = FormKey.element(key.type());
            ShortForm form = element.getAnnotation(ShortForm.class);
            String each = form != null
                    ? form.forms()
                    : Scalar.of(element).map(s -> s.expected(key.key())).orElse("a map");
            return "a list; each " + each;
        }
        if (raw == Params.class) {
            return "a map of members of a request";
        }
        return Scalar.of(raw).map(s -> s.expected(key.key())).orElse("a map");
    }

    /** Providers that need no {@code base_url}. */
    static String presets() {
        StringBuilder out = new StringBuilder(
                "| provider | type | variable | base_url | usage_in_stream |\n|---|---|---|---|---|\n");
        for (Preset preset : Preset.ALL) {
            String variables = preset.keyVariables().isEmpty()
                    ? "none, only in the file"
                    : preset.keyVariables().stream().map(Reference::code).collect(Collectors.joining(" or "));
            preset(
                    out,
                    preset.name(),
                    preset.type(),
                    variables,
                    preset.baseUrl().toString(),
                    preset.usageInStream());
        }
        for (Preset.Pair pair : Preset.PAIRS) {
            String variables = code(pair.keyVariable()) + " and " + code(pair.placeVariable());
            preset(out, pair.name(), pair.type(), variables, pair.address(), true);
        }
        return out.toString();
    }

    private static void preset(
            StringBuilder out, String name, ProviderConfig.Type type, String variables, String url, boolean usage) {
        List<String> cells = List.of(
                code(name),
                Scalar.label(type),
                variables,
                code(url),
                type == ProviderConfig.Type.OPENAI || type == ProviderConfig.Type.AZURE
                        ? Boolean.toString(usage)
                        : "always counted");
        out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String code(String text) {
        return '`' + text + '`';
    }
}
