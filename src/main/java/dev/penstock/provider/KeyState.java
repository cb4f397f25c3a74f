// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the node knows of one key: whether it is set aside, for what and until when. All shards share it and write it by
 * compare-and-set, so a key that one event loop saw refused is passed over by the others in their next pick.
 */
final class KeyState {

    /** A person has to act: mend the key, pay the bill. Until then one request in five minutes finds out whether one did. */
    private static final Duration LONG = Duration.ofMinutes(5);

    private static final Duration WAIT_WHEN_NOT_TOLD = Duration.ofSeconds(10);
    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final String name;
    private final Ticker ticker;
    private final KeyListener listener;
    private final AtomicReference<@Nullable Aside> aside = new AtomicReference<>();

    /** Not to be used before that time of the ticker. */
    record Aside(KeyFault why, long untilNanos) {}

    KeyState(String name, Ticker ticker, KeyListener listener) {
        this.name = name;
        this.ticker = ticker;
        this.listener = listener;
    }

    String name() {
        return name;
    }

    /** The last time that it was set aside, which may be over; null when it never was. */
    @Nullable
    Aside aside() {
        return aside.get();
    }

    /** How much longer it is set aside; 0 or less when it is not. */
    long nanosAside(long now) {
        Aside current = aside.get();
        return current == null ? 0 : current.untilNanos - now;
    }

    /** Sets it aside from now on. What is in force already is only made longer, and the listener hears of it once. */
    void setAside(KeyFault why, @Nullable Duration retryAfter) {
        Duration span = span(why, retryAfter);
        long now = ticker.nanos();
        Aside next = new Aside(why, now + span.toNanos());
        while (true) {
            Aside current = aside.get();
            if (current != null && current.untilNanos - next.untilNanos >= 0) {
                return;
            }
            if (aside.compareAndSet(current, next)) {
                if (current == null || current.untilNanos - now <= 0) {
                    listener.setAside(why, span);
                }
                return;
            }
        }
    }

    private static Duration span(KeyFault why, @Nullable Duration retryAfter) {
        return switch (why) {
            case REFUSED, EXHAUSTED -> LONG;
            case RATE_LIMITED -> retryAfter == null ? WAIT_WHEN_NOT_TOLD : within(retryAfter);
        };
    }

    private static Duration within(Duration wait) {
        if (wait.compareTo(SHORTEST_WAIT) < 0) {
            return SHORTEST_WAIT;
        }
        return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }
}
