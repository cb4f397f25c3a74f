// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.ProviderConfig.Extras;
import dev.penstock.config.ProviderConfig.Type;
import dev.penstock.config.ProviderConfig.Vertex;
import dev.penstock.config.Secret;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each type of provider puts on the wire, to the last header field, and what comes back. */
final class WireTest {

    private static final String KEY = "canary-key-1";
    private static final Extras DATED = new Extras("2024-10-21", 0, "", null);
    private static final AwsKeys ACCESS_KEYS = new AwsKeys(
            Secret.of("AKIDEXAMPLE"), Secret.of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret.of("session-1"));

    private ProviderRoom room;

    @BeforeEach
    void openRoom() {
        room = new ProviderRoom();
    }

    @AfterEach
    void closeRoom() {
        room.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void openai(boolean stream) {
        SeenRequest seen = room.provider(Type.OPENAI, "/v1", KEY, Extras.NONE).seen("gpt-4o", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/v1/chat/completions");
        assertThat(fields(seen)).containsExactlyInAnyOrderElementsOf(common(stream, "authorization: Bearer " + KEY));
        assertThat(seen.bodyText()).isEqualTo(ProviderRoom.BODY);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void azureWithADatedVersionNamesTheDeploymentInThePath(boolean stream) {
        SeenRequest seen = room.provider(Type.AZURE, KEY, DATED).seen("gpt-4o", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21");
        assertThat(fields(seen)).containsExactlyInAnyOrderElementsOf(common(stream, "api-key: " + KEY));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void azureWithoutAVersion(boolean stream) {
        SeenRequest seen = room.provider(Type.AZURE, KEY).seen("gpt-4o", stream);

        assertThat(seen.target()).isEqualTo("/openai/v1/chat/completions");
        assertThat(fields(seen)).containsExactlyInAnyOrderElementsOf(common(stream, "api-key: " + KEY));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anthropic(boolean stream) {
        SeenRequest seen = room.provider(Type.ANTHROPIC, KEY).seen("claude-haiku-4-5", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/v1/messages");
        assertThat(fields(seen))
                .containsExactlyInAnyOrderElementsOf(
                        common(stream, "x-api-key: " + KEY, "anthropic-version: 2023-06-01"));
    }

    @ParameterizedTest
    @CsvSource({
        "false, /v1beta/models/gemini-2.5-flash:generateContent",
        "true, /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    })
    void gemini(boolean stream, String target) {
        SeenRequest seen = room.provider(Type.GEMINI, KEY).seen("gemini-2.5-flash", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo(target);
        assertThat(fields(seen)).containsExactlyInAnyOrderElementsOf(common(stream, "x-goog-api-key: " + KEY));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cohere(boolean stream) {
        SeenRequest seen = room.provider(Type.COHERE, KEY).seen("command-a-03-2025", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/chat");
        assertThat(fields(seen)).containsExactlyInAnyOrderElementsOf(common(stream, "authorization: Bearer " + KEY));
    }

    @ParameterizedTest
    @CsvSource({
        "false, /model/eu.amazon.nova-lite-v1%3A0/converse, application/json",
        "true, /model/eu.amazon.nova-lite-v1%3A0/converse-stream, application/vnd.amazon.eventstream"
    })
    void bedrockWithAnApiKey(boolean stream, String target, String accepted) {
        SeenRequest seen = room.provider(Type.BEDROCK, KEY).seen("eu.amazon.nova-lite-v1:0", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo(target);
        assertThat(fields(seen))
                .containsExactlyInAnyOrder(
                        "host: " + room.host(),
                        "content-type: application/json",
                        "accept: " + accepted,
                        "content-length: " + ProviderRoom.BODY.length(),
                        "authorization: Bearer " + KEY);
    }

    @ParameterizedTest
    @CsvSource({"false, application/json", "true, application/x-ndjson"})
    void ollama(boolean stream, String accepted) {
        SeenRequest seen = room.provider(Type.OLLAMA, KEY).seen("qwen3:8b", stream);

        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/api/chat");
        assertThat(fields(seen))
                .containsExactlyInAnyOrder(
                        "host: " + room.host(),
                        "content-type: application/json",
                        "accept: " + accepted,
                        "content-length: " + ProviderRoom.BODY.length(),
                        "authorization: Bearer " + KEY);
    }

    @ParameterizedTest
    @CsvSource({
        "false, arn:aws:bedrock:us-east-1:1:inference-profile/x, converse",
        "true, arn:aws:bedrock:us-east-1:1:inference-profile/x, converse-stream"
    })
    void bedrockWithAccessKeys(boolean stream, String model, String operation) {
        SeenRequest seen = room.provider(Type.BEDROCK, null, new Extras("", 0, "us-east-1", ACCESS_KEYS))
                .seen(model, stream);

        String path = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/" + operation;
        MultiMap expected = MultiMap.caseInsensitiveMultiMap().set("content-type", "application/json");
        List<Buffer> body = List.of(Buffer.buffer(seen.awaitBody()));
        new SigningKeys(ACCESS_KEYS, "us-east-1")
                .sign(
                        expected,
                        new Outgoing(
                                "POST", room.host(), path, body, body.get(0).length(), ProviderRoom.NOW));
        assertThat(seen.target()).isEqualTo(path);
        assertThat(names(seen))
                .containsExactly(
                        "accept",
                        "authorization",
                        "content-length",
                        "content-type",
                        "host",
                        "x-amz-content-sha256",
                        "x-amz-date",
                        "x-amz-security-token");
        assertThat(expected)
                .allSatisfy(field -> assertThat(seen.header(field.getKey())).contains(field.getValue()));
        assertThat(fields(seen).toString()).doesNotContain("wJalr");
    }

    @Test
    void overHttp2TheSignatureNamesTheAuthority() {
        try (ProviderRoom other = new ProviderRoom(ProviderSimulator.Transport.HTTP_2_CLEAR)) {
            SeenRequest seen = other.provider(Type.BEDROCK, null, new Extras("", 0, "us-east-1", ACCESS_KEYS))
                    .seen("a b", true);

            String path = "/model/a%20b/converse-stream";
            MultiMap expected = MultiMap.caseInsensitiveMultiMap().set("content-type", "application/json");
            List<Buffer> body = List.of(Buffer.buffer(ProviderRoom.BODY));
            new SigningKeys(ACCESS_KEYS, "us-east-1")
                    .sign(
                            expected,
                            new Outgoing(
                                    "POST",
                                    other.host(),
                                    path,
                                    body,
                                    body.get(0).length(),
                                    ProviderRoom.NOW));
            assertThat(seen.version()).isEqualTo("HTTP/2");
            assertThat(seen.target()).isEqualTo(path);
            assertThat(seen.header(":authority")).contains(other.host());
            assertThat(seen.header("authorization")).contains(expected.get("authorization"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Type.class,
            names = {"DEMO", "STATIC", "RULES"},
            mode = EnumSource.Mode.EXCLUDE)
    void aProviderWithoutAKeySendsNone(Type type) {
        SeenRequest seen = room.provider(type, null).seen("m", false);

        assertThat(names(seen)).doesNotContain("authorization", "x-api-key", "x-goog-api-key", "api-key");
    }

    // ---- the name of a model

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b",
                "a?b=c",
                "a#b",
                "a%2f..%2fb",
                "a b",
                "a\r\nx-injected: 1",
                "模型",
                "a&alt=json",
                "//evil.example/x",
                "@evil.example",
                "http://evil.example/v1",
                "a;b",
                ":streamGenerateContent",
                "\\\\evil.example"
            })
    void aModelsNameChangesNeitherHostNorPathNorQuery(String model) {
        String segment = PathSegment.of(model);
        for (Place place : Place.values()) {
            room.provider(place.type, KEY, place.extras);

            SeenRequest seen = room.seen(model, true);

            assertThat(segment).doesNotContain("/", "?", "#", " ");
            assertThat(seen.target()).as(place.name()).isEqualTo(place.before + segment + place.after);
            assertThat(seen.header("host")).contains(room.host());
            assertThat(names(seen)).doesNotContain("x-injected");
        }
        for (Type type : List.of(Type.OPENAI, Type.ANTHROPIC)) {
            SeenRequest seen = room.provider(type, KEY).seen(model, true);

            assertThat(seen.target()).isEqualTo(type == Type.OPENAI ? "/chat/completions" : "/v1/messages");
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void aModelsNameThatLeadsUpwardsIsRefusedBeforeAnythingIsSent(Place place) {
        room.provider(place.type, KEY, place.extras);
        for (String model : List.of("..", "../x", "a/../b", ".", "x\\..\\y")) {
            ProviderRoom.Result result = room.call(model, false);

            assertThat(result.error()).isNotNull();
            assertThat(result.error().kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        }
        assertThat(room.simulator.connections()).isZero();
    }

    /** Where the model's name stands in a path. */
    private enum Place {
        AZURE(Type.AZURE, DATED, "/openai/deployments/", "/chat/completions?api-version=2024-10-21"),
        GEMINI(Type.GEMINI, Extras.NONE, "/v1beta/models/", ":streamGenerateContent?alt=sse"),
        VERTEX(
                Type.GEMINI,
                new Extras("", 0, "", null, false, new Vertex("my-project", "europe-west4"), null),
                "/projects/my-project/locations/europe-west4/publishers/google/models/",
                ":streamGenerateContent?alt=sse"),
        BEDROCK(Type.BEDROCK, Extras.NONE, "/model/", "/converse-stream");

        private final Type type;
        private final Extras extras;
        private final String before;
        private final String after;

        Place(Type type, Extras extras, String before, String after) {
            this.type = type;
            this.extras = extras;
            this.before = before;
            this.after = after;
        }
    }

    // ---- headers of the client

    @ParameterizedTest
    @CsvSource({
        "OPENAI, openai-beta",
        "AZURE, openai-beta",
        "ANTHROPIC, anthropic-beta anthropic-version",
        "GEMINI, ''",
        "BEDROCK, ''",
        "OLLAMA, ''",
        "COHERE, ''"
    })
    void anOptInGoesOnlyToTheVendorThatItIsMeantFor(Type type, String expected) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .set("openai-beta", "assistants=v2")
                .set("anthropic-beta", "context-1m-2025-08-07")
                .set("anthropic-version", "2023-01-01");

        SeenRequest seen = room.provider(type, KEY).seen("m", false, headers);

        List<String> optIns = names(seen).stream()
                .filter(name -> name.startsWith("openai-") || name.startsWith("anthropic-"))
                .toList();
        assertThat(String.join(" ", optIns)).isEqualTo(expected);
    }

    @Test
    void theVersionThatTheClientUnderstandsWins() {
        MultiMap headers =
                MultiMap.caseInsensitiveMultiMap().set("anthropic-beta", "a,b").set("anthropic-version", "2023-01-01");

        SeenRequest seen = room.provider(Type.ANTHROPIC, KEY).seen("m", true, headers);

        assertThat(seen.header("anthropic-version")).contains("2023-01-01");
        assertThat(seen.header("anthropic-beta")).contains("a,b");
    }

    // ---- what comes back

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsAnAnswerAndNotAnInstruction(int status) {
        try (ProviderSimulator elsewhere = ProviderSimulator.start()) {
            room.simulator.otherwise(Script.status(status)
                    .header("location", elsewhere.baseUrl() + "/chat/completions")
                    .build());

            ProviderRoom.Result result = room.provider(Type.OPENAI, KEY).call("m", false);

            assertThat(result.reply().status()).isEqualTo(status);
            assertThat(elsewhere.connections()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-request-id", "request-id", "x-amzn-requestid", "apim-request-id"})
    void theProvidersIdOfTheRequestHasManyNames(String name) {
        room.simulator.otherwise(Script.whole(200, "application/json", "{}")
                .header(name, "req-7")
                .build());

        ProviderRoom.Result result = room.provider(Type.OPENAI, KEY).call("m", false);

        assertThat(result.reply().requestId()).isEqualTo("req-7");
    }

    @Test
    void anyHeaderOfTheAnswerCanBeAskedFor() {
        room.simulator.otherwise(Script.whole(429, "application/json", "{}")
                .header("Retry-After", "7")
                .header("X-Amzn-ErrorType", "ThrottlingException:http://x")
                .build());

        ProviderReply reply = room.provider(Type.BEDROCK, KEY).call("m", false).reply();

        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.retryAfter()).isEqualTo("7");
        assertThat(reply.header().apply("x-amzn-errortype")).isEqualTo("ThrottlingException:http://x");
        assertThat(reply.header().apply("retry-after-ms")).isNull();
    }

    /** What every request carries, with what this one has on top of it. */
    private List<String> common(boolean stream, String... more) {
        List<String> fields = new java.util.ArrayList<>(List.of(more));
        fields.add("host: " + room.host());
        fields.add("content-type: application/json");
        fields.add("accept: " + (stream ? "text/event-stream" : "application/json"));
        fields.add("content-length: " + ProviderRoom.BODY.length());
        return fields;
    }

    private static List<String> fields(SeenRequest seen) {
        return seen.headers().stream()
                .map(field -> field.name().toLowerCase(Locale.ROOT) + ": " + field.value())
                .toList();
    }

    private static List<String> names(SeenRequest seen) {
        return seen.headers().stream()
                .map(Header::name)
                .map(name -> name.toLowerCase(Locale.ROOT))
                .sorted()
                .toList();
    }
}
