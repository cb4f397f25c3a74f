// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/** Writes the full name of a key, {@code models."gpt-4.1".targets[0]}. */
final class Paths {

    private Paths() {}

    static String child(String parent, String key) {
        String segment = plain(key) ? key : '"' + printable(key) + '"';
        return parent.isEmpty() ? segment : parent + "." + segment;
    }

    private static boolean plain(String key) {
        return !key.isEmpty()
                && key.chars()
                        .allMatch(c -> Character.isLetterOrDigit(c)
                                || c == '_'
                                || c == '-'
                                || c == '*'
                                || c == '/'
                                || c == ':');
    }

    /** Control characters would let a file write to the terminal of the one who checks it. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
