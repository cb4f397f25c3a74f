// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** The part of a key {@code ps-<public id>-<secret>} that may be shown and logged. */
public final class PublicId {

    private static final String BEGIN = "ps-";
    private static final int LONGEST = 64;

    private PublicId() {}

    /** That of a key; null where the key has another form. The secret may hold dashes, the id does not. */
    public static @Nullable String of(String key) {
        if (!key.startsWith(BEGIN)) {
            return null;
        }
        int dash = key.indexOf('-', BEGIN.length());
        if (dash <= BEGIN.length() || dash == key.length() - 1 || dash - BEGIN.length() > LONGEST) {
            return null;
        }
        for (int i = BEGIN.length(); i < dash; i++) {
            if (!isPart(key.charAt(i))) {
                return null;
            }
        }
        return key.substring(BEGIN.length(), dash);
    }

    /** The whole key. */
    public static String join(String publicId, String secret) {
        return BEGIN + publicId + "-" + secret;
    }

    private static boolean isPart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    }
}
