// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.switches.StoredSwitch;
import dev.penstock.switches.SwitchNotice;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** The board of switches between real nodes, without the bus and with it. */
final class SwitchAnnouncementsTest {

    private static SwitchNotice notice(String object, long version) {
        return new SwitchNotice(
                new StoredSwitch(
                        object, false, false, 100, List.of(), "drill", "anna", Instant.EPOCH, null, version, "n"),
                Duration.ZERO);
    }

    private static Queue<SwitchNotice> listen(ClusterRoom.Node node, SwitchNotice... known) {
        Queue<SwitchNotice> heard = new ConcurrentLinkedQueue<>();
        ClusterRoom.await(
                node.cluster.hearSwitches(heard::add, () -> List.of(known)).mapEmpty());
        return heard;
    }

    @Test
    void theBoardReachesWhomTheBusDoesNotAndThoseWhoComeLater() {
        try (ClusterRoom room = ClusterRoom.of(3)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            listen(first);
            Queue<SwitchNotice> heard = listen(second);

            first.cluster.announce(notice("model.chat", 5));
            ClusterRoom.await("heard from the board", () -> heard.contains(notice("model.chat", 5)));

            ClusterRoom.Node third = room.start(2);
            assertThat(listen(third)).as("known before it begins").contains(notice("model.chat", 5));
        }
    }

    @Test
    void whatANodeKnowsBetterThanTheBoardItPutsThereAnew() {
        try (ClusterRoom room = ClusterRoom.of(2)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            Queue<SwitchNotice> heard = listen(first, notice("gateway", 7));
            first.cluster.announce(notice("model.chat", 5));

            listen(second, notice("model.chat", 6), notice("gateway", 3));

            ClusterRoom.await("the newer one", () -> heard.contains(notice("model.chat", 6)));
            assertThat(heard).doesNotContain(notice("gateway", 3));
        }
    }

    @Test
    void theBusCarriesFlipsAndDropsWhatIsNone() {
        try (ClusterRoom room = ClusterRoom.of(2)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            Queue<SwitchNotice> heard = new ConcurrentLinkedQueue<>();
            ClusterRoom.await(second.bus.listenToSwitches(heard::add).mapEmpty());

            first.vertx.eventBus().publish("penstock.cluster.switches", "a text");
            first.vertx.eventBus().publish("penstock.cluster.switches", Buffer.buffer(new byte[40]));
            ClusterRoom.await("refused", () -> second.bus.refused() >= 2);
            first.bus.publish(notice("model.chat", 5));

            ClusterRoom.await("heard", () -> !heard.isEmpty());
            assertThat(heard).containsExactly(notice("model.chat", 5));
        }
    }
}
