// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.kit.Gate;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RefusedPort;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.schema.bedrock.Frames;
import dev.penstock.schema.bedrock.SigV4;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a client's request through the whole gateway to a provider that only fetched credentials open. */
final class CloudCredentialsTest {

    private static final String GEMINI_ANSWER =
            "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Ho\"}]},\"finishReason\":\"STOP\"}],"
                    + "\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":2,\"totalTokenCount\":5}}";
    private static final String SESSION = "canary-session==";
    private static final String ONE_LOOP =
            "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, drain: 4s, loops: 1}\n";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger fetched = new AtomicInteger();
    private final Promise<Void> late = Promise.promise();
    private volatile Promise<Void> released = Promise.promise();
    private ProviderSimulator provider;
    private int port;

    @BeforeEach
    void start() throws Exception {
        released.complete();
        provider = ProviderSimulator.start();
        port = vertx.createHttpServer()
                .requestHandler(this::handOut)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .actualPort();
    }

    @AfterEach
    void stop() throws Exception {
        provider.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** STS and Google's token endpoint in one. */
    private void handOut(HttpServerRequest request) {
        fetched.incrementAndGet();
        request.body().compose(body -> released.future()).onSuccess(go -> request.response()
                .end(
                        request.path().equals("/token")
                                ? "{\"access_token\":\"canary-access\",\"expires_in\":3600}"
                                : sts(Instant.now().plusSeconds(3600))));
    }

    private static String sts(Instant until) {
        return "<R><Credentials><AccessKeyId>ASIACANARY</AccessKeyId><SecretAccessKey>canary/secret</SecretAccessKey>"
                + "<SessionToken>" + SESSION + "</SessionToken><Expiration>" + until
                + "</Expiration></Credentials></R>";
    }

    @Test
    void bedrockIsSignedWithTheTemporaryKeysOfAWebIdentity() throws Exception {
        provider.otherwise(converse(null));
        try (InProcess gateway = InProcess.start(bedrock(), webIdentity())) {
            RawResponse response = stream(gateway, "aws/eu.amazon.nova-lite-v1:0");

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.bodyText()).contains("Ho").endsWith("data: [DONE]\n\n");
            SeenRequest seen = provider.awaitRequest();
            assertThat(seen.header("x-amz-security-token")).contains(SESSION);
            assertThat(seen.header("authorization")).contains(signature(seen));
            assertSilent(gateway);
        }
    }

    @Test
    void vertexAiIsCalledWithATokenBelowTheProjectsPath() throws Exception {
        provider.otherwise(Script.json(200, GEMINI_ANSWER));
        try (InProcess gateway = InProcess.start(vertex(), Map.of())) {
            HttpResponse<String> response = gateway.chat(ask("vertex/gemini-flash-latest", false));

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).contains("\"Ho\"");
            SeenRequest seen = provider.awaitRequest();
            assertThat(seen.target())
                    .isEqualTo("/v1/projects/my-project/locations/europe-west4/publishers/google/models/"
                            + "gemini-flash-latest:generateContent");
            assertThat(seen.header("authorization")).contains("Bearer canary-access");
            assertThat(seen.header("x-goog-api-key")).isEmpty();
            assertSilent(gateway);
        }
    }

    @Test
    void aStreamOfVertexAiIsAskedForAsEvents() throws Exception {
        provider.otherwise(
                Script.stream().send("data: " + GEMINI_ANSWER + "\n\n").build());
        try (InProcess gateway = InProcess.start(vertex(), Map.of())) {
            assertThat(stream(gateway, "vertex/g").bodyText()).contains("Ho").endsWith("data: [DONE]\n\n");
            assertThat(provider.awaitRequest().target()).endsWith("/models/g:streamGenerateContent?alt=sse");
        }
    }

    @Test
    void aReloadKeepsStreamsAndWhatWasFetched() throws Exception {
        Gate gate = new Gate();
        provider.otherwise(converse(gate));
        try (InProcess gateway = InProcess.start(ONE_LOOP + bedrock(), webIdentity());
                RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post("/v1/chat/completions", ask("aws/m", true))
                    .response()
                    .readUntil("Ho");
            gateway.write(ONE_LOOP + bedrock() + "models: {more: aws/m}\n");

            assertThat(gateway.admin("POST", "/admin/v1/config/reload").statusCode())
                    .isEqualTo(200);

            gate.open();
            assertThat(response.readToEnd().complete()).isTrue();
            assertThat(response.events().done()).isTrue();
            provider.otherwise(converse(null));
            assertThat(stream(gateway, "more").status()).isEqualTo(200);
            assertThat(fetched).hasValue(1);
        }
    }

    @Test
    void whoeverDoesNotWaitForTheFetchLeavesNothingBehindAndTheNextOneHasItsResult() throws Exception {
        released = late;
        provider.otherwise(converse(null));
        String hurried = ONE_LOOP + bedrock() + "models: {hurried: {targets: [aws/m], timeouts: {connect: 100ms}}}\n";
        try (InProcess gateway = InProcess.start(hurried, webIdentity())) {
            HttpResponse<String> tooLate = gateway.chat(ask("hurried", false));
            assertThat(tooLate.statusCode()).isEqualTo(504);
            late.complete();

            assertThat(stream(gateway, "aws/m").status()).isEqualTo(200);

            assertThat(fetched).hasValue(1);
            assertThat(provider.connections()).isOne();
        }
    }

    @Test
    void whoeverAsksWhileThereAreNoneHearsWhereTheyWereLookedFor() throws Exception {
        try (RefusedPort nobody = RefusedPort.open();
                InProcess gateway = InProcess.start(
                        bedrock(),
                        Map.of(
                                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                "http://127.0.0.1:" + nobody.port(),
                                "HOME",
                                folder.toString()))) {
            HttpResponse<String> response = gateway.chat(ask("aws/m", false));

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(response.body())
                    .contains("no_credentials", "profile default: no shared file has it", "instance metadata: ")
                    .doesNotContain("127.0.0.1", folder.toString());
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isNotEqualTo("ok");
            assertThat(provider.requests()).isEmpty();
        }
    }

    // ---- helpers

    private static void assertSilent(InProcess gateway) {
        String said = gateway.awaitSettlement()
                + gateway.admin("GET", "/admin/v1/config").body()
                + gateway.admin("GET", "/metrics").body();
        assertThat(said).contains("penstock").doesNotContain("canary", "CANARY");
    }

    private String bedrock() {
        return "providers: {aws: {type: bedrock, region: eu-central-1, base_url: \"" + root() + "\"}}\n";
    }

    private Map<String, String> webIdentity() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "canary-identity");
        return Map.of(
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                token.toString(),
                "AWS_ROLE_ARN",
                "arn:aws:iam::1:role/r",
                "AWS_ENDPOINT_URL_STS",
                "http://127.0.0.1:" + port);
    }

    private String vertex() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
        JsonObject file = new JsonObject()
                .put("type", "service_account")
                .put("client_email", "canary@my-project.iam.gserviceaccount.com")
                .put(
                        "private_key",
                        "-----BEGIN PRIVATE KEY-----\n"
                                + Base64.getMimeEncoder().encodeToString(key) + "\n-----END PRIVATE KEY-----\n")
                .put("token_uri", "http://127.0.0.1:" + port + "/token");
        Path path = Files.writeString(folder.resolve("key.json"), file.encode());
        return "providers: {vertex: {type: gemini, project: my-project, location: europe-west4, credentials: \"" + path
                + "\", base_url: \"" + root() + "/v1\"}}\n";
    }

    private String root() {
        return provider.baseUrl().replaceFirst("/v1$", "");
    }

    /** A whole answer of ConverseStream, with a pause in the middle where somebody holds the gate. */
    private static Script converse(Gate gate) {
        Script.Builder script = Script.status(200)
                .header("content-type", "application/vnd.amazon.eventstream")
                .send(Frames.event("messageStart", "{\"role\":\"assistant\"}"))
                .send(Frames.event("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Ho\"}}"));
        if (gate != null) {
            script.waitFor(gate);
        }
        return script.send(Frames.event("contentBlockStop", "{\"contentBlockIndex\":0}"))
                .send(Frames.event("messageStop", "{\"stopReason\":\"end_turn\"}"))
                .send(Frames.event("metadata", "{\"usage\":{\"inputTokens\":3,\"outputTokens\":2,\"totalTokens\":5}}"))
                .build();
    }

    /** What the header must say, computed from what arrived. */
    private static String signature(SeenRequest seen) {
        Instant at = Instant.from(DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .parse(seen.header("x-amz-date").orElseThrow()));
        SigV4 signature = new SigV4("ASIACANARY", "canary/secret", SESSION, "eu-central-1", "bedrock");
        SigV4.Request request = new SigV4.Request(
                "POST",
                seen.header("host").orElseThrow(),
                seen.path(),
                "",
                Map.of("content-type", seen.header("content-type").orElseThrow()),
                SigV4.sha256(seen.awaitBody()));
        return signature.sign(request, at).get("Authorization");
    }

    private static RawResponse stream(InProcess gateway, String model) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post("/v1/chat/completions", ask(model, true)).readResponse();
        }
    }

    private static String ask(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }
}
