// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.exchange.Usage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The way of an exchange in order, told from the facts that its stages have left. */
final class ExchangeStory {

    private static final String NANO_USD = "nano_usd";

    /** @param nanos from the arrival */
    private record Step(long nanos, String what, String says) {}

    private final ExchangeRecord e;
    private final List<Step> steps = new ArrayList<>();

    private ExchangeStory(ExchangeRecord e) {
        this.e = e;
    }

    /** One object for each step: when, what, and what a person would say of it. */
    static JsonArray of(ExchangeRecord e) {
        ExchangeStory story = new ExchangeStory(e);
        story.arrival();
        story.decisions();
        e.tries().stream()
                .sorted(Comparator.comparingLong(AttemptRecord::startedNanos))
                .forEach(story::attempt);
        story.answer();
        // Steps of the same moment stay in the order in which they are told.
        story.steps.sort(Comparator.comparingLong(Step::nanos));
        story.end();
        JsonArray told = new JsonArray();
        story.steps.forEach(step -> told.add(new JsonObject()
                .put("at_ms", ExchangeFacts.millis(step.nanos))
                .put("what", step.what)
                .put("says", step.says)));
        return told;
    }

    private void add(long nanos, String what, String says) {
        if (nanos >= 0) {
            steps.add(new Step(nanos, what, says));
        }
    }

    private void arrival() {
        Caller who = e.who();
        String caller = named("key", who.keyId())
                + named("of tenant", who.tenant())
                + named("user", who.user())
                + named("feature", who.feature())
                + named("session", who.session());
        add(
                0,
                "arrived",
                e.schema().name().toLowerCase(Locale.ROOT)
                        + (e.stream() ? ", stream" : "")
                        + (caller.isEmpty() ? ", caller unknown" : "," + caller));
        add(
                e.times().wholeNanos(),
                "read",
                e.requestBytes() + " bytes, model " + (e.alias() == null ? "unknown" : e.alias()));
    }

    private static String named(String what, String name) {
        return name.isEmpty() ? "" : " " + what + " " + name;
    }

    private void decisions() {
        long routed = e.times().routedNanos();
        add(routed, "routed", e.target() == null ? "no target" : "targets chosen for " + e.alias());
        e.passedOver()
                .forEach(over ->
                        add(Math.max(0, routed), "passed_over", over.target() + " was not asked: " + over.why()));
        long admitted = e.times().admittedNanos();
        e.limits().forEach(limit -> add(Math.max(0, admitted), limit.refused() ? "refused" : "reserved", limit(limit)));
        boolean refused =
                e.limits().stream().anyMatch(LimitUse::refused) && e.tries().isEmpty();
        if (!refused) {
            add(admitted, "admitted", e.limits().isEmpty() ? "no limit has a say" : "within all limits");
        }
    }

    private static String limit(LimitUse limit) {
        String unit = limit.unit().equals(NANO_USD) ? "" : " " + limit.unit();
        return limit.refused()
                ? limit.limit() + " said no"
                : limit.limit() + ": reserved " + amount(limit, limit.reserved()) + unit + ", settled "
                        + amount(limit, limit.settled());
    }

    private static String amount(LimitUse limit, long amount) {
        return limit.unit().equals(NANO_USD) ? "$" + UsagePage.usd(amount) : Long.toString(amount);
    }

    private void attempt(AttemptRecord attempt) {
        long from = attempt.startedNanos();
        String target = attempt.target().toString();
        add(
                from,
                "attempt",
                attempt.why().label() + ": " + target
                        + (attempt.calls() == 0
                                ? ", not sent"
                                : attempt.calls() > 1 ? ", " + attempt.calls() + " requests" : ""));
        if (attempt.ttftNanos() >= 0) {
            add(from + attempt.ttftNanos(), "first_content", "from " + target);
        }
        String id = attempt.providerRequestId() == null ? "" : ", provider's id " + attempt.providerRequestId();
        String used = attempt.usage().totalTokens() == 0 ? "" : ", " + usage(attempt.usage(), attempt.nanoUsd());
        String end = attempt.error() != null
                ? target + " failed: " + attempt.error().label() + ", status " + attempt.status()
                : attempt.lost() ? target + " was given up" : target + " answered";
        add(from + attempt.durationNanos(), attempt.error() != null ? "failed" : "answered", end + used + id);
    }

    private void answer() {
        add(
                e.times().committedNanos(),
                "committed",
                "the answer begins for the client, after " + e.overheadNanos() / 1_000 + " us of the gateway's own");
    }

    private void end() {
        StringBuilder says =
                new StringBuilder(e.outcome().label()).append(", status ").append(e.status());
        if (e.error() != null) {
            says.append(", ").append(e.error().label());
        }
        if (e.finishReason() != null) {
            says.append(", finish ").append(e.finishReason());
        }
        if (e.gapP99Nanos() >= 0) {
            says.append(String.format(
                    Locale.ROOT,
                    ", silences p99 %.1f ms, longest %.1f ms",
                    e.gapP99Nanos() / 1e6,
                    e.maxGapNanos() / 1e6));
        }
        says.append(", ").append(usage(e.usage(), e.nanoUsd()));
        add(e.durationNanos(), "ended", says.toString());
    }

    private static String usage(Usage usage, long nanoUsd) {
        return usage.inputTokens() + " tokens in, " + usage.outputTokens() + " out"
                + (usage.estimated() && usage.totalTokens() > 0 ? " (estimated)" : "")
                + (nanoUsd < 0 ? ", price unknown" : ", $" + UsagePage.usd(nanoUsd));
    }
}
