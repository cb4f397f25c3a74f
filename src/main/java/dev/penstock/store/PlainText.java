// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts of one row as columns can take them. Callers choose some of them, and PostgreSQL takes no NUL, UTF-8 no half of a pair, and an
 * index no long key. What has to be changed for that is remembered as it was, so that the row can be read back whole.
 */
final class PlainText {

    /** Four of them and more fit into a key of PostgreSQL's indexes, in whatever script they are: a third of a page, 2,700 bytes. */
    static final int LONGEST_NAME = 150;

    private static final char INSTEAD = '\uFFFD';

    private final Map<String, String> exact = new LinkedHashMap<>();

    /** The text for a column that is searched or grouped by. */
    String name(String column, String text) {
        return remember(column, text, name(text));
    }

    /** The text for a column that is only read back. */
    String text(String column, String text) {
        return remember(column, text, clean(text));
    }

    @Nullable
    String textOrNull(String column, @Nullable String text) {
        return text == null ? null : text(column, text);
    }

    private String remember(String column, String text, String plain) {
        if (!plain.equals(text)) {
            exact.put(column, text);
        }
        return plain;
    }

    /** By column, what could not be taken as it was. */
    Map<String, String> exact() {
        return exact;
    }

    /** As {@link #name(String, String)} would write it; for looking it up. */
    static String name(String text) {
        String plain = clean(text);
        if (plain.length() <= LONGEST_NAME) {
            return plain;
        }
        boolean insidePair = Character.isHighSurrogate(plain.charAt(LONGEST_NAME - 1));
        return plain.substring(0, insidePair ? LONGEST_NAME - 1 : LONGEST_NAME);
    }

    private static String clean(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isSurrogate(c)) {
                return cleaned(text);
            }
        }
        return text;
    }

    private static String cleaned(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            plain.appendCodePoint(c == 0 || half ? INSTEAD : c);
        });
        return plain.toString();
    }
}
