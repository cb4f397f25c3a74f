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
 * @param lasting how long it has to be so, or how old; zero for shares
 * @param share from 0 to 1; zero for what lasts
 */
public record AlertCondition(Signal signal, boolean inclusive, Duration lasting, double share) {

    /** What a threshold is held against. */
    public enum Measure {
        /** It is so or not: for how long it has been seen to be. */
        STATE,
        /** How old something is. */
        AGE,
        /** A part of a whole. */
        SHARE
    }

    /** What can be looked at. */
    public enum Signal {
        /** A target is left alone: for how long. */
        BREAKER_OPEN(Measure.STATE),
        /** No target of a model may be called: for how long. */
        TARGETS_DOWN(Measure.STATE),
        /** The store of keys, switches and counters does not answer: for how long. */
        STORE_DOWN(Measure.STATE),
        /** The counts that nodes share cannot be reached: for how long. */
        COUNTS_ALONE(Measure.STATE),
        /** Records of calls that the store does not have: how old the oldest is. */
        LEDGER_BEHIND(Measure.AGE),
        /** Calls of a model that failed, of all in the last five minutes. */
        ERRORS_SHARE(Measure.SHARE),
        /** Calls of a model that got a prepared answer, of all in the last five minutes. */
        DEGRADED_SHARE(Measure.SHARE),
        /** What is used of a budget. */
        BUDGET_USED(Measure.SHARE);

        private final Measure measure;

        Signal(Measure measure) {
            this.measure = measure;
        }

        /** What its threshold is held against. */
        public Measure measure() {
            return measure;
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
                return switch (signal.measure()) {
                    case STATE, AGE -> lasting(signal, inclusive, words[2]);
                    case SHARE -> share(signal, inclusive, words[2]);
                };
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
                + switch (signal.measure()) {
                    case STATE, AGE -> Durations.format(lasting);
                    case SHARE -> Share.of(share).toString();
                };
    }
}
