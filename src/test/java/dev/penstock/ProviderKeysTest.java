// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answer;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several keys for one provider, from a client's request to its answer: which key is tried, which is set aside, and who sees what. */
final class ProviderKeysTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** The first pick is the heaviest key, so that a test knows which one is asked first. */
    private static final String KEYS =
            "api_keys: {first: {key: secret-first, weight: 1000}, second: {key: secret-second, weight: 10}, third: secret-third}";

    private static final String CLAUDE_ANSWER =
            "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[{\"type\":\"text\",\"text\":\"Ho\"}],"
                    + "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}";
    private static final String GEMINI_ANSWER =
            "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Ho\"}]},\"finishReason\":\"STOP\"}],"
                    + "\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":2}}";
    private static final String CONVERSE_ANSWER =
            "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"Ho\"}]}},\"stopReason\":\"end_turn\","
                    + "\"usage\":{\"inputTokens\":3,\"outputTokens\":2,\"totalTokens\":5}}";

    private static final Script WRONG_KEY =
            Answers.error(401, "invalid_request_error", "Incorrect API key provided: secret-first.", "invalid_api_key");

    private ProviderSimulator provider;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.builder()
                .transports(Transport.HTTP_1_1, Transport.HTTP_2_CLEAR)
                .start();
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    // ------------------------------------------------------------------ the next key

    static Stream<Arguments> verdictsAboutTheKey() {
        return Stream.of(
                        WRONG_KEY,
                        Answers.error(403, "invalid_request_error", "You may not do this.", "unsupported_country"),
                        Answers.error(429, "insufficient_quota", "You exceeded your quota.", "insufficient_quota"),
                        Answers.error(429, "billing", "No credit.", "credit_balance_exhausted"),
                        Answers.error(402, "billing", "Insufficient balance.", null),
                        Answers.error(429, "requests", "Rate limit reached.", "rate_limit_exceeded"),
                        Script.json(400, "{\"code\":\"Client error\",\"error\":\"Incorrect API key provided: xa***\"}"))
                .flatMap(answer -> Stream.of(Arguments.of(answer, true), Arguments.of(answer, false)));
    }

    @ParameterizedTest
    @MethodSource("verdictsAboutTheKey")
    void theSameRequestGoesOutAgainWithTheNextKeyAndLaterOnesSkipTheFirst(Script verdict, boolean stream)
            throws IOException {
        provider.otherwise(refusing("secret-first", verdict, Answers.chat(3)));
        try (InProcess gateway = openAi(KEYS)) {
            RawResponse answer = ask(gateway, chat("sim/m", stream));
            JsonNode line = gateway.awaitSettlement();
            RawResponse later = ask(gateway, chat("sim/m", stream));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.bodyText()).contains(stream ? "[DONE]" : "chat.completion");
            assertThat(answer.header("x-penstock-attempts")).hasValue("2");
            assertThat(later.header("x-penstock-attempts")).hasValue("1");
            assertThat(keysSeen()).containsExactly("secret-first", "secret-second", "secret-second");
            assertThat(provider.requests().get(1).bodyText())
                    .isEqualTo(provider.requests().get(0).bodyText());
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("ok");
            assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(2);
            assertThat(line.at("/penstock/provider_key").asText()).isEqualTo("second");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theNextKeyIsTriedOverHttp2AsWell(boolean stream) {
        provider.otherwise(refusing("secret-first", WRONG_KEY, Answers.chat(3)));
        try (InProcess gateway = InProcess.start("providers: {sim: {type: openai, http: \"2\", base_url: \""
                + provider.baseUrl(Transport.HTTP_2_CLEAR) + "\", " + KEYS + "}}\n")) {
            assertThat(ask(gateway, chat("sim/m", stream)).status()).isEqualTo(200);

            assertThat(keysSeen()).containsExactly("secret-first", "secret-second");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whenAllKeysAreRefusedTheClientHearsTheProvidersErrorAndEachWasTriedOnce(boolean stream) throws IOException {
        provider.otherwise(WRONG_KEY);
        try (InProcess gateway = openAi(KEYS)) {
            RawResponse answer = ask(gateway, chat("sim/m", stream));
            JsonNode line = gateway.awaitSettlement();
            RawResponse later = ask(gateway, chat("sim/m", stream));

            assertThat(answer.status()).isEqualTo(502);
            assertThat(JSON.readTree(answer.body()).at("/error/code").asText()).isEqualTo("provider_auth");
            assertThat(answer.header("x-penstock-attempts")).hasValue("3");
            assertThat(answer.bodyText()).doesNotContain("secret-");
            assertThat(later.header("x-penstock-attempts")).hasValue("1");
            // The one whose time ends first, which is the one that was set aside first.
            assertThat(keysSeen()).containsExactly("secret-first", "secret-second", "secret-third", "secret-first");
            assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(3);
        }
    }

    @Test
    void whenAllKeysAreAtTheirLimitTheClientGetsTheLimitAndItsDelay() {
        provider.otherwise(Script.whole(
                        429,
                        "application/json",
                        "{\"error\":{\"message\":\"Slow down.\",\"code\":\"rate_limit_exceeded\"}}")
                .header("retry-after", "7")
                .build());
        try (InProcess gateway = openAi(KEYS)) {
            RawResponse answer = ask(gateway, chat("sim/m", false));

            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.header("retry-after")).hasValue("7");
            assertThat(keysSeen()).hasSize(3);
        }
    }

    static Stream<Script> verdictsAboutSomethingElse() {
        return Stream.of(
                Answers.error(400, "invalid_request_error", "Unknown parameter.", "unknown_parameter"),
                Answers.error(404, "invalid_request_error", "No such model.", "model_not_found"),
                Answers.error(
                        429, "tokens", "Request too large for gpt-4o. Limit 1, Requested 2.", "rate_limit_exceeded"),
                Answers.error(500, "server_error", "Oh.", null),
                Answers.error(503, "server_error", "Overloaded.", "overloaded"),
                Script.json(
                        403,
                        "{\"error\":{\"code\":403,\"message\":\"Flagged.\",\"metadata\":{\"reasons\":[\"x\"],\"flagged_input\":\"y\"}}}"));
    }

    @ParameterizedTest
    @MethodSource("verdictsAboutSomethingElse")
    void whatIsNotAboutTheKeyGoesToTheClientAndNoKeyIsSetAside(Script verdict) {
        provider.otherwise(verdict);
        try (InProcess gateway =
                InProcess.start(sim("sim", "openai", "/v1", KEYS) + "models: {\"*\": {retries: {attempts: 1}}}\n")) {
            RawResponse answer = ask(gateway, chat("sim/m", false));

            assertThat(answer.status()).isGreaterThanOrEqualTo(400);
            assertThat(answer.header("x-penstock-attempts")).hasValue("1");
            assertThat(keysSeen()).containsExactly("secret-first");
            assertThat(states(gateway)).isEqualTo("first in_use, second in_use, third in_use");
        }
    }

    @Test
    void oneKeyIsTriedOnceAsEver() {
        provider.otherwise(WRONG_KEY);
        try (InProcess gateway = openAi("api_key: secret-only")) {
            RawResponse answer = ask(gateway, chat("sim/m", false));

            assertThat(answer.header("x-penstock-attempts")).hasValue("1");
            assertThat(keysSeen()).containsExactly("secret-only");
            assertThat(gateway.awaitSettlement().at("/penstock/provider_key").isMissingNode())
                    .isTrue();
            assertThat(gateway.admin("GET", "/metrics").body()).doesNotContain("key_set_aside");
        }
    }

    // ------------------------------------------------------------------ other types

    @ParameterizedTest
    @CsvSource({"true, messages", "false, messages", "true, chat", "false, chat"})
    void anthropicGetsItsNextKeyInItsOwnHeader(boolean stream, String client) {
        Script refused = Script.json(
                401,
                "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"}}");
        provider.otherwise(request -> request.header("x-api-key").orElse("").equals("secret-first")
                ? refused
                : stream ? claudeStream() : Script.json(200, CLAUDE_ANSWER));
        try (InProcess gateway = other("anthropic")) {
            RawResponse answer = client.equals("chat")
                    ? ask(gateway, chat("sim/m", stream))
                    : post(gateway, "/v1/messages", messages("sim/m", stream));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("x-penstock-attempts")).hasValue("2");
            assertThat(answer.bodyText()).contains("Ho");
            assertThat(seen("x-api-key")).containsExactly("secret-first", "secret-second");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void geminiTellsAWrongKeyWith400(boolean stream) {
        Script refused = Script.json(
                400,
                "{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"@type\":"
                        + "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}");
        provider.otherwise(
                request -> request.header("x-goog-api-key").orElse("").equals("secret-first")
                        ? refused
                        : stream
                                ? Script.stream()
                                        .send("data: " + GEMINI_ANSWER + "\r\n\r\n")
                                        .build()
                                : Script.json(200, GEMINI_ANSWER));
        try (InProcess gateway = other("gemini")) {
            RawResponse answer = ask(gateway, chat("sim/m", stream));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.bodyText()).contains("Ho");
            assertThat(seen("x-goog-api-key")).containsExactly("secret-first", "secret-second");
        }
    }

    @Test
    void bedrockTellsAWrongKeyByTheNameOfAnException() {
        Script refused = Script.whole(403, "application/json", "{\"message\":\"The security token is invalid.\"}")
                .header("x-amzn-errortype", "UnrecognizedClientException")
                .build();
        provider.otherwise(refusing("secret-first", refused, Script.json(200, CONVERSE_ANSWER)));
        try (InProcess gateway = other("bedrock")) {
            RawResponse answer = ask(gateway, chat("sim/m", false));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(keysSeen()).containsExactly("secret-first", "secret-second");
        }
    }

    // ------------------------------------------------------------------ inside an answer

    @Test
    void anErrorEventBeforeTheFirstContentIsAsGoodAsAnErrorStatus() {
        Script late = Script.stream()
                .send("data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n")
                .send("data: {\"error\":{\"message\":\"Slow down.\",\"code\":\"rate_limit_exceeded\"}}\n\n")
                .build();
        provider.otherwise(refusing("secret-first", late, Answers.chat(3)));
        try (InProcess gateway = openAi(KEYS)) {
            RawResponse answer = ask(gateway, chat("sim/m", true));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("x-penstock-attempts")).hasValue("2");
            assertThat(answer.bodyText()).contains("[DONE]").doesNotContain("Slow down");
            assertThat(states(gateway)).isEqualTo("first set_aside rate_limited, second in_use, third in_use");
        }
    }

    @Test
    void anErrorEventAfterTheFirstContentSetsTheKeyAsideAndNothingMore() {
        Script late = Script.stream()
                .send("data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ho\"}}]}\n\n")
                .send("data: {\"error\":{\"message\":\"Used up.\",\"code\":\"insufficient_quota\"}}\n\n")
                .build();
        provider.otherwise(refusing("secret-first", late, Answers.chat(3)));
        try (InProcess gateway = openAi(KEYS)) {
            RawResponse answer = ask(gateway, chat("sim/m", true));

            assertThat(answer.bodyText()).contains("Ho", "Used up.").doesNotContain("[DONE]");
            assertThat(keysSeen()).containsExactly("secret-first");
            assertThat(states(gateway)).isEqualTo("first set_aside exhausted, second in_use, third in_use");
        }
    }

    @Test
    void anErrorInABodyWithStatus200CountsToo() {
        Script inBody = Script.json(200, "{\"error\":{\"message\":\"No credit.\",\"code\":402}}");
        provider.otherwise(refusing("secret-first", inBody, Answers.chat(3)));
        try (InProcess gateway = openAi(KEYS)) {
            assertThat(ask(gateway, chat("sim/m", false)).status()).isEqualTo(200);

            assertThat(keysSeen()).containsExactly("secret-first", "secret-second");
        }
    }

    @Test
    void afterAnEarlyCommitTheNextKeyAnswersBehindTheHeadThatIsOut() {
        provider.otherwise(refusing("secret-first", WRONG_KEY, Answers.chat(3)));
        try (InProcess gateway = InProcess.start(
                sim("sim", "openai", "/v1", KEYS) + "models: {eager: {targets: [sim/m], early_commit: true}}\n")) {
            RawResponse answer = ask(gateway, chat("eager", true));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.bodyText()).contains("[DONE]").doesNotContain("provider_auth");
            assertThat(keysSeen()).containsExactly("secret-first", "secret-second");
            assertThat(states(gateway)).startsWith("first set_aside refused");
        }
    }

    // ------------------------------------------------------------------ large bodies, clients that leave

    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"HTTP_1_1", "HTTP_2_CLEAR"})
    void aBodyThatLeavesInSlicesIsSentAgainFromItsBeginning(Transport transport) {
        provider.otherwise(refusing("secret-first", WRONG_KEY, Answers.chat(3)));
        String http = transport == Transport.HTTP_2_CLEAR ? "http: \"2\", " : "";
        try (InProcess gateway = InProcess.start("providers: {sim: {type: openai, " + http + "base_url: \""
                + provider.baseUrl(transport) + "\", " + KEYS + "}}\n")) {
            RawResponse answer = ask(gateway, longChat());

            assertThat(answer.status()).isEqualTo(200);
            assertThat(provider.requests()).hasSize(2);
            assertThat(provider.requests().get(0).awaitBody()).hasSizeGreaterThan(3_000_000);
            assertThat(provider.requests().get(1).awaitBody())
                    .isEqualTo(provider.requests().get(0).awaitBody());
        }
    }

    @Test
    void aProviderThatRefusesBeforeItHasReadTheBodyIsAskedAgainOnAnotherConnection() throws IOException {
        List<String> keys = new ArrayList<>();
        try (ExecutorService server = Executors.newSingleThreadExecutor();
                ServerSocket listener = new ServerSocket()) {
            // Less than the body, so that a part of it stays with the gateway.
            listener.setReceiveBufferSize(32 << 10);
            listener.setSoTimeout((int) PATIENCE.toMillis());
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.submit(() -> {
                try (Socket hasty = listener.accept();
                        Socket patient = answerHead(hasty, listener, keys)) {
                    keys.add(readRequest(patient.getInputStream()));
                    String body = ChatEvents.plain().unary("Ho", 1, true);
                    patient.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                                            + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body)
                                    .getBytes(StandardCharsets.UTF_8));
                    return patient.getInputStream().read();
                }
            });
            try (InProcess gateway = InProcess.start("providers: {sim: {type: openai, base_url: \"http://127.0.0.1:"
                    + listener.getLocalPort() + "/v1\", " + KEYS + "}}\n")) {
                RawResponse answer = ask(gateway, longChat().replace("Hi ", "Hi, hi, hi, hi "));

                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.header("x-penstock-attempts")).hasValue("2");
                assertThat(keys).containsExactly("secret-first", "secret-second");
            }
        }
    }

    @Test
    void aClientThatLeavesBeforeTheVerdictCausesNoOtherAttempt() {
        provider.otherwise(Script.status(401)
                .header("content-type", "application/json")
                .head()
                .stall());
        try (InProcess gateway = openAi(KEYS)) {
            RawClient client = RawClient.connect(gateway.port()).post("/v1/chat/completions", chat("sim/m", true));
            SeenRequest seen = provider.awaitRequest();
            client.leave();

            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("cancelled");
            assertThat(seen.awaitEnd(PATIENCE).cancelled()).isTrue();
            assertThat(keysSeen()).containsExactly("secret-first");
        }
    }

    @Test
    void aClientThatLeavesDuringTheNextAttemptCancelsThatOne() {
        provider.otherwise(
                refusing("secret-first", WRONG_KEY, Script.stream().head().stall()));
        try (InProcess gateway = openAi(KEYS)) {
            RawClient client = RawClient.connect(gateway.port()).post("/v1/chat/completions", chat("sim/m", true));
            provider.awaitRequest();
            SeenRequest second = provider.awaitRequest();
            client.leave();

            assertThat(second.awaitEnd(PATIENCE).cancelled()).isTrue();
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("cancelled");
            assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(2);
            assertThat(keysSeen()).containsExactly("secret-first", "secret-second");
        }
    }

    // ------------------------------------------------------------------ weights, reload, what people see

    @Test
    void requestsAreSpreadByWeight() {
        try (InProcess gateway =
                InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, loops: 1}\n"
                        + sim(
                                "sim",
                                "openai",
                                "/v1",
                                "api_keys: {main: {key: secret-a, weight: 3}, spare: secret-b}"))) {
            for (int i = 0; i < 8; i++) {
                ask(gateway, chat("sim/m", false));
            }

            assertThat(keysSeen())
                    .containsExactly(
                            "secret-a",
                            "secret-a",
                            "secret-b",
                            "secret-a",
                            "secret-a",
                            "secret-a",
                            "secret-b",
                            "secret-a");
        }
    }

    @Test
    void whatOneEventLoopLearnsAllOfThemKnow() {
        provider.otherwise(refusing("secret-first", WRONG_KEY, Answers.chat(3)));
        try (InProcess gateway =
                InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, loops: 4}\n"
                        + sim("sim", "openai", "/v1", KEYS))) {
            for (int i = 0; i < 16; i++) {
                assertThat(ask(gateway, chat("sim/m", false)).status()).isEqualTo(200);
            }

            assertThat(keysSeen().stream().filter("secret-first"::equals)).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"api_key: secret-a, api_key: secret-b", "'api_keys: {main: secret-a}', 'api_keys: {main: secret-b}'"})
    void aKeyIsReplacedByAReloadWhileItsStreamGoesOnToItsEnd(String old, String replacement) throws IOException {
        Gate gate = new Gate();
        provider.when("long", Answers.steppedText(gate, "one", " two", " three"));
        try (InProcess gateway = openAi(old);
                RawClient client = RawClient.connect(gateway.port())) {
            gate.step();
            gate.step();
            RawResponse stream = client.post("/v1/chat/completions", chat("sim/long", true))
                    .response()
                    .readUntil("one");
            gateway.write(sim("sim", "openai", "/v1", replacement));
            HttpReload reload = reload(gateway);

            assertThat(reload.status()).isEqualTo(200);
            assertThat(reload.body()).contains("providers.sim.api_key").doesNotContain("secret-");
            for (int i = 0; i < 6; i++) {
                assertThat(ask(gateway, chat("sim/m", i % 2 == 0)).status()).isEqualTo(200);
            }
            gate.open();
            assertThat(stream.readToEnd().complete()).isTrue();
            assertThat(stream.events().done()).isTrue();
            assertThat(keysSeen().get(0)).isEqualTo("secret-a");
            assertThat(keysSeen().subList(1, 7)).hasSize(6).containsOnly("secret-b");
        }
    }

    @Test
    void aReloadKeepsTheStateOfKeysThatDidNotChangeAndForgetsThatOfTheOthers() throws IOException {
        provider.otherwise(WRONG_KEY);
        try (InProcess gateway = openAi(KEYS)) {
            ask(gateway, chat("sim/m", false));
            provider.otherwise(Answers.chat(3));
            gateway.write(sim(
                    "sim",
                    "openai",
                    "/v1",
                    "api_keys: {first: {key: secret-first, weight: 900}, second: secret-new, extra: secret-extra}"));
            reload(gateway);

            assertThat(states(gateway)).isEqualTo("first set_aside refused, second in_use, extra in_use");
            provider.forget();
            ask(gateway, chat("sim/m", false));
            assertThat(keysSeen()).containsExactly("secret-new");
        }
    }

    @Test
    void namesAndStatesAreShownAndSecretsNowhere() throws IOException {
        provider.otherwise(refusing("secret-first", WRONG_KEY, Answers.chat(3)));
        try (InProcess gateway = openAi(KEYS)) {
            ask(gateway, chat("sim/m", false));
            ask(gateway, chat("sim/m", false));
            String config = gateway.admin("GET", "/admin/v1/config").body();
            String metrics = gateway.admin("GET", "/metrics").body();

            JsonNode shown = JSON.readTree(config).at("/providers/sim");
            assertThat(shown.path("has_key").asBoolean()).isTrue();
            assertThat(shown.at("/keys/first/weight").asInt()).isEqualTo(1000);
            assertThat(shown.at("/keys/first/state").asText()).isEqualTo("set_aside");
            assertThat(shown.at("/keys/first/reason").asText()).isEqualTo("refused");
            assertThat(shown.at("/keys/first/seconds_left").asInt()).isBetween(200, 300);
            assertThat(shown.at("/keys/third").toString()).isEqualTo("{\"weight\":1,\"state\":\"in_use\"}");
            assertThat(metrics.lines())
                    .contains(
                            "penstock_provider_key_set_aside_total{key=\"first\",provider=\"sim\",reason=\"refused\"} 1.0",
                            "penstock_provider_key_set_aside_total{key=\"first\",provider=\"sim\",reason=\"exhausted\"} 0.0",
                            "penstock_provider_key_set_aside_total{key=\"third\",provider=\"sim\",reason=\"rate_limited\"} 0.0");
            String log = gateway.awaitSettlement().toString();
            assertThat(config + metrics + log).doesNotContain("secret-");
        }
    }

    // ------------------------------------------------------------------ helpers

    private record HttpReload(int status, String body) {}

    private static HttpReload reload(InProcess gateway) {
        var answer = gateway.admin("POST", "/admin/v1/config/reload");
        return new HttpReload(answer.statusCode(), answer.body());
    }

    private static Answer refusing(String key, Answer verdict, Answer otherwise) {
        return request -> request.header("authorization").orElse("").equals("Bearer " + key)
                ? verdict.to(request)
                : otherwise.to(request);
    }

    private InProcess openAi(String keys) {
        return InProcess.start(sim("sim", "openai", "/v1", keys));
    }

    private InProcess other(String type) {
        return InProcess.start(sim("sim", type, "", KEYS));
    }

    private String sim(String name, String type, String path, String keys) {
        String root = provider.baseUrl().replaceFirst("/v1$", "");
        return "providers: {" + name + ": {type: " + type + ", base_url: \"" + root + path + "\", " + keys + "}}\n";
    }

    /** The keys of the requests so far, in the order of arrival. */
    private List<String> keysSeen() {
        return seen("authorization").stream()
                .map(value -> value.replaceFirst("^Bearer ", ""))
                .toList();
    }

    private List<String> seen(String header) {
        return provider.requests().stream()
                .map(request -> request.header(header).orElse(""))
                .toList();
    }

    /** Each key with its state and, if there is one, the reason, as the admin API shows them. */
    private static String states(InProcess gateway) {
        try {
            JsonNode keys = JSON.readTree(
                            gateway.admin("GET", "/admin/v1/config").body())
                    .at("/providers/sim/keys");
            List<String> all = new ArrayList<>();
            keys.properties()
                    .forEach(key -> all.add((key.getKey() + " "
                                    + key.getValue().path("state").asText() + " "
                                    + key.getValue().path("reason").asText())
                            .strip()));
            return String.join(", ", all);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static RawResponse ask(InProcess gateway, String body) {
        return post(gateway, "/v1/chat/completions", body);
    }

    private static RawResponse post(InProcess gateway, String path, String body) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body, new Header("anthropic-version", "2023-06-01"))
                    .readResponse();
        }
    }

    private static String chat(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }

    private static String longChat() {
        return chat("sim/m", false).replace("Hi", "Hi ".repeat(1_200_000));
    }

    private static String messages(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":9,\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }

    private static Script claudeStream() {
        Script.Builder script = Script.stream();
        Stream.of(
                        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                                + "\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}",
                        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Ho\"}}",
                        "{\"type\":\"content_block_stop\",\"index\":0}",
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}",
                        "{\"type\":\"message_stop\"}")
                .forEach(event -> {
                    int from = event.indexOf(':') + 2;
                    String type = event.substring(from, event.indexOf('"', from));
                    script.send("event: " + type + "\ndata: " + event + "\n\n");
                });
        return script.build();
    }

    /** Refuses at the head of the first request, whose body stays unread, and waits for the next connection. */
    private static Socket answerHead(Socket hasty, ServerSocket listener, List<String> keys) throws IOException {
        keys.add(key(readHead(hasty.getInputStream())));
        hasty.getOutputStream()
                .write("HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                        .getBytes(StandardCharsets.US_ASCII));
        return listener.accept();
    }

    private static String readRequest(InputStream in) throws IOException {
        String head = readHead(in);
        int from = head.indexOf("content-length: ") + 16;
        in.skipNBytes(Long.parseLong(head.substring(from, head.indexOf('\r', from))));
        return key(head);
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int read = in.read();
            if (read < 0) {
                throw new IOException("the head ended early: " + head);
            }
            head.append((char) read);
        }
        return head.toString().toLowerCase(java.util.Locale.ROOT);
    }

    private static String key(String head) {
        int from = head.indexOf("authorization: bearer ") + 22;
        return head.substring(from, head.indexOf('\r', from));
    }
}
