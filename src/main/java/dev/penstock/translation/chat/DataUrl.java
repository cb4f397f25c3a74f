// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Bytes inside an address, {@code data:image/png;base64,...} (RFC 2397). */
record DataUrl(String mediaType, String base64) {

    private static final String MARK = ";base64";

    /** Null when it is not in base64. */
    static @Nullable DataUrl parse(String url) {
        int comma = url.indexOf(',');
        if (comma < 0) {
            return null;
        }
        String head = url.substring("data:".length(), comma);
        if (!head.toLowerCase(Locale.ROOT).endsWith(MARK)) {
            return null;
        }
        String type = head.substring(0, head.length() - MARK.length());
        int parameters = type.indexOf(';');
        String mediaType = parameters < 0 ? type : type.substring(0, parameters);
        return new DataUrl(
                mediaType.isEmpty() ? "text/plain" : mediaType.toLowerCase(Locale.ROOT), url.substring(comma + 1));
    }

    static String of(@Nullable String mediaType, String base64) {
        return "data:" + (mediaType == null ? "application/octet-stream" : mediaType) + ";base64," + base64;
    }
}
