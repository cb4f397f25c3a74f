// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class GatewayProcessTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void isReadyWhenTheBannerNamesTheApi() {
        try (GatewayProcess program = GatewayProcess.ofMain(BannerProgram.class)
                .environment("GROQ_API_KEY", "k")
                .start()) {
            assertThat(program.admin().getPort()).isEqualTo(1);
            try (RawClient client = RawClient.connect(program.api().getPort())) {
                assertThat(client.get("/x").readResponse().status()).isEqualTo(204);
            }
            assertThat(program.awaitStdout(line -> line.contains("path"))).isEqualTo("{\"path\":\"/x\"}");
            assertThat(program.awaitStderr(line -> line.contains("keys"))).endsWith("[GROQ_API_KEY]");
        }
    }

    @Test
    void endsAtTermAndKeepsItsLastWords() {
        try (GatewayProcess program = GatewayProcess.ofMain(BannerProgram.class).start()) {
            // The last line of its start: a signal before it would find two threads printing.
            program.awaitStderr(line -> line.contains("keys"));

            int code = program.terminate().awaitExit(SOON);

            assertThat(code).isEqualTo(143);
            assertThat(program.stderr()).endsWith("drained");
        }
    }

    @Test
    void diesAtKillWithoutLastWords() {
        try (GatewayProcess program = GatewayProcess.ofMain(BannerProgram.class).start()) {
            program.api();

            assertThat(program.signal("KILL").awaitExit(SOON)).isEqualTo(137);
            assertThat(program.stderr()).doesNotContain("drained");
        }
    }

    @Test
    void saysWhyAProgramDidNotStart() {
        try (GatewayProcess program =
                GatewayProcess.ofMain(BannerProgram.class).arguments("fail").start()) {
            assertThatThrownBy(program::api)
                    .isInstanceOf(AssertionError.class)
                    .hasStackTraceContaining("penstock.yaml:1:1");
            assertThat(program.awaitExit(SOON)).isEqualTo(2);
        }
    }
}
