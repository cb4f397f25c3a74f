// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.auth.KeyFormat;
import dev.penstock.auth.StoredKey;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** The board of keys between real nodes, without the bus and with it. */
final class KeyAnnouncementsTest {

    private static StoredKey key(String id, boolean revoked) {
        return new StoredKey(
                id,
                new byte[32],
                "acme",
                "",
                Instant.EPOCH,
                null,
                List.of(),
                List.of(),
                List.of(),
                revoked ? Instant.ofEpochMilli(9) : null,
                "");
    }

    private static Queue<StoredKey> listen(ClusterRoom.Node node, StoredKey... known) {
        Queue<StoredKey> heard = new ConcurrentLinkedQueue<>();
        ClusterRoom.await(
                node.cluster.hearKeys(heard::addAll, () -> List.of(known)).mapEmpty());
        return heard;
    }

    @Test
    void theBoardReachesWhomTheBusDoesNotWithinASecondAndThoseWhoComeLater() {
        try (ClusterRoom room = ClusterRoom.of(3)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            listen(first);
            Queue<StoredKey> heard = listen(second);

            long from = System.nanoTime();
            first.cluster.announce(List.of(key("a", true)));
            ClusterRoom.await("heard from the board", () -> heard.contains(key("a", true)));
            assertThat(System.nanoTime() - from).isLessThan(1_000_000_000L);

            ClusterRoom.Node third = room.start(2);
            assertThat(listen(third)).as("known before it begins").contains(key("a", true));
        }
    }

    @Test
    void whatWasSaidToNobodyIsPutOntoTheBoardAnewAndNeverTakesARevocationBack() {
        try (ClusterRoom room = ClusterRoom.of(2)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            Queue<StoredKey> heard = listen(first, key("b", false));

            listen(second, key("a", true), key("b", true));
            ClusterRoom.await("both heard", () -> heard.contains(key("a", true)) && heard.contains(key("b", true)));

            first.cluster.hazelcast().getReplicatedMap("penstock.keys").put("a", KeyFormat.write(key("a", false)));
            heard.clear();
            ClusterRoom.await("set right", () -> heard.contains(key("a", true)));
        }
    }

    @Test
    void theBusCarriesKeysAndDropsWhatIsNone() {
        try (ClusterRoom room = ClusterRoom.of(2)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            Queue<StoredKey> heard = new ConcurrentLinkedQueue<>();
            ClusterRoom.await(second.bus.listenToKeys(heard::add).mapEmpty());

            first.vertx.eventBus().publish("penstock.cluster.keys", "a text");
            first.vertx.eventBus().publish("penstock.cluster.keys", Buffer.buffer(new byte[90]));
            ClusterRoom.await("refused", () -> second.bus.refused() >= 2);
            first.bus.publish(key("a", true));

            ClusterRoom.await("heard", () -> !heard.isEmpty());
            assertThat(heard).containsOnly(key("a", true));
        }
    }

    @Test
    void whoListensALittleTooLateIsToldAgainByTheBus() {
        try (ClusterRoom room = ClusterRoom.of(2)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            Queue<StoredKey> heard = new ConcurrentLinkedQueue<>();

            first.bus.publish(key("a", true));
            ClusterRoom.await(second.bus.listenToKeys(heard::add).mapEmpty());

            ClusterRoom.await("heard", () -> !heard.isEmpty());
            assertThat(heard).containsOnly(key("a", true));
        }
    }
}
