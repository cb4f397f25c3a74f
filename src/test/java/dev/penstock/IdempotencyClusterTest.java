// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.Header;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three whole gateways as one cluster: a named call is made once, whichever of them its repetitions reach. */
final class IdempotencyClusterTest {

    private static final Logger LOG = LogManager.getLogger(IdempotencyClusterTest.class);
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int DUPLICATES = Integer.getInteger("penstock.duplicates", 300);
    private static final String ASK =
            "{\"model\":\"chat\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private ProviderSimulator provider;
    private final List<Integer> ports = MemberMesh.freePorts(6);

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
        provider.otherwise(Answers.chat(5));
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private String node(int index) {
        return """
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 2s, shed: {lag: 0s}}
                storage: none
                providers: {one: {type: openai, base_url: "%s"}}
                models: {chat: {targets: [one/m], retries: {attempts: 1}}}
                """.formatted(provider.baseUrl()) + Peers.section("test", ports, index);
    }

    private static Header name(String value) {
        return new Header("idempotency-key", value);
    }

    private static RawResponse ask(int port, String name) {
        try (RawClient client = RawClient.connect(port, PATIENCE)) {
            return client.post("/v1/chat/completions", ASK, name(name)).readResponse();
        }
    }

    @Test
    void ofManyDuplicatesAtThreeNodesOneReachesTheProvider() {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "Once", " only"));
        try (InProcess a = InProcess.start(node(0));
                InProcess b = InProcess.start(node(1));
                InProcess c = InProcess.start(node(2))) {
            List<InProcess> nodes = List.of(a, b, c);
            awaitMembers(3, nodes);
            List<RawClient> clients = new ArrayList<>();
            try {
                List<RawResponse> answers = new ArrayList<>();
                long from = System.nanoTime();
                for (int i = 0; i < DUPLICATES; i++) {
                    RawClient client = RawClient.connect(nodes.get(i % 3).port(), PATIENCE);
                    clients.add(client);
                    answers.add(client.post("/v1/chat/completions", ASK, name("dup"))
                            .response());
                }
                await(
                        "all but one answered",
                        () -> nodes.stream()
                                        .map(Scrape::of)
                                        .flatMap(scrape -> scrape.requestsOf("chat").values().stream())
                                        .mapToInt(Integer::intValue)
                                        .sum()
                                == DUPLICATES - 1);
                long took = System.nanoTime() - from;
                gate.open();
                answers.forEach(RawResponse::readToEnd);

                assertThat(provider.requests()).hasSize(1);
                List<RawResponse> served = answers.stream()
                        .filter(answer -> answer.status() == 200)
                        .toList();
                assertThat(served).hasSize(1);
                assertThat(answers)
                        .as("a node that is short of time may say that it does not know")
                        .allSatisfy(answer -> assertThat(answer.status()).isIn(200, 409, 503));
                long refused = answers.stream()
                        .filter(answer -> answer.status() == 409)
                        .count();
                assertThat(refused).isPositive();
                for (InProcess node : nodes) {
                    RawResponse[] again = new RawResponse[1];
                    await("kept", () -> {
                        again[0] = ask(node.port(), "dup");
                        return again[0].status() == 200;
                    });
                    assertThat(again[0].header("idempotency-replayed")).hasValue("true");
                    assertThat(again[0].body()).isEqualTo(served.getFirst().body());
                }
                assertThat(provider.requests()).hasSize(1);
                LOG.info(
                        "measured: {} duplicates on 3 nodes in {} ms: 1 upstream call, {} times 409",
                        DUPLICATES,
                        took / 1_000_000,
                        refused);
            } finally {
                clients.forEach(RawClient::close);
            }
        }
    }

    @Test
    void whatADrainingNodeCutsOffAnotherNodeMakes() {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "Once", " only"));
        try (InProcess a = InProcess.start(node(0));
                InProcess b = InProcess.start(node(1))) {
            awaitMembers(2, List.of(a, b));
            try (RawClient client = RawClient.connect(b.port(), PATIENCE)) {
                RawResponse cut = client.post("/v1/chat/completions", ASK, name("drained"))
                        .response();
                gate.step();
                gate.step();
                cut.readUntil("Once");
                b.gateway().stop();
                assertThat(ask(a.port(), "drained").status()).isEqualTo(409);
                assertThat(cut.readToEnd().bodyText()).contains("gateway_shutdown");
            }

            await("made by the other", () -> ask(a.port(), "drained").status() == 200);
            assertThat(provider.requests()).hasSize(2);
        }
    }

    @Test
    void whatAKilledNodeWasMakingCanBeMadeByAnother(@TempDir Path folder) throws Exception {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "Once", " only"));
        Path file = Files.writeString(folder.resolve("penstock.yaml"), node(2));
        try (InProcess a = InProcess.start(node(0));
                InProcess b = InProcess.start(node(1));
                GatewayProcess mortal = GatewayProcess.fromClassPath()
                        .arguments("serve", "-f", file.toString())
                        .start()) {
            awaitMembers(3, List.of(a, b));
            try (RawClient client = RawClient.connect(mortal.api().getPort(), PATIENCE)) {
                RawResponse cut =
                        client.post("/v1/chat/completions", ASK, name("killed")).response();
                gate.step();
                gate.step();
                cut.readUntil("Once");
                assertThat(ask(a.port(), "killed").status()).isEqualTo(409);

                long from = System.nanoTime();
                mortal.kill();
                await("made by another", () -> ask(a.port(), "killed").status() == 200);
                Duration free = Duration.ofNanos(System.nanoTime() - from);
                LOG.info("measured: the call of a killed node is free after {} ms", free.toMillis());
                assertThat(free).isLessThan(Duration.ofSeconds(30));
            }
            await(
                    "replayed",
                    () -> ask(b.port(), "killed").header("idempotency-replayed").isPresent());
            assertThat(provider.requests()).hasSize(2);
        }
    }

    private static void awaitMembers(int count, List<InProcess> nodes) {
        await(count + " members", () -> nodes.stream()
                .allMatch(node -> Peers.check(node).equals("joined, " + count + " members")));
    }

    private static void await(String what, BooleanSupplier holds) {
        Peers.await(what, PATIENCE, holds);
    }
}
