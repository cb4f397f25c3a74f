// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.cel.common.CelIssue;
import java.util.Comparator;
import java.util.List;

/** From what CEL's compiler says to what a person needs: the first mistake, its place, and names as they were written. */
final class CelMistakes {

    private static final String UNDECLARED = "undeclared reference to '";
    private static final String NO_OVERLOAD = "found no matching overload for '";

    private static final int LONGEST = 100;

    /** The functions that conditions are for, for a look at a misspelt one; CEL knows more. */
    private static final List<String> FUNCTIONS = List.of(
            "contains",
            "startsWith",
            "endsWith",
            "matches",
            "size",
            "all",
            "exists",
            "exists_one",
            "filter",
            "map",
            "int",
            "double",
            "string");

    private CelMistakes() {}

    static PolicyException of(String text, List<CelIssue> issues) {
        CelIssue first = issues.stream()
                .min(Comparator.comparing(CelIssue::getSourceLocation))
                .orElseThrow();
        int line = Math.max(1, first.getSourceLocation().getLine());
        int column = Math.max(0, first.getSourceLocation().getColumn());
        String message = first.getMessage();
        if (message.startsWith(UNDECLARED)) {
            String name = message.substring(UNDECLARED.length(), message.indexOf('\'', UNDECLARED.length()));
            return undeclared(text, line, column, name);
        }
        return new PolicyException(line, column + 1, inWords(message));
    }

    /**
     * CEL names the first part of a dotted name that it does not know, at the place where the name begins. Of a function it names
     * the whole, at the place of the parenthesis.
     */
    private static PolicyException undeclared(String text, int line, int column, String name) {
        String[] lines = text.split("\n", -1);
        String source = line <= lines.length ? lines[line - 1] : "";
        int at = source.offsetByCodePoints(0, Math.min(column, source.codePointCount(0, source.length())));
        if (!source.startsWith(name, at)) {
            int begin = at - name.length();
            boolean before = begin >= 0 && source.startsWith(name, begin);
            int place = before ? column - name.length() : column;
            return PolicyException.unknown(line, place + 1, "unknown function", name, FUNCTIONS);
        }
        return PolicyException.unknown(line, column + 1, "unknown variable", dotted(source, at), Variable.NAMES);
    }

    /** The whole name that begins here, without a function that is called on it. */
    private static String dotted(String source, int at) {
        int end = at;
        while (end < source.length() && isOfName(source.charAt(end))) {
            end++;
        }
        String whole = source.substring(at, end);
        boolean called = end < source.length() && source.charAt(end) == '(';
        int dot = whole.lastIndexOf('.');
        return called && dot > 0 ? whole.substring(0, dot) : whole;
    }

    private static boolean isOfName(char c) {
        return c == '.' || c == '_' || (c < 128 && Character.isLetterOrDigit(c));
    }

    private static String inWords(String message) {
        if (message.startsWith(NO_OVERLOAD)) {
            // found no matching overload for '_>_' applied to '(int, string)' (candidates: ...)
            int end = message.indexOf('\'', NO_OVERLOAD.length());
            int types = message.indexOf('\'', end + 1);
            int last = message.indexOf('\'', types + 1);
            if (end > 0 && types > 0 && last > 0) {
                String function = message.substring(NO_OVERLOAD.length(), end).replace("_", "");
                return function + " does not take " + message.substring(types + 1, last);
            }
        }
        if (message.startsWith("expected type 'bool' but found")) {
            return "a condition must be true or false";
        }
        if (message.contains("'<EOF>'") && !message.startsWith("extraneous")) {
            return "the condition ends too early";
        }
        if (message.startsWith("expression code point size exceeds")) {
            return "longer than " + Conditions.LONGEST + " characters";
        }
        if (message.startsWith("Expression recursion limit")) {
            return "nested more than " + Conditions.DEEPEST + " levels deep";
        }
        int list = message.indexOf(" expecting ");
        String brief = list < 0 ? message : message.substring(0, list);
        return brief.length() <= LONGEST ? brief : brief.substring(0, LONGEST) + "…";
    }
}
