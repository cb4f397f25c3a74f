// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.exchange.AuditEvent;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps those who guess keys from filling the disk: of each source some refusals per minute stand one by one, the rest is counted and
 * told when the minute is over. Any thread.
 */
final class Failures {

    static final int PER_SOURCE = 10;
    static final int MOST_SOURCES = 1000;

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final String OTHERS = "others";

    private final Ticker ticker;
    private final Map<String, long[]> counts = new LinkedHashMap<>();
    private long began;

    Failures(Ticker ticker) {
        this.ticker = ticker;
        this.began = ticker.nanos();
    }

    /** Whether this one is written. */
    synchronized boolean isWritten(String source) {
        boolean room = counts.containsKey(source) || counts.size() < MOST_SOURCES;
        long[] count = counts.computeIfAbsent(room ? source : OTHERS, first -> new long[1]);
        return ++count[0] <= PER_SOURCE;
    }

    /** What to say of a minute that is over; {@code all} even if it is not. */
    synchronized List<AuditEvent> over(boolean all) {
        if (counts.isEmpty() || (!all && ticker.nanos() - began < MINUTE)) {
            return restarted();
        }
        List<AuditEvent> more = new ArrayList<>();
        counts.forEach((source, count) -> {
            if (count[0] > PER_SOURCE) {
                String rest = Long.toString(count[0] - PER_SOURCE);
                more.add(
                        AuditEvent.of(AuditEvent.AUTH_MORE, "", "credentials", Map.of("source", source, "more", rest)));
            }
        });
        counts.clear();
        began = ticker.nanos();
        return more;
    }

    /** The minute begins with its first refusal. */
    private List<AuditEvent> restarted() {
        if (counts.isEmpty()) {
            began = ticker.nanos();
        }
        return List.of();
    }
}
