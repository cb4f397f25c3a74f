// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When a rule speaks, as in {@code breaker.open > 60s} or {@code budget.used >= 80%}.
 *
 * @param signal what is looked at, for each of its subjects by itself
 * @param inclusive whether the threshold itself is enough
 * @param lasting how long it has to be so; zero for shares
 * @param share from 0 to 1; zero for what lasts
 */
public record AlertCondition(Signal signal, boolean inclusive, Duration lasting, double share) {

    /** What can be looked at. */
    public enum Signal {
        /** A target is left alone: for how long. */
        BREAKER_OPEN(true),
        /** No target of a model may be called: for how long. */
        TARGETS_DOWN(true),
        /** The store of keys, switches and counters does not answer: for how long. */
        STORE_DOWN(true),
        /** The counts that nodes share cannot be reached: for how long. */
        COUNTS_ALONE(true),
        /** Calls of a model that failed, of all in the last five minutes. */
        ERRORS_SHARE(false),
        /** Calls of a model that got a prepared answer, of all in the last five minutes. */
        DEGRADED_SHARE(false),
        /** What is used of a budget. */
        BUDGET_USED(false);

        private final boolean lasting;

        Signal(boolean lasting) {
            this.lasting = lasting;
        }

        /** Whether it is or is not, and what counts is for how long; else it is a share. */
        public boolean isLasting() {
            return lasting;
        }

        /** As rules name it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '.');
        }
    }

    /** All signals, for messages. */
    static final String SIGNALS =
            Arrays.stream(Signal.values()).map(Signal::label).collect(Collectors.joining(", "));

    /** Null for what is none. */
    static @Nullable AlertCondition parse(String text) {
        String[] words = text.trim().split(" +", -1);
        boolean inclusive = words.length == 3 && words[1].equals(">=");
        if (words.length != 3 || (!inclusive && !words[1].equals(">"))) {
            return null;
        }
        for (Signal signal : Signal.values()) {
            if (signal.label().equals(words[0])) {
                return signal.isLasting() ? lasting(signal, inclusive, words[2]) : share(signal, inclusive, words[2]);
            }
        }
        return null;
    }

    private static @Nullable AlertCondition lasting(Signal signal, boolean inclusive, String text) {
        Duration span = Durations.parse(text);
        return span == null ? null : new AlertCondition(signal, inclusive, span, 0);
    }

    private static @Nullable AlertCondition share(Signal signal, boolean inclusive, String text) {
        Share share = Share.parse(text);
        return share == null ? null : new AlertCondition(signal, inclusive, Duration.ZERO, share.value());
    }

    /** Whether a share is enough. */
    public boolean holds(double value) {
        return inclusive ? value >= share : value > share;
    }

    /** Whether it has been so for long enough. */
    public boolean holds(Duration span) {
        return inclusive ? span.compareTo(lasting) >= 0 : span.compareTo(lasting) > 0;
    }

    @Override
    public String toString() {
        return signal.label()
                + (inclusive ? " >= " : " > ")
                + (signal.isLasting()
                        ? Durations.format(lasting)
                        : Share.of(share).toString());
    }
}
