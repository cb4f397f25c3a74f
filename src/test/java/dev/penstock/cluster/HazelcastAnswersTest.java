// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.idempotency.AnswerStore;
import dev.penstock.idempotency.AnswerStore.Ask;
import dev.penstock.idempotency.AnswerStore.Standing;
import dev.penstock.idempotency.AnswerStoreContract;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Named calls in a cluster of three real nodes, and what becomes of them when nodes die. */
final class HazelcastAnswersTest extends AnswerStoreContract {

    private static final Logger LOG = LogManager.getLogger(HazelcastAnswersTest.class);

    private static LeaseNodes room;
    private static List<ClusterNode> nodes;

    @BeforeAll
    static void start() {
        room = new LeaseNodes(3);
        nodes = IntStream.range(0, 3).mapToObj(room::start).toList();
        room.awaitSize(3, nodes.toArray(ClusterNode[]::new));
    }

    @AfterAll
    static void stop() {
        room.close();
    }

    @Override
    protected List<AnswerStore> stores() {
        return nodes.stream().map(ClusterNode::answers).toList();
    }

    private static Ask ask(String call, String owner) {
        return new Ask(call, "this", owner);
    }

    /** So many that each node has some of them, and copies of others. */
    private static List<String> names() {
        return IntStream.range(0, 30).mapToObj(i -> "call-" + i).toList();
    }

    @Test
    void anAnswerIsForgottenWhenItsTimeIsOver() {
        AnswerStore store = nodes.getFirst().answers();
        claim(store, ask("short", "a"));
        store.keep(ask("short", "a"), new byte[1 << 20], Duration.ofSeconds(1));

        until(store, ask("short", "b"), Standing.CLAIMED::equals);
    }

    /** Each time as somebody else: what is granted when nobody waits for it any more is given back, and may not be what was granted since. */
    private static void untilClaimed(AnswerStore store, String name) {
        AtomicInteger owners = new AtomicInteger();
        ClusterRoom.await(name + " is free", () -> claimOnce(store, ask(name, "other-" + owners.incrementAndGet()))
                .equals(Standing.CLAIMED));
    }

    @Test
    void whatADeadNodeClaimedIsFreeAndWhatWasKeptSurvivesIt() {
        try (LeaseNodes own = new LeaseNodes(3)) {
            ClusterNode a = own.start(0);
            ClusterNode b = own.start(1);
            ClusterNode c = own.start(2);
            own.awaitSize(3, a, b, c);
            for (String name : names()) {
                assertThat(claim(c.answers(), ask(name, "dead"))).isEqualTo(Standing.CLAIMED);
                assertThat(claim(a.answers(), ask(name, "other"))).isEqualTo(Standing.UNDER_WAY);
                assertThat(claim(c.answers(), ask("kept " + name, "dead"))).isEqualTo(Standing.CLAIMED);
                c.answers().keep(ask("kept " + name, "dead"), new byte[] {7}, Duration.ofHours(1));
            }
            names().forEach(name -> until(
                    a.answers(), ask("kept " + name, "other"), standing -> standing instanceof Standing.Answered));

            long killed = System.nanoTime();
            c.crash();
            names().forEach(name -> untilClaimed(a.answers(), name));
            Duration free = Duration.ofNanos(System.nanoTime() - killed);
            LOG.info("measured: claims of a dead node free after {} ms", free.toMillis());

            assertThat(free).isLessThan(AnswerStore.LEASE);
            own.awaitSize(2, a, b);
            for (String name : names()) {
                assertThat(claim(b.answers(), ask(name, "third"))).isEqualTo(Standing.UNDER_WAY);
                assertThat(claim(b.answers(), ask("kept " + name, "third"))).isInstanceOf(Standing.Answered.class);
            }

            b.crash();
            own.awaitSize(1, a);
            until(a.answers(), ask("new", "a"), Standing.UNKNOWN::equals);
            assertThat(claimOnce(a.answers(), ask("newer", "a")))
                    .as("one of three cannot know what the others do")
                    .isEqualTo(Standing.UNKNOWN);
            own.moveOn(Strength.MEMORY.plusSeconds(1));
            assertThat(claim(a.answers(), ask("new", "a"))).isEqualTo(Standing.CLAIMED);
        }
    }

    @Test
    void aNodeThatLeavesProperlyTakesNothingWithIt() {
        try (LeaseNodes own = new LeaseNodes(2)) {
            ClusterNode a = own.start(0);
            ClusterNode b = own.start(1);
            own.awaitSize(2, a, b);
            for (String name : names()) {
                claim(b.answers(), ask(name, "b"));
                b.answers().keep(ask(name, "b"), new byte[] {7}, Duration.ofHours(1));
            }
            names().forEach(name ->
                    until(a.answers(), ask(name, "a"), standing -> standing instanceof Standing.Answered));

            b.close();

            own.awaitSize(1, a);
            for (String name : names()) {
                assertThat(claim(a.answers(), ask(name, "a"))).isInstanceOf(Standing.Answered.class);
            }
            assertThat(claim(a.answers(), ask("new", "a"))).isEqualTo(Standing.CLAIMED);
        }
    }

    @Test
    void aClaimLapsesThirtySecondsAfterItsOwnerWasHeard() {
        try (LeaseNodes own = new LeaseNodes(1)) {
            AnswerStore store = own.start(0).answers();
            claim(store, ask("silent", "a"));
            claim(store, ask("heard", "a"));

            own.moveOn(AnswerStore.LEASE.minusSeconds(5));
            store.renew(ask("heard", "a"));
            assertThat(claim(store, ask("silent", "b"))).isEqualTo(Standing.UNDER_WAY);
            own.moveOn(Duration.ofSeconds(5));

            assertThat(claim(store, ask("silent", "b"))).isEqualTo(Standing.CLAIMED);
            assertThat(claim(store, ask("heard", "b"))).isEqualTo(Standing.UNDER_WAY);
        }
    }

    @Test
    void whoAsksAClosedNodeIsAnswered() throws Exception {
        try (LeaseNodes own = new LeaseNodes(1)) {
            ClusterNode node = own.start(0);
            node.close();
            CompletableFuture<Standing> heard = new CompletableFuture<>();
            node.answers().claim(ask("late", "a"), heard::complete);
            assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo(Standing.UNKNOWN);
        }
    }
}
