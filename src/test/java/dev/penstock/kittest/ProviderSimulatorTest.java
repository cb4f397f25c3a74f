// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Accepting;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RawResponse.End;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SeenRequest.How;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ProviderSimulatorTest {

    private static final String CHAT = "/v1/chat/completions";
    private static final Duration SOON = Duration.ofSeconds(10);

    private ProviderSimulator simulator;

    @BeforeEach
    void start() {
        simulator = ProviderSimulator.builder()
                .transports(Transport.HTTP_1_1, Transport.HTTP_2_CLEAR)
                .start();
    }

    @AfterEach
    void stop() {
        simulator.close();
    }

    @Test
    void streamsEventsOfTheSizeThatOpenAiSends() throws Exception {
        simulator.otherwise(Answers.chat(20));

        RawResponse response =
                ask("{\"model\":\"gpt-4o-mini\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");

        List<String> data = response.events().data();
        assertThat(response.end()).isEqualTo(End.COMPLETE);
        // role, 20 tokens, finish, usage, marker
        assertThat(data).hasSize(24).endsWith("[DONE]");
        assertThat(data.get(1).length()).isBetween(230, 300);
        JsonNode usage = new ObjectMapper().readTree(data.get(22));
        assertThat(usage.path("choices")).isEmpty();
        assertThat(usage.path("usage").path("completion_tokens").asInt()).isEqualTo(20);
        assertThat(new ObjectMapper().readTree(data.get(1)).path("usage").isNull())
                .isTrue();
    }

    @Test
    void saysNothingOfUsageToAStreamThatDidNotAsk() {
        simulator.otherwise(Answers.chat(3));

        RawResponse response = ask("{\"model\":\"m\",\"stream\":true}");

        assertThat(response.bodyText()).doesNotContain("usage");
    }

    @Test
    void answersWithOneBodyWhenNoStreamIsAskedFor() throws Exception {
        simulator.otherwise(Answers.chat(3));

        JsonNode answer = new ObjectMapper().readTree(ask("{\"model\":\"m\"}").body());

        assertThat(answer.path("choices")
                        .path(0)
                        .path("message")
                        .path("content")
                        .asText())
                .isEqualTo(Answers.text(3));
        assertThat(answer.path("usage").path("completion_tokens").asInt()).isEqualTo(3);
    }

    @Test
    void interleavesChoicesAndSplitsToolArguments() {
        simulator.enqueue(Answers.choices(2, 3), Answers.toolCall());

        List<String> choices = ask("{\"model\":\"m\",\"stream\":true}").events().data();
        List<String> tool = ask("{\"model\":\"m\",\"stream\":true}").events().data();

        assertThat(choices.get(2)).contains("\"index\":0");
        assertThat(choices.get(3)).contains("\"index\":1");
        assertThat(tool.get(1)).contains("get_weather").contains("\"arguments\":\"\"");
        assertThat(tool.get(2)).doesNotContain("get_weather");
    }

    @Test
    void choosesTheQueueBeforeTheModelBeforeTheDefault() {
        simulator.when("mine", Answers.text("for my model")).otherwise(Answers.text("otherwise"));
        simulator.enqueue(Answers.text("queued"));

        assertThat(ask("{\"model\":\"mine\"}").bodyText()).contains("queued");
        assertThat(ask("{\"model\":\"mine\"}").bodyText()).contains("for my model");
        assertThat(ask("{\"model\":\"other\"}").bodyText()).contains("otherwise");
    }

    @Test
    void recordsHeadBodyAndEndOfARequest() {
        try (RawClient client = RawClient.connect(simulator.port())) {
            client.send(
                            "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: a\r\nX-Odd:  v \r\ntransfer-encoding: chunked\r\n\r\n"
                                    + "4\r\n{\"mo\r\n12;ext=1\r\ndel\":\"m\",\"a\":\"ü\"}\r\n0\r\n\r\n")
                    .readResponse();
        }

        SeenRequest seen = simulator.awaitRequest();
        assertThat(seen.target()).isEqualTo("/v1/chat/completions?x=1");
        assertThat(seen.path()).isEqualTo(CHAT);
        assertThat(seen.header("x-odd")).contains("v");
        assertThat(seen.bodyText()).isEqualTo("{\"model\":\"m\",\"a\":\"ü\"}");
        assertThat(seen.awaitEnd(SOON).how()).isEqualTo(How.COMPLETED);
        assertThat(simulator.openRequests()).isZero();
    }

    @Test
    void seesTheHeadOfARequestThatIsNeverFinished() {
        try (RawClient client = RawClient.connect(simulator.port())) {
            client.send("POST " + CHAT + " HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{\"mod");

            SeenRequest seen = simulator.awaitRequest();
            assertThat(seen.body()).isNotDone();
            assertThat(simulator.openRequests()).isEqualTo(1);

            client.leave();
            assertThat(seen.awaitEnd(SOON).how()).isEqualTo(How.PEER_CLOSED);
        }
    }

    @Test
    void tellsAClosedConnectionFromAResetOneWhileNothingFlows() {
        simulator.otherwise(Script.stream().stall());
        try (RawClient leaves = RawClient.connect(simulator.port());
                RawClient resets = RawClient.connect(simulator.port())) {
            leaves.post(CHAT, "{}");
            SeenRequest left = simulator.awaitRequest();
            resets.post(CHAT, "{}");
            SeenRequest reset = simulator.awaitRequest();

            leaves.leave();
            resets.reset();

            assertThat(left.awaitEnd(SOON).how()).isEqualTo(How.PEER_CLOSED);
            assertThat(reset.awaitEnd(SOON).how()).isEqualTo(How.PEER_RESET);
        }
    }

    @Test
    void reportsTheCodeOfAResetHttp2StreamAndKeepsTheOthers() {
        Gate gate = new Gate();
        simulator.enqueue(Script.stream().send("data: 1\n\n").stall(), Answers.steppedText(gate, "survivor"));
        try (H2Client client = H2Client.clear(simulator.port(Transport.HTTP_2_CLEAR))) {
            H2Client.Exchange first = client.post(CHAT, "{\"stream\":true}").awaitText("data: 1");
            SeenRequest seen = simulator.awaitRequest();
            H2Client.Exchange second = client.post(CHAT, "{\"stream\":true}");

            first.reset(0x8);

            SeenRequest.Ending end = seen.awaitEnd(SOON);
            assertThat(end.how()).isEqualTo(How.PEER_RESET);
            assertThat(end.code()).isEqualTo(0x8);
            gate.open();
            assertThat(second.awaitEnd()).isEqualTo(H2Client.End.COMPLETE);
            assertThat(second.bodyText()).contains("survivor");
        }
    }

    @Test
    void waitsAtAGateUntilTheTestLetsItPass() {
        Gate gate = new Gate();
        simulator.otherwise(Answers.steppedText(gate, "one", "two"));
        try (RawClient client = RawClient.connect(simulator.port())) {
            RawResponse response =
                    client.post(CHAT, "{\"stream\":true}").response().readHead();
            assertThat(response.body()).isEmpty();

            gate.step();
            gate.step();
            response.readUntil("one");
            assertThat(response.bodyText()).doesNotContain("two");

            gate.open();
            assertThat(response.readToEnd().end()).isEqualTo(End.COMPLETE);
            assertThat(response.bodyText()).contains("two").contains("[DONE]");
        }
    }

    @Test
    void sendsPiecesThatEndAtTheGivenOffsets() {
        byte[] payload = "data: grüße\n\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        simulator.otherwise(Script.stream().sendSplit(payload, 9, 3, 200).build());

        RawResponse response = ask("{}");

        assertThat(response.body()).isEqualTo(payload);
        assertThat(response.chunks()).isEqualTo(3);
    }

    @Test
    void keepsTheConnectionForTheNextRequestAndTakesPipelinedOnes() {
        simulator.otherwise(Answers.chat(2));
        try (RawClient client = RawClient.connect(simulator.port())) {
            client.post(CHAT, "{}").post(CHAT, "{}");

            assertThat(client.readResponse().end()).isEqualTo(End.COMPLETE);
            assertThat(client.readResponse().end()).isEqualTo(End.COMPLETE);
        }
        assertThat(simulator.requests()).extracting(SeenRequest::connection).containsExactly(1, 1);
    }

    @Test
    void closesAnIdleConnectionAfterAGoodAnswer() {
        simulator.otherwise(
                Script.whole(200, "application/json", "{}").endBody().closeOrderly());
        try (RawClient client = RawClient.connect(simulator.port())) {
            assertThat(client.post(CHAT, "{}").readResponse().end()).isEqualTo(End.COMPLETE);
            assertThat(client.awaitClose()).isEqualTo(RawClient.Closing.FIN);
        }
        assertThat(simulator.requests().get(0).awaitEnd(SOON).how()).isEqualTo(How.COMPLETED);
    }

    @Test
    void stopsSendingWhenTheReaderTakesNothing() {
        byte[] chunk = new byte[16_384];
        simulator.otherwise(
                Script.stream().repeat(4096, i -> chunk, Duration.ZERO).build());
        try (RawClient client = RawClient.connectWithSmallBuffer(simulator.port(), 4096)) {
            RawResponse response = client.post(CHAT, "{}").response().readAtLeast(1);
            SeenRequest seen = simulator.awaitRequest();

            assertThat(seen.bytesSent()).isLessThan(64L << 20);
            assertThat(seen.end()).isNotDone();

            assertThat(response.readToEnd().body().length).isEqualTo(64 << 20);
            assertThat(seen.awaitEnd(SOON).bytesSent()).isEqualTo(64L << 20);
        }
    }

    @Test
    void turnsConnectionsAwayBeforeTheyCanAsk() {
        simulator.accepting(Accepting.RESET);
        assertThat(RawClient.knock(simulator.port())).isEqualTo(RawClient.Closing.RST);

        simulator.accepting(Accepting.CLOSE);
        assertThat(RawClient.knock(simulator.port())).isEqualTo(RawClient.Closing.FIN);

        assertThat(simulator.requests()).isEmpty();
    }

    @Test
    void readsNothingWhenToldSo() {
        simulator.accepting(Accepting.NEVER_READ);
        try (RawClient client = RawClient.connect(simulator.port(), Duration.ofMillis(300))) {
            assertThat(client.post(CHAT, "{}").readResponse().end()).isEqualTo(End.TIMEOUT);
        }
        assertThat(simulator.requests()).isEmpty();
    }

    @Test
    void listsTheModelsThatItKnows() {
        simulator.when("b", Answers.chat(1)).when("a", Answers.chat(1));
        try (RawClient client = RawClient.connect(simulator.port())) {
            assertThat(client.get("/v1/models").readResponse().bodyText())
                    .containsSubsequence("\"id\":\"a\"", "\"id\":\"b\"");
        }
    }

    private RawResponse ask(String json) {
        try (RawClient client = RawClient.connect(simulator.port())) {
            return client.post(CHAT, json).readResponse();
        }
    }
}
