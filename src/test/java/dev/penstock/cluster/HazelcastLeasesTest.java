// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.quota.LeaseStore;
import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import dev.penstock.quota.LeaseStoreContract;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three real nodes that count together. */
final class HazelcastLeasesTest extends LeaseStoreContract {

    private static LeaseNodes nodes;
    private static ClusterNode a;
    private static ClusterNode b;
    private static ClusterNode c;

    @BeforeAll
    static void join() {
        nodes = new LeaseNodes(4);
        a = nodes.start(0);
        b = nodes.start(1);
        c = nodes.start(2);
        nodes.awaitSize(3, a, b, c);
    }

    @AfterAll
    static void leave() {
        nodes.close();
    }

    @Override
    protected List<LeaseStore> stores() {
        return List.of(a.leases(), b.leases(), c.leases());
    }

    @Test
    void allAnswersComeOnTheOneThreadOfTheRoom() throws Exception {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        CountDownLatch answers = new CountDownLatch(500);
        for (int i = 0; i < 500; i++) {
            a.leases().exchange(ask(counter(), 1, 10, 1, 0), grant -> {
                threads.add(Thread.currentThread().getName());
                answers.countDown();
            });
        }

        assertThat(answers.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(threads).containsExactly("penstock-cluster");
    }

    @Test
    void aConsumerThatFailsStopsNobody() {
        a.leases().exchange(ask(counter(), 1, 10, 1, 0), grant -> {
            throw new IllegalStateException("a bug");
        });

        assertThat(exchange(a.leases(), ask(counter(), 1, 10, 1, 0)).granted()).isEqualTo(1);
    }

    @Test
    void anEntryIsForgottenAMinuteAfterItsWindowAndNeverWhereTheWindowHasNoEnd() {
        String ends = counter();
        String endless = counter();
        long end = System.currentTimeMillis() + 100_000;
        exchange(a.leases(), new Ask(ends, 1, end, 10, 1, 0, "node", -1));
        exchange(a.leases(), new Ask(endless, 1, Long.MAX_VALUE, 10, 1, 0, "node", -1));

        long forgotten = LeaseNodes.counts(a).getEntryView(ends).getExpirationTime();
        assertThat(forgotten - end - HazelcastLeases.MARGIN.toMillis()).isBetween(-3_000L, 3_000L);
        assertThat(LeaseNodes.counts(a).getEntryView(endless).getExpirationTime())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aCounterThatNobodyHoldsIsNotKept() {
        String counter = counter();
        exchange(a.leases(), places(counter, 10, "owner", 0, 3, 0));
        assertThat(a.hazelcast().getMap(HazelcastSettings.PLACES).containsKey(counter))
                .isTrue();

        exchange(a.leases(), places(counter, 10, "owner", 3, 0, 3));

        assertThat(a.hazelcast().getMap(HazelcastSettings.PLACES).containsKey(counter))
                .isFalse();
    }

    @Test
    void aNodeThatTakesLeaveLosesItsPlacesAndNobodyShares() {
        ClusterNode guest = nodes.start(3);
        nodes.awaitSize(4, a, b, c, guest);
        String counter = counter();
        String tokens = counter();
        exchange(a.leases(), ask(tokens, 1, 100, 10, 0));
        assertThat(exchange(guest.leases(), places(counter, 10, guest.node(), 0, 8, 0)))
                .isEqualTo(new Grant(true, 8, 2));

        guest.close();
        nodes.awaitSize(3, a, b, c);

        // Each node hears of it for itself.
        ClusterRoom.await("places", () -> exchange(a.leases(), places(counter, 10, a.node(), 0, 10, 0))
                .equals(new Grant(true, 10, 0)));
        AtomicLong granted = new AtomicLong();
        ClusterRoom.await(
                "all tokens",
                () -> granted.addAndGet(exchange(b.leases(), ask(tokens, 1, 100, 100, 0))
                                .granted())
                        == 90);
        assertThat(exchange(guest.leases(), ask(tokens, 1, 100, 100, 0)))
                .as("of a node that has ended")
                .isEqualTo(Grant.UNREACHABLE);
    }
}
