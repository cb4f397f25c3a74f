// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a new node waits for, with more entries than there are parts, so that none is missing by chance. */
final class FillTest {

    private static final Map<String, String> ENTRIES = IntStream.range(0, 1_000)
            .mapToObj(i -> "entry-" + i)
            .collect(Collectors.toMap(Function.identity(), Function.identity()));

    private static ReplicatedMap<String, String> held(HazelcastInstance node) {
        return node.getReplicatedMap(HazelcastSettings.SWITCHES);
    }

    @Test
    void aNewNodeHasAllThatTheOthersHoldAndSoHasTheNextOneWhenTheFirstHasGone() {
        try (ClusterRoom room = ClusterRoom.of(3)) {
            ClusterRoom.Node first = room.start(0);
            held(first.cluster.hazelcast()).putAll(ENTRIES);

            HazelcastInstance second = room.start(1).cluster.hazelcast();
            Fill.await(second, HazelcastSettings.SWITCHES);
            assertThat(Map.copyOf(held(second))).isEqualTo(ENTRIES);

            first.close();
            HazelcastInstance third = room.start(2).cluster.hazelcast();
            Fill.await(third, HazelcastSettings.SWITCHES);
            assertThat(Map.copyOf(held(third))).isEqualTo(ENTRIES);
        }
    }

    @Test
    void whoIsAloneWaitsForNobody() {
        try (ClusterRoom room = ClusterRoom.of(1)) {
            HazelcastInstance alone = room.start(0).cluster.hazelcast();
            Fill.await(alone, HazelcastSettings.SWITCHES);
            assertThat(held(alone)).isEmpty();
        }
    }
}
