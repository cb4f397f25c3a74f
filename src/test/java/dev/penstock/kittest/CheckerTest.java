// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.chaos.Checker;
import dev.penstock.kit.chaos.ClientCall;
import dev.penstock.kit.chaos.ClientCall.Ending;
import dev.penstock.kit.chaos.Outage;
import dev.penstock.kit.chaos.Settled;
import dev.penstock.kit.chaos.Violation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CheckerTest {

    private static final long START = 1_000_000;
    private static final ClientCall GOOD = new ClientCall(
            "c1", true, START, START + 500, START + 100, "a", 200, "", Ending.COMPLETE, true, false, 77, 77, 40);
    private static final Settled OK = new Settled("c1", "a", START + 499, "ok", 200, 1);

    private final Checker checker = Checker.withTotal(Duration.ofSeconds(10));

    @Test
    void findsNothingInAGoodRun() {
        Checker.Verdict verdict = checker.check(List.of(GOOD), List.of(OK), List.of());

        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.counts()).containsEntry("calls", 1L).containsEntry("complete and exact", 1L);
        assertThat(verdict.report()).contains("no promise was broken");
    }

    @Test
    void findsALostSettlement() {
        assertThat(kinds(GOOD, List.of())).containsExactly(Violation.Kind.LOST_SETTLEMENT);
    }

    @Test
    void excusesASettlementThatStoodInTheBufferOfAKilledProcess() {
        Outage kill = new Outage("a", Outage.Kind.KILLED, START + 600, START + 5_000);

        Checker.Verdict verdict = checker.check(List.of(GOOD), List.of(), List.of(kill));

        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.counts()).containsEntry("unsettled at a kill (excused)", 1L);
    }

    @Test
    void doesNotExcuseALostSettlementByAKillOfAnotherNodeOrLongAfter() {
        assertThat(kinds(GOOD, List.of(), new Outage("b", Outage.Kind.KILLED, START + 600, START + 5_000)))
                .containsExactly(Violation.Kind.LOST_SETTLEMENT);
        assertThat(kinds(GOOD, List.of(), new Outage("a", Outage.Kind.KILLED, START + 2_000, START + 5_000)))
                .containsExactly(Violation.Kind.LOST_SETTLEMENT);
    }

    @Test
    void findsADoubleSettlementOnOneNodeOrOnTwo() {
        assertThat(kinds(GOOD, List.of(OK, OK))).containsExactly(Violation.Kind.DOUBLE_SETTLEMENT);
        assertThat(kinds(GOOD, List.of(OK, new Settled("c1", "b", START, "upstream_error", 502, 1))))
                .containsExactly(Violation.Kind.DOUBLE_SETTLEMENT);
    }

    @Test
    void findsASettlementThatNobodyAskedFor() {
        assertThat(kinds(GOOD, List.of(OK, new Settled("other", "a", START, "ok", 200, 1))))
                .containsExactly(Violation.Kind.STRAY_SETTLEMENT);
    }

    @Test
    void findsAnAnswerThatLooksCompleteAndIsNot() {
        assertThat(kinds(with(200, "", Ending.COMPLETE, true, false, 500, 78), List.of(OK)))
                .containsExactly(Violation.Kind.WRONG_TEXT);
    }

    @Test
    void findsAStreamThatEndsInOrderWithoutMarkerAndWithoutError() {
        assertThat(kinds(with(200, "", Ending.COMPLETE, false, false, 500, 78), List.of(OK)))
                .containsExactly(Violation.Kind.SILENT_TRUNCATION);
    }

    @Test
    void acceptsAStreamThatEndsWithAnErrorEvent() {
        Settled cut = new Settled("c1", "a", START + 499, "truncated", 200, 1);

        assertThat(kinds(with(200, "", Ending.COMPLETE, false, true, 500, 78), List.of(cut)))
                .isEmpty();
    }

    @Test
    void acceptsAnErrorAnswerAndADegradedOne() {
        Settled failed = new Settled("c1", "a", START + 499, "upstream_error", 502, 1);
        Settled degraded = new Settled("c1", "a", START + 499, "degraded", 200, 3);

        assertThat(kinds(with(502, "upstream_error", Ending.COMPLETE, false, true, 500, 0), List.of(failed)))
                .isEmpty();
        assertThat(kinds(with(200, "degraded", Ending.COMPLETE, true, false, 500, 78), List.of(degraded)))
                .isEmpty();
    }

    @Test
    void findsACallThatTookTooLongAndOneThatNeverEnded() {
        assertThat(kinds(with(200, "", Ending.COMPLETE, true, false, 13_500, 77), List.of(OK)))
                .containsExactly(Violation.Kind.HANG);
        assertThat(kinds(with(200, "", Ending.TIMEOUT, false, false, 20_000, 0), List.of(OK)))
                .containsExactly(Violation.Kind.HANG);
    }

    @Test
    void doesNotCountTheTimeInWhichTheNodeStoodStill() {
        Outage pause = new Outage("a", Outage.Kind.PAUSED, START + 100, START + 2_100);

        assertThat(kinds(with(200, "", Ending.COMPLETE, true, false, 13_500, 77), List.of(OK), pause))
                .isEmpty();
    }

    @Test
    void findsAConnectionThatBrokeWithoutAReason() {
        assertThat(kinds(with(200, "", Ending.RESET, false, false, 500, 0), List.of(OK)))
                .containsExactly(Violation.Kind.UNEXPLAINED_BREAK);
        assertThat(kinds(
                        with(200, "", Ending.TRUNCATED, false, false, 500, 0),
                        List.of(OK),
                        new Outage("a", Outage.Kind.TERMINATED, START - 100, START + 3_000)))
                .containsExactly(Violation.Kind.UNEXPLAINED_BREAK);
    }

    @Test
    void excusesAConnectionThatBrokeWithItsNode() {
        Outage kill = new Outage("a", Outage.Kind.KILLED, START + 480, START + 5_000);

        assertThat(kinds(with(200, "", Ending.RESET, false, false, 500, 0), List.of(), kill))
                .isEmpty();
    }

    @Test
    void tellsAnErrorOfTheBalancerFromALostSettlement() {
        ClientCall own =
                new ClientCall("c1", true, START, START + 500, 0, "", 503, "", Ending.COMPLETE, false, true, 0, 77, 0);

        assertThat(kinds(own, List.of())).containsExactly(Violation.Kind.UNEXPLAINED_BREAK);
        assertThat(kinds(own, List.of(), new Outage("a", Outage.Kind.KILLED, START - 200, START + 3_000)))
                .isEmpty();
    }

    @Test
    void findsClientAndSettlementTellingDifferentStories() {
        assertThat(kinds(GOOD, List.of(new Settled("c1", "a", START, "truncated", 200, 1))))
                .containsExactly(Violation.Kind.OUTCOME_MISMATCH);
        assertThat(kinds(with(502, "", Ending.COMPLETE, false, true, 500, 0), List.of(OK)))
                .containsExactly(Violation.Kind.OUTCOME_MISMATCH);
        assertThat(kinds(
                        with(502, "", Ending.COMPLETE, false, true, 500, 0),
                        List.of(new Settled("c1", "a", START, "timeout", 504, 1))))
                .containsExactly(Violation.Kind.OUTCOME_MISMATCH);
    }

    @Test
    void readsTheLinesOfBothLogs() {
        String line = "{\"@timestamp\":\"2026-11-21T10:00:00.250Z\",\"event\":{\"dataset\":\"penstock.request\"},"
                + "\"http\":{\"request\":{\"id\":\"c1\"},\"response\":{\"status_code\":200}},"
                + "\"penstock\":{\"outcome\":\"ok\",\"attempts\":2}}";

        assertThat(Settled.of("a", line)).hasValueSatisfying(settled -> {
            assertThat(settled.outcome()).isEqualTo("ok");
            assertThat(settled.attempts()).isEqualTo(2);
            assertThat(settled.atMillis()).isEqualTo(1_795_255_200_250L);
        });
        assertThat(Settled.of("a", line.substring(0, 120))).isEmpty();
        assertThat(Settled.of("a", "{\"message\":\"started\"}")).isEmpty();
        assertThat(ClientCall.of(GOOD.toLine())).isEqualTo(GOOD);
    }

    private List<Violation.Kind> kinds(ClientCall call, List<Settled> settled, Outage... outages) {
        return checker.check(List.of(call), settled, List.of(outages)).violations().stream()
                .map(Violation::kind)
                .toList();
    }

    private static ClientCall with(
            int status, String outcome, Ending ending, boolean marker, boolean error, long millis, long textHash) {
        return new ClientCall(
                "c1",
                true,
                START,
                START + millis,
                START + 100,
                "a",
                status,
                outcome,
                ending,
                marker,
                error,
                textHash,
                77,
                40);
    }
}
