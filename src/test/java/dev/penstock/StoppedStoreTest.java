// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.chaos.SteadyLoad;
import dev.penstock.kit.chaos.ToldExchanges;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program whose PostgreSQL stops under load and comes back. {@code benchmarks/run slow-store} is the long form. */
final class StoppedStoreTest {

    private static final int EACH = 60;

    @TempDir
    private Path folder;

    @Test
    void aStoreThatStopsUnderLoadCostsNoCallAndNoRecord() throws Exception {
        EmbeddedPostgres server = start(0);
        int port = server.getPort();
        Path config = folder.resolve("penstock.yaml");
        Files.writeString(config, """
                server: {port: 0, admin: "127.0.0.1:0"}
                static: {hello: {text: "Good day to you"}}
                storage: "postgresql://postgres:postgres@127.0.0.1:%d/postgres?sslmode=disable"
                auth: {pepper: a-pepper-of-all}
                """.formatted(port));
        try (GatewayProcess gateway = GatewayProcess.fromClassPath()
                        .arguments("serve", "-f", config.toString())
                        .environment("PENSTOCK_DATA", folder.resolve("data").toString())
                        .start();
                SteadyLoad load =
                        new SteadyLoad(gateway.api().getPort(), "static/hello", 40, "call", "while it is there")) {
            awaitMore(load);
            server.close();
            awaitMore(load);
            server = start(port);
            awaitMore(load);

            List<SteadyLoad.Call> calls = load.stop();
            ToldExchanges told = ToldExchanges.by(gateway.admin(), Duration.ofMinutes(2));

            assertThat(calls).hasSizeGreaterThanOrEqualTo(3 * EACH).allMatch(SteadyLoad.Call::answered);
            assertThat(told.times())
                    .hasSameSizeAs(calls)
                    .allSatisfy((id, times) -> assertThat(times).as(id).isEqualTo(1));
            assertThat(told.times().keySet())
                    .containsAll(calls.stream().map(SteadyLoad.Call::id).toList());
            assertThat(told.doubled()).isZero();
            assertThat(told.counted()).isEqualTo(calls.size());
        } finally {
            server.close();
        }
    }

    private static void awaitMore(SteadyLoad load) {
        int wanted = load.ended() + EACH;
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (load.ended() < wanted) {
            assertThat(System.nanoTime()).as("calls go on").isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private EmbeddedPostgres start(int port) throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("server"))
                .setCleanDataDirectory(false)
                .setOverrideWorkingDirectory(folder.toFile());
        return (port == 0 ? builder : builder.setPort(port)).start();
    }
}
