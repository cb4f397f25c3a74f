// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** The board of audits' heads between real nodes. */
final class HeadAnnouncementsTest {

    private static Queue<String> listen(ClusterRoom.Node node) {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        node.cluster.hearHeads(notice -> heard.add(new String(notice, UTF_8)));
        return heard;
    }

    private static void tell(ClusterRoom.Node node, String chain, String notice) {
        node.cluster.announceHead(chain, notice.getBytes(UTF_8));
    }

    @Test
    void theNewestHeadOfEachNodeReachesAllAndThoseWhoComeWhenItHasGone() {
        try (ClusterRoom room = ClusterRoom.of(3)) {
            ClusterRoom.Node first = room.start(0);
            ClusterRoom.Node second = room.start(1);
            ClusterRoom.await("joined", () -> first.cluster.size() == 2 && second.cluster.size() == 2);
            Queue<String> heard = listen(second);
            tell(first, "a", "a1");
            tell(second, "b", "b1");
            ClusterRoom.await("heard", () -> heard.contains("a1"));
            tell(first, "a", "a2");
            ClusterRoom.await("heard the newer one", () -> heard.contains("a2"));

            first.close();
            ClusterRoom.await("gone", () -> second.cluster.size() == 1);
            Queue<String> late = listen(room.start(2));

            ClusterRoom.await("what the one that went has said last", () -> late.contains("a2") && late.contains("b1"));
            assertThat(late).doesNotContain("a1");
        }
    }
}
