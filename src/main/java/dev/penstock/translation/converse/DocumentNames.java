// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of the documents of one request. Bedrock wants one for each, no two alike, of letters, digits, single spaces, hyphens,
 * parentheses and square brackets only, at most 200 characters.
 */
final class DocumentNames {

    private static final int MAX_LENGTH = 200;
    /** Room for what tells two of a name apart. */
    private static final int MAX_BASE = MAX_LENGTH - 8;

    private final Set<String> taken = new HashSet<>();
    /** By name, the number to try next. */
    private final Map<String, Integer> again = new HashMap<>();

    String next(@Nullable String fileName) {
        String base = fileName == null ? "" : cleaned(fileName);
        String name = base.isEmpty() ? "document" : base;
        String unique = name;
        while (!taken.add(unique)) {
            unique = name + " (" + again.merge(name, 2, (before, two) -> before + 1) + ")";
        }
        return unique;
    }

    private static String cleaned(String fileName) {
        StringBuilder name = new StringBuilder();
        boolean gap = false;
        for (int i = 0; i < fileName.length() && name.length() < MAX_BASE; i++) {
            char c = fileName.charAt(i);
            if (Character.isWhitespace(c)) {
                gap = true;
                continue;
            }
            if (gap && !name.isEmpty()) {
                name.append(' ');
            }
            gap = false;
            name.append(fits(c) ? c : '-');
        }
        return name.toString();
    }

    private static boolean fits(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "-()[]".indexOf(c) >= 0;
    }
}
