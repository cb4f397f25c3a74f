// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which metrics and labels an expression of Prometheus names. Reads as much of the language as the shipped files use, and refuses all
 * else: an unknown word is an error and not a metric that is overlooked.
 *
 * @param selectors metric to the labels of its matchers
 * @param groupings labels after {@code by}
 * @param first labels after the first {@code by}
 */
record PromQl(Map<String, Set<String>> selectors, Set<String> groupings, Set<String> first) {

    private static final Pattern TOKEN = Pattern.compile("\\s*(?:"
            + "(?<text>\"(?:[^\"\\\\]|\\\\.)*\")"
            + "|(?<range>\\[(?:[0-9]+(?:ms|s|m|h|d)|\\$__rate_interval|\\$__range)\\])"
            + "|(?<word>[a-zA-Z_:][\\w:]*)"
            + "|(?<number>[0-9]+(?:\\.[0-9]+)?)"
            + "|(?<op>=~|!~|!=|==|>=|<=|[-+*/><=(){},]))");
    private static final Set<String> FUNCTIONS = Set.of("rate", "increase", "histogram_quantile");
    private static final Set<String> AGGREGATIONS = Set.of("sum", "min", "max", "count");

    static PromQl of(String expression) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(expression.strip());
        int at = 0;
        while (at < expression.strip().length()) {
            if (!matcher.find(at) || matcher.start() != at) {
                throw new IllegalArgumentException("cannot be read from " + at + ": " + expression);
            }
            tokens.add(matcher.group().strip());
            at = matcher.end();
        }
        return read(tokens, expression);
    }

    private static PromQl read(List<String> tokens, String expression) {
        Map<String, Set<String>> selectors = new TreeMap<>();
        Set<String> groupings = new TreeSet<>();
        Set<String> first = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>();
        for (int i = 0; i < tokens.size(); i++) {
            String token = tokens.get(i);
            String next = i + 1 < tokens.size() ? tokens.get(i + 1) : "";
            switch (token) {
                case "(" -> open.push(")");
                case "{" -> throw new IllegalArgumentException("matchers without a metric: " + expression);
                case ")" -> {
                    if (open.isEmpty()) {
                        throw new IllegalArgumentException("closes what is not open: " + expression);
                    }
                    open.pop();
                }
                case "by" -> {
                    Set<String> labels = new TreeSet<>();
                    for (i += 2; !tokens.get(i).equals(")"); i++) {
                        if (!tokens.get(i).equals(",")) {
                            labels.add(tokens.get(i));
                        }
                    }
                    if (groupings.isEmpty()) {
                        first.addAll(labels);
                    }
                    groupings.addAll(labels);
                }
                default -> {
                    boolean word = Character.isLetter(token.charAt(0)) || token.charAt(0) == '_';
                    if (word && FUNCTIONS.contains(token) && next.equals("(")) {
                        continue;
                    }
                    if (word && AGGREGATIONS.contains(token) && (next.equals("(") || next.equals("by"))) {
                        continue;
                    }
                    if (word) {
                        Set<String> labels = selectors.computeIfAbsent(token, name -> new TreeSet<>());
                        if (next.equals("{")) {
                            i = matchers(tokens, i + 2, labels);
                        } else if (next.equals("(")) {
                            throw new IllegalArgumentException("unknown function " + token + ": " + expression);
                        }
                    }
                }
            }
        }
        if (!open.isEmpty()) {
            throw new IllegalArgumentException("is not closed: " + expression);
        }
        return new PromQl(selectors, groupings, first);
    }

    /** Where the closing brace stands. */
    private static int matchers(List<String> tokens, int from, Set<String> labels) {
        int i = from;
        while (!tokens.get(i).equals("}")) {
            labels.add(tokens.get(i));
            if (!Set.of("=", "!=", "=~", "!~").contains(tokens.get(i + 1))
                    || !tokens.get(i + 2).startsWith("\"")) {
                throw new IllegalArgumentException("no matcher: " + tokens.subList(i, i + 3));
            }
            i += tokens.get(i + 3).equals(",") ? 4 : 3;
        }
        return i;
    }

    /** What the result is told apart by: {@code le} is used up by its quantile. */
    Set<String> labelsOfResult() {
        Set<String> labels = new TreeSet<>(first);
        labels.remove("le");
        return labels;
    }
}
