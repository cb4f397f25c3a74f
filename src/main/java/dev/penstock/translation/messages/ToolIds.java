// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

/**
 * Makes ids of tool calls fit for Anthropic, which refuses all but {@code ^[a-zA-Z0-9_-]+$}. The same id always becomes the same one,
 * in the call and in its result, in this request and in the next; different ones stay different.
 */
final class ToolIds {

    private static final int LONGEST = 256;
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

    /** As {@link #fit}, where the provider may have made none. */
    static String fit(String id, String exchangeId, int call) {
        return id.isEmpty() ? fit("toolu_" + exchangeId + "_" + call) : fit(id);
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
