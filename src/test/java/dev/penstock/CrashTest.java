// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.chaos.CrashRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger of the real program, killed in the middle of calls. {@code benchmarks/run crash} is the long form. */
final class CrashTest {

    @TempDir
    private Path folder;

    @Test
    void noAcknowledgedCallIsLostOrDoubledWhereAnswersWaitForTheirRecord() throws Exception {
        CrashRun.Result result =
                new CrashRun(GatewayProcess::fromClassPath, folder, 1, "durable", 3, 1, 150, 8).run(life -> {});
        assertThat(result.acknowledged()).isGreaterThan(100);
        assertThat(result.isWhole()).as(result.toString()).isTrue();
    }

    @Test
    void anOrderlyEndLosesNothingEvenWhereTheyDoNotWait() throws Exception {
        CrashRun.Result result =
                new CrashRun(GatewayProcess::fromClassPath, folder, 2, "none", 0, 1, 150, 8).run(life -> {});
        assertThat(result.acknowledged()).isGreaterThan(50);
        assertThat(result.isWhole()).as(result.toString()).isTrue();
    }
}
