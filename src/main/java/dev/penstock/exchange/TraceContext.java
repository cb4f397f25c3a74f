// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The place of a call in a trace (W3C Trace Context, {@code traceparent}). Strict: one wrong character and there is none,
 * as the specification asks.
 *
 * <p>The ids of the spans that Penstock makes of an exchange follow from one number and from the time at which each began, so that
 * what is sent to a provider while the exchange runs and what is exported after its end agree without anybody remembering it.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param parentId 16 lower-case hexadecimal digits; empty where the trace begins here
 * @param sampled whether this trace is recorded
 * @param seed of the ids of Penstock's own spans; 0 where it makes none
 */
public record TraceContext(String traceId, String parentId, boolean sampled, long seed) {

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
        return new TraceContext(trace, parent, (Character.digit(traceparent.charAt(54), 16) & 1) == 1, 0);
    }

    /** Whether Penstock makes spans of the exchange. */
    public boolean isRecorded() {
        return seed != 0;
    }

    /** The same trace, of which Penstock makes spans. */
    public TraceContext recorded(long newSeed) {
        return new TraceContext(traceId, parentId, true, newSeed == 0 ? 1 : newSeed);
    }

    /** The id of the span of the exchange. */
    public String spanId() {
        return span(0, 0);
    }

    /**
     * The id of a span within it.
     *
     * @param kind of the span; 0 is the exchange itself
     * @param startedNanos from the arrival to its start
     */
    public String span(int kind, long startedNanos) {
        return HexFormat.of().toHexDigits(mix(seed + mix(startedNanos) + kind * 0x9e3779b97f4a7c15L));
    }

    /** What a provider is told, so that its spans hang below that one of ours. */
    public String header(String spanId) {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }

    /** Of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). Never 0, which is no id. */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        z ^= z >>> 31;
        return z == 0 ? 1 : z;
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
