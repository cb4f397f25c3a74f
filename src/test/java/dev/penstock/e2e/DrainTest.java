// SPDX-License-Identifier: Apache-2.0
package dev.penstock.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.SeenRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to the streams of a real process when it gets SIGTERM. */
final class DrainTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String ASK = "{\"model\":\"sim/any\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String STREAM = ASK.replace("\"messages\"", "\"stream\":true,\"messages\"");

    @TempDir
    private Path folder;

    private ProviderSimulator provider;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    @Test
    void letsAStreamFinishAndExitsWithZero() throws IOException {
        Gate gate = twoSteps();
        try (GatewayProcess program = gateway("1500ms", "30s");
                RawClient client = RawClient.connect(program.api().getPort(), SOON)) {
            int port = program.api().getPort();
            RawResponse response =
                    client.post("/v1/chat/completions", STREAM).response().readUntil("one");
            provider.enqueue(Answers.chat(3));

            program.terminate();

            // not ready at once, and for the time that a load balancer needs to notice still serving
            program.awaitStdout(line -> line.contains("draining"));
            assertThat(readiness(port)).isEqualTo(503);
            assertThat(readiness(program.admin().getPort())).isEqualTo(503);
            try (RawClient late = RawClient.connect(port)) {
                assertThat(late.post("/v1/chat/completions", ASK).readResponse().status())
                        .isEqualTo(200);
            }
            awaitRefusal(port);
            assertThat(program.alive()).isTrue();
            gate.open();
            assertThat(response.readToEnd().complete()).isTrue();
            assertThat(response.events().done()).isTrue();
            assertThat(program.awaitExit(SOON)).isZero();
            assertThat(program.stdout())
                    .anySatisfy(line -> assertThat(line).contains("\"stream\":true", "\"outcome\":\"ok\""));
        }
    }

    @Test
    void endsAStreamThatTakesLongerThanTheDrainWithAnError() throws IOException {
        twoSteps();
        try (GatewayProcess program = gateway("0s", "2s");
                RawClient client = RawClient.connect(program.api().getPort(), SOON)) {
            RawResponse response =
                    client.post("/v1/chat/completions", STREAM).response().readUntil("one");

            program.terminate();

            response.readToEnd();
            assertThat(response.events().done()).isFalse();
            assertThat(response.events().unterminatedTail()).isFalse();
            assertThat(response.events().data().getLast()).contains("\"error\"", "\"gateway_shutdown\"");
            assertThat(provider.awaitRequest().awaitEnd(SOON).how())
                    .isIn(SeenRequest.How.PEER_CLOSED, SeenRequest.How.PEER_RESET);
            assertThat(program.awaitExit(SOON)).isZero();
            assertThat(program.stdout())
                    .anySatisfy(line -> assertThat(line).contains("\"stream\":true", "\"outcome\":\"truncated\""));
        }
    }

    @Test
    void exitsAtOnceWhenNothingRuns() throws IOException {
        try (GatewayProcess program = gateway("0s", "60s")) {
            assertThat(readiness(program.api().getPort())).isEqualTo(200);

            assertThat(program.terminate().awaitExit(SOON)).isZero();
        }
    }

    @Test
    void doesNotWaitForConnectionsThatAreOpenAndIdle() throws IOException {
        try (GatewayProcess program = gateway("0s", "60s");
                RawClient idle = RawClient.connect(program.api().getPort())) {
            assertThat(idle.post("/v1/chat/completions", ASK).readResponse().status())
                    .isEqualTo(200);

            assertThat(program.terminate().awaitExit(SOON)).isZero();
        }
    }

    private GatewayProcess gateway(String delay, String drain) throws IOException {
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(
                file,
                "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: " + delay + ", drain: " + drain + "}\n"
                        + "providers: {sim: {type: openai, base_url: \"" + provider.baseUrl() + "\"}}\n");
        return GatewayProcess.fromClassPath()
                .arguments("serve", "-f", file.toString())
                .folder(folder)
                .start();
    }

    /** A stream of three tokens that stands after the first. */
    private Gate twoSteps() {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "one", " two", " three"));
        gate.step();
        gate.step();
        return gate;
    }

    private static int readiness(int port) {
        try (RawClient client = RawClient.connect(port)) {
            return client.get("/readyz").readResponse().status();
        }
    }

    /** Asks again and again until nobody listens any more. */
    private static void awaitRefusal(int port) {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                assertThat(readiness(port)).isIn(503, 0);
            } catch (UncheckedIOException e) {
                if (e.getCause() instanceof ConnectException) {
                    return;
                }
            }
        }
        throw new AssertionError("still accepting");
    }
}
