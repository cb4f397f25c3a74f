// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Lays variables over the files: {@code PENSTOCK__PROVIDERS__OPENAI__POOL=64} sets {@code providers.openai.pool}. A value that
 * begins with a bracket or brace is read as YAML, any other is taken as it is. A dash or dot in a name is written as
 * underscore; it finds an existing name of that spelling, else it makes one in lower case.
 */
final class Overrides {

    private static final String PREFIX = "PENSTOCK__";

    private final Map<String, String> env;
    private final Problems problems;

    Overrides(Map<String, String> env, Problems problems) {
        this.env = new TreeMap<>(env);
        this.problems = problems;
    }

    Tree apply(Tree tree) {
        Tree result = tree;
        for (Map.Entry<String, String> variable : env.entrySet()) {
            if (variable.getKey().startsWith(PREFIX)) {
                result = apply(result, variable.getKey(), variable.getValue());
            }
        }
        return result;
    }

    private Tree apply(Tree tree, String variable, String value) {
        List<String> names = List.of(variable.substring(PREFIX.length()).split("__", -1));
        if (names.contains("")) {
            problems.unexpected(
                    Source.of(variable),
                    "",
                    "an empty name between underscores",
                    "names such as PENSTOCK__SERVER__PORT");
            return tree;
        }
        Optional<Tree> leaf = value(variable, value);
        return leaf.isEmpty() ? tree : set(tree, names, "", leaf.get());
    }

    private Optional<Tree> value(String variable, String value) {
        boolean structured = value.startsWith("[") || value.startsWith("{");
        return structured
                ? TreeReader.variable(variable, value, problems)
                : Optional.of(new Tree.Leaf(value, false, Tree.Style.PLAIN, Source.of(variable)));
    }

    private Tree set(Tree tree, List<String> names, String path, Tree value) {
        if (names.isEmpty()) {
            return Tree.merge(tree, value);
        }
        Source source = value.at();
        if (!(tree instanceof Tree.Fields) && !(tree instanceof Tree.Nothing)) {
            problems.unexpected(
                    source, path, tree.shape() + " at " + tree.at().brief(), "a map to set " + lower(names) + " in");
            return tree;
        }
        Map<String, Tree.Field> fields = new LinkedHashMap<>(tree instanceof Tree.Fields map ? map.fields() : Map.of());
        String name = existing(names.get(0), fields).orElse(names.get(0).toLowerCase(Locale.ROOT));
        Tree.Field below = fields.getOrDefault(name, new Tree.Field(source, new Tree.Nothing(source)));
        Tree set = set(below.value(), names.subList(1, names.size()), Paths.child(path, name), value);
        fields.put(name, new Tree.Field(set.at().equals(source) ? source : below.keyAt(), set));
        return new Tree.Fields(fields, tree instanceof Tree.Nothing ? source : tree.at());
    }

    private static String lower(List<String> names) {
        return names.get(0).toLowerCase(Locale.ROOT);
    }

    private static Optional<String> existing(String name, Map<String, Tree.Field> fields) {
        return fields.keySet().stream().filter(key -> spelled(key).equals(name)).findFirst();
    }

    private static String spelled(String key) {
        return key.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_').replace('/', '_');
    }
}
