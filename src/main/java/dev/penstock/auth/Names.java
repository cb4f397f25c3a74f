// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.util.List;

/**
 * Names that are allowed. A pattern is a name, in which {@code *} stands for any text.
 *
 * @param patterns of which one must fit
 */
record Names(List<String> patterns) {

    static final Names ALL = new Names(List.of("*"));
    static final Names NONE = new Names(List.of());

    Names {
        patterns = List.copyOf(patterns);
    }

    /** A list of a key, which says nothing where it is empty. */
    static Names allUnless(List<String> patterns) {
        return patterns.isEmpty() ? ALL : new Names(patterns);
    }

    boolean all() {
        return patterns.contains("*");
    }

    boolean have(String name) {
        for (int i = 0; i < patterns.size(); i++) {
            if (fits(patterns.get(i), name)) {
                return true;
            }
        }
        return false;
    }

    /** Back to the last star when the text does not go on as the pattern does: never worse than length times length. */
    private static boolean fits(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int mark = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                mark = n;
            } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
