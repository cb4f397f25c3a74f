// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.Priority;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Who passes, who waits, who is turned away, and what becomes of those who wait. */
final class ConcurrencyGateTest {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final ManualTime time = new ManualTime();
    /** The tasks of the event loop that callers live on. */
    private final Queue<Runnable> loop = new ArrayDeque<>();

    private final List<String> heard = new ArrayList<>();

    private final LoadListener listener = new LoadListener() {
        @Override
        public void onShed(ShedReason reason, Priority priority) {
            throw new AssertionError("a gate sheds nothing");
        }

        @Override
        public void onQueueRefused(QueueRefusal reason, Priority priority) {
            heard.add(reason.label() + " " + priority.label());
        }
    };

    private ConcurrencyGate gate(int limit, int queue, Duration maxWait) {
        return new ConcurrencyGate(
                new ConcurrencySettings(limit, limit, limit, queue, maxWait), time, () -> 0.5, listener);
    }

    private final class Caller {
        private Slot slot;
        private GatewayError error;
        private Turn turn;
    }

    private Caller enter(ConcurrencyGate gate, Priority priority, long remainingNanos) {
        Caller caller = new Caller();
        caller.turn = gate.enter(
                priority, remainingNanos, loop::add, time, slot -> caller.slot = slot, error -> caller.error = error);
        return caller;
    }

    private Caller enter(ConcurrencyGate gate) {
        return enter(gate, Priority.INTERACTIVE, MINUTE);
    }

    private void runLoop() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
    }

    /** Teaches the gate how long an attempt holds its slot. */
    private void learn(ConcurrencyGate gate, Duration hold) {
        Caller one = enter(gate);
        time.advance(hold);
        one.slot.done(false);
    }

    @Test
    void grantsAtOnceWhileThereIsRoom() {
        ConcurrencyGate gate = gate(2, 10, Duration.ofSeconds(5));

        Caller first = enter(gate);
        Caller second = enter(gate);
        Caller third = enter(gate);

        assertThat(first.slot).isNotNull();
        assertThat(second.slot).isNotNull();
        assertThat(third.slot).isNull();
        assertThat(third.error).isNull();
        assertThat(gate.inFlight()).isEqualTo(2);
        assertThat(gate.waiting()).isEqualTo(1);
    }

    @Test
    void theEndOfAnAttemptServesTheFirstOfTheLineOnItsOwnLoop() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller second = enter(gate);
        Caller third = enter(gate);

        first.slot.done(false);

        assertThat(second.slot).as("not on the loop of whoever ended").isNull();
        runLoop();
        assertThat(second.slot).isNotNull();
        assertThat(third.slot).isNull();
        assertThat(gate.inFlight()).isEqualTo(1);
        assertThat(time.pending()).as("timers of those who still wait").isEqualTo(1);
    }

    @Test
    void aSlotEndsOnlyOnce() {
        ConcurrencyGate gate = gate(2, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller second = enter(gate);

        first.slot.done(false);
        first.slot.done(true);
        first.slot.abandoned();

        assertThat(gate.inFlight()).isEqualTo(1);
        second.slot.abandoned();
        assertThat(gate.inFlight()).isZero();
    }

    @Test
    void aFullLineRefusesAtOnceAndSaysWhenToComeBack() {
        ConcurrencyGate gate = gate(1, 1, Duration.ofMinutes(5));
        learn(gate, Duration.ofSeconds(4));
        enter(gate);
        enter(gate, Priority.INTERACTIVE, Duration.ofHours(1).toNanos());

        Caller third = enter(gate, Priority.INTERACTIVE, Duration.ofHours(1).toNanos());

        assertThat(third.error.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(third.error.status()).isEqualTo(503);
        assertThat(third.error.retry()).isEqualTo(Retry.OTHER_TARGET);
        assertThat(third.error.retryAfter())
                .as("two before it, 4 s each, and a quarter of jitter")
                .hasSeconds(10);
        assertThat(heard).containsExactly("full interactive");
    }

    @Test
    void aTurnThatWouldComeTooLateIsRefusedAtOnce() {
        ConcurrencyGate gate = gate(1, 100, Duration.ofSeconds(5));
        learn(gate, Duration.ofSeconds(2));
        enter(gate);

        Caller waits = enter(gate);
        Caller waitsToo = enter(gate);
        Caller third = enter(gate);
        Caller hurried = enter(gate, Priority.INTERACTIVE, Duration.ofSeconds(1).toNanos());

        assertThat(waits.error).isNull();
        assertThat(waitsToo.error).as("4 s of 5").isNull();
        assertThat(third.error).as("6 s of 5").isNotNull();
        assertThat(hurried.error).as("its own deadline comes first").isNotNull();
        assertThat(heard).containsExactly("too_long interactive", "too_long interactive");
    }

    @Test
    void whoHasNoTimeForAFirstTokenIsNotLetIntoTheLine() {
        ConcurrencyGate gate = gate(10, 100, Duration.ofSeconds(5));
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            callers.add(enter(gate));
        }
        time.advance(Duration.ofMillis(300));
        callers.forEach(caller -> caller.slot.firstToken(Duration.ofMillis(300).toNanos()));

        Caller late = enter(gate, Priority.INTERACTIVE, Duration.ofMillis(299).toNanos());
        Caller early = enter(gate, Priority.INTERACTIVE, Duration.ofMillis(400).toNanos());

        assertThat(late.error).isNotNull();
        assertThat(early.error).isNull();
        time.advance(Duration.ofMillis(100));
        assertThat(early.error)
                .as("it waited as long as a first token leaves room for")
                .isNotNull();
    }

    @Test
    void aDeadlineThatPassesInTheLineIsARefusalAndTheTurnGoesToTheNext() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller hurried = enter(gate, Priority.INTERACTIVE, Duration.ofSeconds(2).toNanos());
        Caller patient = enter(gate);

        time.advance(Duration.ofSeconds(2));
        first.slot.done(false);
        runLoop();

        assertThat(hurried.error.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(hurried.slot).isNull();
        assertThat(patient.slot).isNotNull();
        assertThat(heard).containsExactly("expired interactive");
        assertThat(time.pending()).isZero();
    }

    @Test
    void whoLeavesTheLineHearsNothingMoreAndCostsNobodyAnything() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller leaves = enter(gate);
        Caller next = enter(gate);

        leaves.turn.cancel();
        leaves.turn.cancel();
        first.slot.done(false);
        runLoop();
        time.advance(Duration.ofMinutes(1));

        assertThat(leaves.slot).isNull();
        assertThat(leaves.error).isNull();
        assertThat(next.slot).isNotNull();
        assertThat(gate.waiting()).isZero();
    }

    @Test
    void whoLeavesWhileTheSlotIsOnItsWayPassesItOn() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller leaves = enter(gate);
        Caller next = enter(gate);
        first.slot.done(false);

        leaves.turn.cancel();
        runLoop();

        assertThat(leaves.slot).isNull();
        assertThat(next.slot).isNotNull();
        assertThat(gate.inFlight()).isEqualTo(1);
        next.slot.done(false);
        assertThat(gate.inFlight()).isZero();
    }

    @Test
    void leavingAfterTheGrantDoesNothing() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller second = enter(gate);
        first.slot.done(false);
        runLoop();

        second.turn.cancel();

        assertThat(gate.inFlight()).isEqualTo(1);
    }

    @Test
    void anExpiryThatMeetsAGrantOnItsWayLosesToIt() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        Caller second = enter(gate);
        first.slot.done(false);

        time.advance(Duration.ofSeconds(5));
        runLoop();

        assertThat(second.error).isNull();
        assertThat(second.slot).isNotNull();
    }

    @Test
    void interactiveGoesFirstAndBatchEveryTwentiethTime() {
        ConcurrencyGate gate = gate(1, 200, Duration.ofMinutes(1));
        Caller running = enter(gate);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Priority priority = i % 2 == 0 ? Priority.BATCH : Priority.INTERACTIVE;
            gate.enter(
                    priority,
                    MINUTE,
                    loop::add,
                    time,
                    slot -> {
                        order.add(priority.label());
                        slot.done(false);
                    },
                    error -> order.add("refused"));
        }

        running.slot.done(false);
        runLoop();

        assertThat(order).hasSize(60);
        assertThat(order.subList(0, 19)).containsOnly("interactive");
        assertThat(order.get(19)).isEqualTo("batch");
        assertThat(order.subList(20, 31)).containsOnly("interactive");
        assertThat(order.subList(31, 60)).containsOnly("batch");
    }

    @Test
    void inAFullLineInteractiveTakesThePlaceOfTheLastBatch() {
        ConcurrencyGate gate = gate(1, 2, Duration.ofSeconds(5));
        enter(gate);
        Caller batch = enter(gate, Priority.BATCH, MINUTE);
        Caller lastBatch = enter(gate, Priority.BATCH, MINUTE);

        Caller interactive = enter(gate);
        Caller batchAgain = enter(gate, Priority.BATCH, MINUTE);
        runLoop();

        assertThat(interactive.error).isNull();
        assertThat(lastBatch.error).isNotNull();
        assertThat(batch.error).isNull();
        assertThat(batchAgain.error).isNotNull();
        assertThat(heard).containsExactly("displaced batch", "full batch");
        assertThat(gate.waiting()).isEqualTo(2);
    }

    @Test
    void whoIsDisplacedAndLeavesInTheSameMomentGivesNoSlotBack() {
        ConcurrencyGate gate = gate(1, 1, Duration.ofSeconds(5));
        enter(gate);
        Caller batch = enter(gate, Priority.BATCH, MINUTE);
        enter(gate);

        batch.turn.cancel();
        runLoop();

        assertThat(batch.error).isNull();
        assertThat(gate.inFlight()).isEqualTo(1);
    }

    @Test
    void aSlotForALoopThatIsNoMoreGoesToTheNext() {
        ConcurrencyGate gate = gate(1, 10, Duration.ofSeconds(5));
        Caller first = enter(gate);
        gate.enter(
                Priority.INTERACTIVE,
                MINUTE,
                task -> {
                    throw new RejectedExecutionException();
                },
                time,
                slot -> heard.add("granted"),
                error -> heard.add("refused"));
        Caller next = enter(gate);

        first.slot.done(false);
        runLoop();

        assertThat(next.slot).isNotNull();
        assertThat(heard).isEmpty();
    }

    @Test
    void withoutALineWhoFindsNoRoomIsRefused() {
        ConcurrencyGate gate = gate(1, 0, Duration.ofSeconds(5));
        enter(gate);

        assertThat(enter(gate).error).isNotNull();
        assertThat(heard).containsExactly("full interactive");
    }

    @Test
    void oneGatePerTargetAndSettings() {
        ConcurrencyGates gates = new ConcurrencyGates(time, new java.util.Random(1), LoadListener.NONE);
        var target = new dev.penstock.exchange.Target("p", "m");
        ConcurrencyGate gate = gates.gate(target, ConcurrencySettings.DEFAULT);
        enter(gate);

        assertThat(gates.gate(new dev.penstock.exchange.Target("p", "m"), ConcurrencySettings.DEFAULT))
                .isSameAs(gate);
        assertThat(gates.gate(new dev.penstock.exchange.Target("p", "other"), ConcurrencySettings.DEFAULT))
                .isNotSameAs(gate);
        assertThat(gates.standings().get(0)).isEqualTo(new ConcurrencyGates.Standing(target, 50, 1, 0));
    }

    @Test
    void namesThatClientsMakeUpDoNotFillTheNode() {
        ConcurrencyGates gates = new ConcurrencyGates(time, new java.util.Random(1), LoadListener.NONE);
        ConcurrencyGate busy = gates.gate(new dev.penstock.exchange.Target("p", "busy"), ConcurrencySettings.DEFAULT);
        enter(busy);

        for (int i = 0; i < 10_000; i++) {
            gates.gate(new dev.penstock.exchange.Target("p", "made-up-" + i), ConcurrencySettings.DEFAULT);
        }

        assertThat(gates.standings()).hasSizeLessThan(2_100);
        assertThat(gates.gate(new dev.penstock.exchange.Target("p", "busy"), ConcurrencySettings.DEFAULT))
                .isSameAs(busy);
    }
}
