// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;
import org.jspecify.annotations.Nullable;

/**
 * What a person should hear of at once, as lines of the system log with the label {@code alert}, and as a counter. The same alert about
 * the same thing speaks at most once a minute; the next line says how often it would have spoken in between.
 */
public final class Alerts implements SettlementListener {

    /** What there is to hear. The label is a metric value and the label {@code alert} of the line. */
    public enum Alert {
        /** A caller got a prepared answer, because no model could answer. */
        DEGRADED_ANSWER("degraded_answer", "warning"),
        /** A caller got an error after every target of its model had been tried or was out. */
        NO_TARGET_ANSWERED("no_target_answered", "critical"),
        /** A target has failed so often that it is left alone. */
        TARGET_DOWN("target_down", "critical"),
        /** A target that was left alone serves again. */
        TARGET_UP("target_up", "info"),
        /** A share of a limit has been used that its rule wants to be told. */
        LIMIT_NEAR("limit_near", "warning"),
        /** Counts that nodes share cannot be reached. */
        COUNTS_ALONE("counts_alone", "warning"),
        /** They can be reached again. */
        COUNTS_SHARED("counts_shared", "info");

        private final String label;
        private final String severity;

        Alert(String label, String severity) {
            this.label = label;
            this.severity = severity;
        }

        public String label() {
            return label;
        }
    }

    private static final Logger LOG = LogManager.getLogger(Alerts.class);
    private static final long BETWEEN_LINES = Duration.ofMinutes(1).toNanos();
    /** Subjects are names of the configuration; callers can make up names below a provider, so there is an end to them. */
    private static final int MOST_SUBJECTS = 1_000;

    private static final String OTHERS = "other";
    private static final List<String> LABELS = List.of("alert", "severity", "about", "kept_back");

    private final Ticker ticker;
    private final Consumer<Alert> counter;
    private final Map<Subject, Turn> turns = new ConcurrentHashMap<>();

    private record Subject(Alert alert, String about) {}

    /** When a subject may speak again, and what it kept to itself. */
    private record Turn(AtomicLong next, AtomicLong kept) {}

    /**
     * Nothing has been said yet.
     *
     * @param counter counts every one, spoken or not
     */
    public Alerts(Ticker ticker, Consumer<Alert> counter) {
        this.ticker = ticker;
        this.counter = counter;
    }

    /**
     * Any thread.
     *
     * @param about a model or a target by its configured name
     * @param text what happened, without content and secrets
     */
    public void raise(Alert alert, String about, String text) {
        counter.accept(alert);
        boolean room = turns.size() < MOST_SUBJECTS || turns.containsKey(new Subject(alert, about));
        Turn turn = turns.computeIfAbsent(
                new Subject(alert, room ? about : OTHERS),
                first -> new Turn(new AtomicLong(ticker.nanos()), new AtomicLong()));
        long now = ticker.nanos();
        long due = turn.next.get();
        if (now - due < 0 || !turn.next.compareAndSet(due, now + BETWEEN_LINES)) {
            turn.kept.incrementAndGet();
            return;
        }
        long kept = turn.kept.getAndSet(0);
        ThreadContext.put("alert", alert.label);
        ThreadContext.put("severity", alert.severity);
        ThreadContext.put("about", about);
        ThreadContext.put("kept_back", Long.toString(kept));
        LOG.log(level(alert), "alert {}: {}", alert.label, text);
        ThreadContext.removeAll(LABELS);
    }

    private static Level level(Alert alert) {
        return switch (alert) {
            case NO_TARGET_ANSWERED, TARGET_DOWN -> Level.ERROR;
            case DEGRADED_ANSWER, LIMIT_NEAR, COUNTS_ALONE -> Level.WARN;
            case TARGET_UP, COUNTS_SHARED -> Level.INFO;
        };
    }

    @Override
    public void settled(ExchangeRecord settled) {
        String alias = settled.alias();
        if (alias == null) {
            return;
        }
        if (settled.outcome() == Outcome.DEGRADED) {
            raise(
                    Alert.DEGRADED_ANSWER,
                    alias,
                    "model " + alias + " was answered by " + settled.target() + " because of: "
                            + causes(settled.tries()));
        } else if (settled.error() != null && isOutOfTargets(settled)) {
            raise(
                    Alert.NO_TARGET_ANSWERED,
                    alias,
                    "no target of model " + alias + " could answer: " + causes(settled.tries()));
        }
    }

    private static boolean isOutOfTargets(ExchangeRecord settled) {
        return switch (settled.outcome()) {
            case UPSTREAM_ERROR, TIMEOUT -> settled.status() != 200 && hasSeveralTargets(settled.tries());
            case OK, CACHED, FALLBACK, DEGRADED, LIMITED, BLOCKED, CLIENT_ERROR, TRUNCATED, CANCELLED -> false;
        };
    }

    private static boolean hasSeveralTargets(List<AttemptRecord> tries) {
        return tries.stream().map(AttemptRecord::target).distinct().limit(2).count() > 1;
    }

    private static String causes(List<AttemptRecord> tries) {
        List<String> failed = tries.stream()
                .filter(attempt -> attempt.error() != null)
                .map(attempt -> attempt.target() + " " + label(attempt))
                .distinct()
                .limit(8)
                .toList();
        return failed.isEmpty() ? "targets that are left alone" : String.join(", ", failed);
    }

    private static @Nullable String label(AttemptRecord attempt) {
        return Objects.requireNonNull(attempt.error()).label();
    }
}
