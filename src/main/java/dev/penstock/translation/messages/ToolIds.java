// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Ids of tool calls in the letters of this schema, {@code ^[a-zA-Z0-9_-]+$}. What goes to Anthropic is made to fit: the same id always
 * becomes the same one, in the call and in its result, in this request and in the next; different ones stay different. What goes to
 * a client comes back, and its provider shall see its own id again (Kimi's {@code functions.look:0} means something to it), so
 * that is written in letters that fit and can be read.
 */
final class ToolIds {

    private static final int LONGEST = 256;
    private static final String WRITTEN = "toolu_b64_";
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private ToolIds() {}

    static String fit(String id) {
        if (fits(id)) {
            return id;
        }
        StringBuilder made = new StringBuilder("toolu_");
        long hash = FNV_OFFSET;
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            hash = (hash ^ c) * FNV_PRIME;
            if (i < 48) {
                made.append(isPlain(c) ? c : '_');
            }
        }
        return made.append('_').append(Long.toHexString(hash)).toString();
    }

    /** For a client; the provider may have made none. */
    static String shown(String id, String exchangeId, int call) {
        if (id.isEmpty()) {
            return fit("toolu_" + exchangeId + "_" + call);
        }
        if (fits(id)) {
            return id;
        }
        String written =
                WRITTEN + Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.UTF_8));
        return written.length() > LONGEST ? fit(id) : written;
    }

    /** The provider's id, from what a client was {@link #shown}. */
    static String own(String shown) {
        if (!shown.startsWith(WRITTEN)) {
            return shown;
        }
        try {
            return new String(Base64.getUrlDecoder().decode(shown.substring(WRITTEN.length())), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return shown;
        }
    }

    private static boolean fits(String id) {
        if (id.isEmpty() || id.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            if (!isPlain(id.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
}
