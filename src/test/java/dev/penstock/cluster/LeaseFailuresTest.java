// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastException;
import dev.penstock.kit.FaultProxy;
import dev.penstock.kit.Toxics;
import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

/** Nodes that die, networks that hang and clusters that fall apart, while the nodes count together. */
final class LeaseFailuresTest {

    private static final Logger LOG = LogManager.getLogger(LeaseFailuresTest.class);
    private static final long LIMIT = 100;

    @Test
    void whatADeadNodeHeldIsFreeWithinSecondsAndWhatItTookStaysTaken() {
        try (LeaseNodes nodes = new LeaseNodes(3)) {
            ClusterNode a = nodes.start(0);
            ClusterNode b = nodes.start(1);
            ClusterNode c = nodes.start(2);
            nodes.awaitSize(3, a, b, c);
            List<String> counters =
                    IntStream.range(0, 20).mapToObj(i -> "counter-" + i).toList();
            for (String counter : counters) {
                assertThat(take(c, counter, 1, 40)).isEqualTo(40);
                assertThat(places(c, counter, 0, 8)).isEqualTo(8);
                assertThat(places(a, counter, 0, 8)).isEqualTo(2);
            }

            long killed = System.nanoTime();
            c.crash();
            long[] held = new long[counters.size()];
            Arrays.fill(held, 2);
            ClusterRoom.await("all places", () -> {
                for (int i = 0; i < held.length; i++) {
                    held[i] += places(a, counters.get(i), held[i], 10);
                }
                return Arrays.stream(held).allMatch(places -> places == 10);
            });
            Duration free = Duration.ofNanos(System.nanoTime() - killed);
            LOG.info("measured: places of a dead node free after {} ms", free.toMillis());

            assertThat(free).isLessThan(Duration.ofSeconds(12));
            nodes.awaitSize(2, a, b);
            for (String counter : counters) {
                // Two thirds of what was left: the third may be taken by one that is only cut off.
                assertThat(take(a, counter, 1, 25) + take(b, counter, 1, 100)).isEqualTo(40);
                assertThat(take(b, counter, 2, 100)).isEqualTo(67);
            }
            nodes.moveOn(Strength.MEMORY);
            counters.forEach(counter -> assertThat(take(a, counter, 2, 100)).isEqualTo(33));
        }
    }

    @Test
    void aSplitClusterTakesNoMoreThanTheLimitAndAddsUpWhenItIsWholeAgain() throws Exception {
        List<Integer> ports = ClusterRoom.freePorts(2);
        try (LeaseNodes nodes = new LeaseNodes(0);
                FaultProxy first = FaultProxy.to(ports.get(0));
                FaultProxy second = FaultProxy.to(ports.get(1))) {
            List<Integer> members = List.of(first.port(), second.port());
            ClusterNode a = nodes.start(ports.get(0), members, first.port());
            ClusterNode b = nodes.start(ports.get(1), members, second.port());
            nodes.awaitSize(2, a, b);
            List<String> both = names("both");
            List<String> one = names("one");
            List<String> born = names("born");
            List<String> hung = names("hung");
            both.forEach(counter -> assertThat(take(a, counter, 1, 20) + take(b, counter, 1, 10))
                    .isEqualTo(30));
            one.forEach(counter -> assertThat(take(b, counter, 1, 30)).isEqualTo(30));

            hang(List.of(first, second));
            long hungOut = askWhileItHangs(a, hung);
            List.of(first, second).forEach(FaultProxy::down);
            ClusterRoom.await("each alone", () -> a.standing() == Standing.ALONE && b.standing() == Standing.ALONE);

            for (String counter : both) {
                assertThat(take(a, counter, 1, 1_000)).isEqualTo(35);
                assertThat(take(b, counter, 1, 1_000)).isEqualTo(35);
            }
            one.forEach(counter -> assertThat(take(a, counter, 1, 1_000)).isEqualTo(35));
            for (String counter : born) {
                assertThat(take(a, counter, 1, 1_000)).isEqualTo(50);
                assertThat(take(b, counter, 1, 1_000)).isEqualTo(50);
            }
            assertThat(places(a, "places", 0, 100)).isEqualTo(5);
            assertThat(places(b, "places", 0, 100)).isEqualTo(5);

            List.of(first, second).forEach(proxy -> {
                proxy.upstream(Toxics.NONE);
                proxy.downstream(Toxics.NONE);
                proxy.up();
            });
            long met = meet(a, b, both, one, born);
            nodes.moveOn(Strength.SETTLING);

            both.forEach(counter -> assertThat(take(a, counter, 1, 1_000)).isZero());
            long[] rest = new long[1];
            ClusterRoom.await("the rest of what one side did not use", () -> {
                one.forEach(counter -> rest[0] += take(b, counter, 1, 1_000));
                return rest[0] == one.size() * 35L;
            });
            born.forEach(counter -> assertThat(take(a, counter, 1, 1_000)).isZero());
            for (String counter : hung) {
                hungOut += take(a, counter, 1, 1_000);
            }
            assertThat(hungOut).isLessThanOrEqualTo(hung.size() * LIMIT);
            assertThat(met).isZero();
        }
    }

    private static List<String> names(String kind) {
        return IntStream.range(0, 8).mapToObj(i -> kind + "-" + i).toList();
    }

    private static void hang(List<FaultProxy> proxies) {
        proxies.forEach(proxy -> {
            proxy.upstream(Toxics.NONE.withBlackHole());
            proxy.downstream(Toxics.NONE.withBlackHole());
        });
    }

    /** Every one is answered once, and soon; says what was granted. */
    private static long askWhileItHangs(ClusterNode node, List<String> counters) throws Exception {
        AtomicInteger answers = new AtomicInteger();
        List<CompletableFuture<Grant>> grants = new ArrayList<>();
        long began = System.nanoTime();
        for (String counter : counters) {
            CompletableFuture<Grant> answer = new CompletableFuture<>();
            grants.add(answer);
            node.leases().exchange(ask(counter, 1, 50), grant -> {
                answers.incrementAndGet();
                answer.complete(grant);
            });
        }
        long granted = 0;
        for (CompletableFuture<Grant> grant : grants) {
            granted += grant.get(20, TimeUnit.SECONDS).granted();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        LOG.info("measured: {} asks of a cluster that hangs answered after {} ms", answers, took.toMillis());
        assertThat(took).isLessThan(Duration.ofSeconds(2));
        assertThat(answers).hasValue(counters.size());
        assertThat(node.unansweredLeases()).isPositive();
        return granted;
    }

    /** Until both sides' counts are together; what is granted meanwhile is more than anybody may have. */
    private static long meet(ClusterNode a, ClusterNode b, List<String> both, List<String> one, List<String> born) {
        long[] granted = new long[1];
        ClusterRoom.await("added up", () -> {
            granted[0] += take(a, both.getFirst(), 1, 1_000) + take(b, both.getLast(), 1, 1_000);
            return a.size() == 2
                    && b.size() == 2
                    && both.stream().allMatch(counter -> taken(a, counter) == LIMIT)
                    && one.stream().allMatch(counter -> taken(a, counter) == 65)
                    && born.stream().allMatch(counter -> taken(a, counter) == LIMIT)
                    && held(a) == 10;
        });
        return granted[0];
    }

    private static void awaitAnswers(List<ClusterNode> nodes, Stream<List<String>> counters) {
        List<String> all = counters.flatMap(List::stream).toList();
        ClusterRoom.await("answers", () -> nodes.stream().allMatch(node -> all.stream()
                .allMatch(counter -> exchange(node, ask(counter, 1, 0)).reachable())));
    }

    private static long taken(ClusterNode node, String counter) {
        try {
            LeaseCount count = LeaseNodes.counts(node).get(counter);
            return count == null ? 0 : count.taken();
        } catch (HazelcastException stillMeeting) {
            return -1;
        }
    }

    /** Of both sides: neither forgets the other's. */
    private static long held(ClusterNode node) {
        Places places = node.hazelcast()
                .<String, Places>getMap(HazelcastSettings.PLACES)
                .get("places");
        return places == null ? 0 : places.heldByOthers("nobody");
    }

    private static Ask ask(String counter, long window, long take) {
        return new Ask(counter, window, Long.MAX_VALUE, LIMIT, take, 0, "node", -1);
    }

    private static long take(ClusterNode node, String counter, long window, long take) {
        return granted(node, ask(counter, window, take));
    }

    private static long places(ClusterNode node, String counter, long held, long take) {
        return granted(node, new Ask(counter, 0, Long.MAX_VALUE, 10, take, 0, node.node(), held));
    }

    private static long granted(ClusterNode node, Ask ask) {
        return exchange(node, ask).granted();
    }

    private static Grant exchange(ClusterNode node, Ask ask) {
        CompletableFuture<Grant> answer = new CompletableFuture<>();
        node.leases().exchange(ask, answer::complete);
        return answer.orTimeout(20, TimeUnit.SECONDS).join();
    }
}
