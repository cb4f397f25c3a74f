// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.SocketOwners;
import dev.penstock.kit.chaos.ChaosRun;
import dev.penstock.kit.chaos.Landscape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code benchmarks/run chaos}: two gateways, two providers, some seconds of mishaps, every promise checked. */
final class ChaosShortTest {

    /** A node stands still, one dies, a provider dies, all read their files again: more does not fit into the time of a build. */
    private static final long SEED = 5240;

    @Test
    void keepsEveryPromiseWhileNodesAndProvidersComeAndGo(@TempDir Path folder) {
        assumeTrue(SocketOwners.supported(), "members are told apart by /proc");
        Landscape.Plan plan = new Landscape.Plan(
                List.of("a", "b"),
                GatewayProcess::fromClassPath,
                folder,
                Duration.ofMillis(15),
                SEED,
                "",
                "timeouts: {connect: 1s, first_token: 4s, idle: 4s, total: 8s}",
                false);
        List<String> story = Collections.synchronizedList(new ArrayList<>());

        ChaosRun.Result result =
                new ChaosRun(SEED, Duration.ofSeconds(6), 25, plan, Duration.ofSeconds(8)).run(story::add);

        assertThat(result.troubles()).as(() -> String.join("\n", story)).isEmpty();
        assertThat(result.verdict().violations())
                .as(() -> String.join("\n", story) + "\n" + result.verdict().report())
                .isEmpty();
        assertThat(result.verdict().counts().get("complete and exact")).isGreaterThan(20);
    }
}
