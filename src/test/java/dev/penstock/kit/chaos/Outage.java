// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

/**
 * A time in which calls of a node may end without a word, because of what was done to it.
 *
 * @param node which one
 * @param kind what was done
 * @param fromMillis since the epoch
 * @param toMillis until it was back; the end of the run when it never was
 */
public record Outage(String node, Kind kind, long fromMillis, long toMillis) {

    /** What was done. */
    public enum Kind {
        /** SIGKILL: connections end, and settlements that stood in the log's buffer are gone. */
        KILLED,
        /** SIGTERM: nothing may be lost. */
        TERMINATED,
        /** SIGSTOP: nothing moves. */
        PAUSED
    }

    /** How much of that time lies between the two moments. */
    long overlap(long from, long to) {
        return Math.max(0, Math.min(to, toMillis) - Math.max(from, fromMillis));
    }

    boolean touches(long from, long to) {
        return fromMillis <= to && from <= toMillis;
    }
}
