// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The kinds of images that providers take, and how each begins. */
enum ImageType {
    PNG("image/png"),
    JPEG("image/jpeg"),
    GIF("image/gif"),
    WEBP("image/webp");

    private final String mediaType;

    ImageType(String mediaType) {
        this.mediaType = mediaType;
    }

    String mediaType() {
        return mediaType;
    }

    /** Of a content type, whatever its parameters; null for any other or none. */
    static @Nullable ImageType of(@Nullable String contentType) {
        if (contentType == null) {
            return null;
        }
        int end = contentType.indexOf(';');
        String name =
                (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        if (name.equals("image/jpg")) {
            return JPEG;
        }
        for (ImageType type : values()) {
            if (type.mediaType.equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** Whether these bytes begin as one of this kind does. */
    boolean begins(byte[] bytes) {
        return switch (this) {
            case PNG -> at(bytes, 0, "\u0089PNG\r\n\u001a\n");
            case JPEG -> at(bytes, 0, "\u00ff\u00d8\u00ff");
            case GIF -> at(bytes, 0, "GIF87a") || at(bytes, 0, "GIF89a");
            case WEBP -> at(bytes, 0, "RIFF") && at(bytes, 8, "WEBP");
        };
    }

    private static boolean at(byte[] bytes, int from, String expected) {
        byte[] mark = expected.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length < from + mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if (bytes[from + i] != mark[i]) {
                return false;
            }
        }
        return true;
    }
}
