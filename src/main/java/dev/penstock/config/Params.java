// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Members of a request as the file gives them, for a target that sets them.
 *
 * @param values String, Boolean, Long, Double, List or Map of these, by name
 */
record Params(Map<String, Object> values) {

    /** One spelling for equal values, whatever order they were written in. */
    static String text(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, String> sorted = new TreeMap<>();
                map.forEach((name, member) -> sorted.put(String.valueOf(name), text(member)));
                yield sorted.entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .collect(Collectors.joining(", ", "{", "}"));
            }
            case List<?> list -> list.stream().map(Params::text).collect(Collectors.joining(", ", "[", "]"));
            case String text -> '"' + Paths.printable(text) + '"';
            default -> value.toString();
        };
    }
}
