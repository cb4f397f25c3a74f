// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import dev.penstock.kit.chaos.Outage.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Joins what clients saw with what nodes settled, by the identifier of the request, and lists every promise that was broken.
 *
 * <p>What is excused, and counted: calls that were under way on a node, or sent to it, while it was killed or stood still (and
 * for {@code detection} after, until the balancer knows); settlements of calls that ended less than {@code logBuffer} before a
 * SIGKILL, because the request log gathers lines for some milliseconds and promises nothing beyond its process.
 *
 * @param total the longest that a call may take by the gateway's configuration
 * @param margin what client and scheduler may add to it
 * @param detection how long the balancer may take to see that a node is gone
 * @param logBuffer how long a settled line may stand in the memory of its process
 */
public record Checker(Duration total, Duration margin, Duration detection, Duration logBuffer) {

    /** Limits for a gateway with that total timeout, on a machine that has other things to do as well. */
    public static Checker withTotal(Duration total) {
        return new Checker(total, Duration.ofSeconds(3), Duration.ofMillis(800), Duration.ofMillis(300));
    }

    /**
     * What came of a run.
     *
     * @param violations every broken promise; empty is what one hopes for
     * @param counts what else is worth knowing, by name
     */
    public record Verdict(List<Violation> violations, Map<String, Long> counts) {

        public boolean clean() {
            return violations.isEmpty();
        }

        /** For a person: the counts, then at most some violations of each kind. */
        public String report() {
            StringBuilder out = new StringBuilder();
            counts.forEach((name, count) -> out.append(String.format("  %-36s %d%n", name, count)));
            Map<Violation.Kind, List<Violation>> byKind = violations.stream()
                    .collect(Collectors.groupingBy(Violation::kind, LinkedHashMap::new, Collectors.toList()));
            byKind.forEach((kind, all) -> {
                out.append(kind).append(": ").append(all.size()).append('\n');
                all.stream()
                        .limit(5)
                        .forEach(each -> out.append("    ").append(each).append('\n'));
            });
            return out.append(clean() ? "no promise was broken\n" : "VIOLATIONS: " + violations.size() + "\n")
                    .toString();
        }
    }

    /**
     * Checks a run.
     *
     * @param calls the clients' log, every call ended
     * @param settlements of all nodes and all their lives, read after the last of them had ended or drained
     * @param outages what was done to which node
     */
    public Verdict check(Collection<ClientCall> calls, Collection<Settled> settlements, Collection<Outage> outages) {
        return new Check(this, outages).run(calls, settlements);
    }

    private static final class Check {
        private final Checker limits;
        private final Collection<Outage> outages;
        private final List<Violation> violations = new ArrayList<>();
        private final Map<String, Long> counts = new LinkedHashMap<>();

        Check(Checker limits, Collection<Outage> outages) {
            this.limits = limits;
            this.outages = outages;
            for (String name : List.of(
                    "calls",
                    "complete and exact",
                    "answered with an error",
                    "left by the client",
                    "broken with their node (excused)",
                    "unsettled at a kill (excused)",
                    "settlements")) {
                counts.put(name, 0L);
            }
        }

        Verdict run(Collection<ClientCall> calls, Collection<Settled> settlements) {
            Map<String, List<Settled>> byId = settlements.stream().collect(Collectors.groupingBy(Settled::id));
            Set<String> asked = new HashSet<>();
            for (ClientCall call : calls) {
                asked.add(call.id());
                count("calls");
                judgeAnswer(call);
                judgeSettlements(call, byId.getOrDefault(call.id(), List.of()));
            }
            counts.put("settlements", (long) settlements.size());
            byId.values().stream()
                    .map(List::getFirst)
                    .filter(settled -> !asked.contains(settled.id()))
                    .forEach(settled -> violations.add(new Violation(
                            Violation.Kind.STRAY_SETTLEMENT, settled.id(), "settled as " + settled.outcome())));
            return new Verdict(List.copyOf(violations), Collections.unmodifiableMap(counts));
        }

        private void judgeAnswer(ClientCall call) {
            judgeTime(call);
            if (call.looksComplete()) {
                if (call.textHash() == call.expectedHash()) {
                    count("complete and exact");
                    if (!call.outcome().isEmpty()) {
                        count("  of these " + call.outcome());
                    }
                } else if (call.outcome().equals("degraded")) {
                    count("degraded");
                } else {
                    broken(call, Violation.Kind.WRONG_TEXT, call.chars() + " characters that are not the answer");
                }
                return;
            }
            switch (call.ending()) {
                case COMPLETE -> {
                    if (call.error()) {
                        count("answered with an error");
                        count("  of these " + (call.status() == 200 ? "in the stream" : call.status()));
                    } else {
                        broken(
                                call,
                                Violation.Kind.SILENT_TRUNCATION,
                                "status " + call.status() + " after " + call.chars() + " characters");
                    }
                }
                case LEFT -> count("left by the client");
                case REFUSED, TRUNCATED, RESET -> {
                    if (hit(call)) {
                        count("broken with their node (excused)");
                    } else {
                        broken(
                                call,
                                Violation.Kind.UNEXPLAINED_BREAK,
                                call.ending() + " on node '" + call.node() + "' after " + call.millis() + " ms, status "
                                        + call.status());
                    }
                }
                case TIMEOUT -> broken(call, Violation.Kind.HANG, "the client gave up after " + call.millis() + " ms");
            }
        }

        /** A stream that says how it ended may still have taken too long; time in which its node stood still is not its own. */
        private void judgeTime(ClientCall call) {
            long paused = outages.stream()
                    .filter(outage ->
                            outage.kind() == Kind.PAUSED && outage.node().equals(call.node()))
                    .mapToLong(outage -> outage.overlap(call.startMillis(), call.endMillis()))
                    .sum();
            long allowed = limits.total.plus(limits.margin).toMillis() + paused;
            if (call.ending() != ClientCall.Ending.TIMEOUT && call.millis() > allowed) {
                broken(call, Violation.Kind.HANG, call.millis() + " ms, at most " + allowed + " expected");
            }
        }

        private void judgeSettlements(ClientCall call, List<Settled> found) {
            if (found.size() > 1) {
                broken(
                        call,
                        Violation.Kind.DOUBLE_SETTLEMENT,
                        found.stream()
                                .map(settled -> settled.node() + ":" + settled.outcome())
                                .collect(Collectors.joining(", ")));
                return;
            }
            if (found.isEmpty()) {
                judgeMissing(call);
                return;
            }
            Settled settled = found.getFirst();
            if (call.looksComplete() && !settled.delivered()) {
                broken(call, Violation.Kind.OUTCOME_MISMATCH, "delivered, and settled as " + settled.outcome());
            } else if (call.ending() == ClientCall.Ending.COMPLETE && call.error() && settled.delivered()) {
                broken(call, Violation.Kind.OUTCOME_MISMATCH, "ended in an error, and settled as " + settled.outcome());
            } else if (call.status() != 0
                    && call.ending() == ClientCall.Ending.COMPLETE
                    && settled.status() != call.status()) {
                broken(
                        call,
                        Violation.Kind.OUTCOME_MISMATCH,
                        "status " + call.status() + ", settled with " + settled.status());
            }
        }

        private void judgeMissing(ClientCall call) {
            if (killed(call)) {
                count("unsettled at a kill (excused)");
            } else if (call.node().isEmpty() && call.error()) {
                judgeBalancersOwn(call);
            } else if (call.ending() == ClientCall.Ending.COMPLETE) {
                broken(
                        call,
                        Violation.Kind.LOST_SETTLEMENT,
                        "status " + call.status() + " from node '" + call.node() + "'");
            } else if (call.status() != 0) {
                broken(
                        call,
                        Violation.Kind.LOST_SETTLEMENT,
                        "a head with " + call.status() + ", then " + call.ending());
            }
        }

        /** An error that no node gave: the balancer found nobody, or lost whom it had found. */
        private void judgeBalancersOwn(ClientCall call) {
            if (hit(call)) {
                count("answered by the balancer (excused)");
            } else {
                broken(call, Violation.Kind.UNEXPLAINED_BREAK, "the balancer itself answered " + call.status());
            }
        }

        /** Whether the call was on a node while something was done to it, or met nobody at all while one was away. */
        private boolean hit(ClientCall call) {
            return outages.stream()
                    .filter(outage -> outage.kind() != Kind.TERMINATED)
                    .filter(outage -> call.node().isEmpty() || outage.node().equals(call.node()))
                    .anyMatch(outage ->
                            outage.touches(call.startMillis() - limits.detection.toMillis(), call.endMillis() + 50));
        }

        /** Whether its node was killed before or so shortly after the end that the line cannot have been written. */
        private boolean killed(ClientCall call) {
            return outages.stream()
                    .filter(outage ->
                            outage.kind() == Kind.KILLED && outage.node().equals(call.node()))
                    .anyMatch(outage ->
                            outage.touches(call.startMillis(), call.endMillis() + limits.logBuffer.toMillis()));
        }

        private void count(String name) {
            counts.merge(name, 1L, Long::sum);
        }

        private void broken(ClientCall call, Violation.Kind kind, String text) {
            violations.add(new Violation(kind, call.id(), text));
        }
    }
}
