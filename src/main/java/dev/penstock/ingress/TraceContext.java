// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import org.jspecify.annotations.Nullable;

/**
 * The caller's place in a trace (W3C Trace Context, {@code traceparent}). Strict: one wrong character and there is none,
 * as the specification asks.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param parentId 16 lower-case hexadecimal digits
 * @param sampled whether the caller records this trace
 */
public record TraceContext(String traceId, String parentId, boolean sampled) {

    private static final int LENGTH = 55;
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_PARENT = "0".repeat(16);

    public static @Nullable TraceContext parse(@Nullable String traceparent) {
        if (traceparent == null || traceparent.length() < LENGTH || !isWellFormed(traceparent)) {
            return null;
        }
        String trace = traceparent.substring(3, 35);
        String parent = traceparent.substring(36, 52);
        if (trace.equals(NO_TRACE) || parent.equals(NO_PARENT)) {
            return null;
        }
        return new TraceContext(trace, parent, (Character.digit(traceparent.charAt(54), 16) & 1) == 1);
    }

    /** {@code 00-<trace>-<parent>-<flags>}; later versions may append more after another hyphen, and ff is none. */
    private static boolean isWellFormed(String s) {
        boolean first = s.startsWith("00");
        boolean fits = s.length() == LENGTH || (!first && s.charAt(LENGTH) == '-');
        return fits
                && !s.startsWith("ff")
                && isHex(s, 0, 2)
                && s.charAt(2) == '-'
                && isHex(s, 3, 35)
                && s.charAt(35) == '-'
                && isHex(s, 36, 52)
                && s.charAt(52) == '-'
                && isHex(s, 53, 55);
    }

    private static boolean isHex(String s, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = s.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
