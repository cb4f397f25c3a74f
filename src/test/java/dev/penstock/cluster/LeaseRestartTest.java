// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.quota.CounterStore.Row;
import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What nodes tell a cluster of the time before a restart. */
final class LeaseRestartTest {

    private static final long FAR = 4_000_000_000_000L;
    private static final long LIMIT = 100;

    @Test
    void theLargestOfWhatNodesRememberHoldsAndNodesThatComeLaterChangeNothing() {
        try (LeaseNodes nodes = new LeaseNodes(3)) {
            ClusterNode a = nodes.start(0);
            ClusterNode b = nodes.start(1);
            nodes.awaitSize(2, a, b);
            LeaseNodes.store(a).restore(List.of(row("month", 5, 60), row("old", 4, 60)));
            LeaseNodes.store(b).restore(List.of(row("month", 5, 70), row("old", 5, 10)));

            // Each node is heard in the order in which it speaks.
            assertThat(take(a, "month", 5, 0).left()).isLessThanOrEqualTo(40);
            assertThat(take(b, "month", 5, 0).left()).isEqualTo(30);
            assertThat(take(a, "month", 5, 10)).isEqualTo(new Grant(true, 10, 20));
            assertThat(take(b, "old", 5, 0).left()).as("of a window before").isEqualTo(90);

            ClusterNode c = nodes.start(2);
            nodes.awaitSize(3, a, b, c);
            LeaseNodes.store(c).restore(List.of(row("month", 5, 65), row("old", 4, 99)));
            assertThat(take(c, "month", 5, 100)).isEqualTo(new Grant(true, 20, 0));
            assertThat(take(c, "old", 5, 0).left()).isEqualTo(90);

            // Its copy knows, too.
            b.crash();
            nodes.awaitSize(2, a, c);
            assertThat(a.sharers()).as("the missing one may be cut off only").isEqualTo(3);
            assertThat(take(a, "month", 5, 1).granted()).isZero();
            assertThat(take(c, "month", 5, 1).granted()).isZero();
        }
    }

    private static Row row(String counter, long window, long used) {
        return new Row(counter, window, FAR, used, 0);
    }

    private static Grant take(ClusterNode node, String counter, long window, long amount) {
        CompletableFuture<Grant> answer = new CompletableFuture<>();
        LeaseNodes.store(node)
                .exchange(new Ask(counter, window, FAR, LIMIT, amount, 0, node.node(), -1), answer::complete);
        return answer.join();
    }
}
