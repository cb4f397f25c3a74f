// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import org.jspecify.annotations.Nullable;

/** What one rule counts of one caller, over all windows: leads to the lease of the present one. Any thread. */
final class Counter {

    private static final long IDLE_MILLIS = 60_000;

    private final Leases book;
    private final String key;
    private final String whose;
    private final String name;
    private volatile LimitRule rule;
    private volatile @Nullable Lease lease;
    private volatile boolean retired;

    /**
     * @param key the name that the store has it under
     * @param whose for people
     */
    Counter(Leases book, String key, String whose, LimitRule rule) {
        this.book = book;
        this.key = key;
        this.whose = whose;
        this.name = Words.name(rule, whose);
        this.rule = rule;
    }

    String key() {
        return key;
    }

    String whose() {
        return whose;
    }

    /** For records: of an address only that it is one. */
    String name() {
        return name;
    }

    LimitRule rule() {
        return rule;
    }

    /** The lease of the window that this moment is in. */
    Lease at(long millis) {
        Lease held = lease;
        return held != null && millis < held.endsAtMillis && !held.isOver() ? held : turn(millis);
    }

    private Lease turn(long millis) {
        Lease old;
        @Nullable Lease made = null;
        synchronized (this) {
            old = lease;
            if (!retired) {
                if (old != null && millis < old.endsAtMillis && !old.isOver()) {
                    return old;
                }
                long window = Windows.number(rule.period(), millis);
                made = new Lease(
                        this, book, window, Windows.endsAt(rule.period(), window), old == null ? 0 : old.demand());
                lease = made;
            }
        }
        if (old != null) {
            old.end();
        }
        return made == null ? book.living(this).at(millis) : made;
    }

    /** The rule as a new configuration has it. */
    void relimit(LimitRule now) {
        LimitRule before = rule;
        rule = now;
        Lease held = lease;
        if (held != null && before.amount() != now.amount()) {
            held.relimit();
        }
    }

    /** What has come together in the present window; null where there is none. */
    CounterStore.@Nullable Row row(long millis) {
        Lease held = lease;
        if (held == null || millis >= held.endsAtMillis || held.isOver()) {
            return null;
        }
        return held.row(millis);
    }

    /** The part of the present window's amount that is used; 0 where there is no window yet. */
    double share(long millis) {
        Lease held = lease;
        boolean present = held != null && millis < held.endsAtMillis && !held.isOver();
        return held == null || !present ? 0 : Math.max(0, (double) held.amountUsed() / rule.amount());
    }

    void tick() {
        Lease held = lease;
        if (held != null) {
            held.tick();
        }
    }

    /** Whether nobody has needed it for a while; then it is not used again. */
    synchronized boolean retire(long millis) {
        Lease held = lease;
        retired = held != null && (millis - IDLE_MILLIS >= held.endsAtMillis || held.retire());
        return retired;
    }

    boolean isRetired() {
        return retired;
    }
}
