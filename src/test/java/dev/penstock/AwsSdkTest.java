// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.kit.ConverseAnswers;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.schema.bedrock.SigV4;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeClient;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseResponse;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.Message;
import software.amazon.awssdk.services.bedrockruntime.model.StopReason;
import software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException;

/**
 * AWS's own client as the judge. It reads the simulated Bedrock's answers, so the frames that all other tests rely on are what AWS
 * means; and what it signs, our signer signs alike, from the same bytes at the same second.
 */
final class AwsSdkTest {

    private static final String ACCESS_KEY = "AKIDEXAMPLE";
    private static final String SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static final String SESSION = "fixture/session+token==";
    private static final String REGION = "eu-central-1";
    private static final String WITH_COLON = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    private static final String WITH_SLASH =
            "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0";
    private static final DateTimeFormatter AMZ_DATE =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final AwsCredentials SESSION_KEYS = AwsSessionCredentials.create(ACCESS_KEY, SECRET_KEY, SESSION);

    private static ProviderSimulator provider;
    private static BedrockRuntimeClient client;
    private static BedrockRuntimeAsyncClient streaming;
    private static InProcess gateway;

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        URI root = URI.create(provider.baseUrl().replaceFirst("/v1$", ""));
        StaticCredentialsProvider keys = StaticCredentialsProvider.create(SESSION_KEYS);
        client = BedrockRuntimeClient.builder()
                .endpointOverride(root)
                .region(Region.of(REGION))
                .credentialsProvider(keys)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
        streaming = BedrockRuntimeAsyncClient.builder()
                .endpointOverride(root)
                .region(Region.of(REGION))
                .credentialsProvider(keys)
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP1_1))
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
        gateway = InProcess.start("""
                providers:
                  aws: {type: bedrock, base_url: "%s", region: %s, access_key_id: %s, secret_access_key: "%s", session_token: "%s"}
                """.formatted(root, REGION, ACCESS_KEY, SECRET_KEY, SESSION));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        streaming.close();
        client.close();
        provider.close();
    }

    @BeforeEach
    void forget() {
        provider.forget();
    }

    // ------------------------------------------------------------------ the simulator's answers

    @Test
    void readsAWholeAnswer() {
        provider.enqueue(ConverseAnswers.thoughtAndCall());

        ConverseResponse answer = converse(WITH_COLON);

        List<ContentBlock> content = answer.output().message().content();
        assertThat(content.get(0).reasoningContent().reasoningText().text()).isEqualTo("Hm, Zürich.");
        assertThat(content.get(0).reasoningContent().reasoningText().signature())
                .isEqualTo("sig+/=");
        assertThat(content.get(1).toolUse().toolUseId()).isEqualTo("tooluse_1");
        assertThat(content.get(1).toolUse().input())
                .isEqualTo(Document.mapBuilder().putString("city", "Zürich").build());
        assertThat(answer.stopReason()).isEqualTo(StopReason.TOOL_USE);
        assertThat(answer.usage().totalTokens()).isEqualTo(19);
    }

    @Test
    void readsAStreamFrameByFrame() throws Exception {
        provider.enqueue(ConverseAnswers.text("Grüß", " dich ", "😀"));

        Heard heard = stream(WITH_COLON);

        assertThat(heard.text.toString()).isEqualTo("Grüß dich 😀");
        assertThat(heard.events)
                .containsExactly(
                        "messageStart assistant",
                        "delta 0",
                        "delta 0",
                        "delta 0",
                        "blockStop 0",
                        "messageStop end_turn",
                        "metadata 12+7");
    }

    @Test
    void readsReasoningAndTheFragmentsOfACall() throws Exception {
        provider.enqueue(ConverseAnswers.thoughtAndCall());

        Heard heard = stream(WITH_SLASH);

        assertThat(heard.thought.toString()).isEqualTo("Hm, Zürich.");
        assertThat(heard.signature.toString()).isEqualTo("sig+/=");
        assertThat(heard.arguments.toString()).isEqualTo("{\"city\":\"Zürich\"}");
        assertThat(heard.events).contains("blockStart 1 tooluse_1 get_weather", "messageStop tool_use");
    }

    /** The frames stand on no boundary of the network's. */
    @Test
    void readsAStreamThatComesByteByByte() throws Exception {
        Script whole = ConverseAnswers.begin()
                .send(ConverseAnswers.textDelta(0, "Grüß dich 😀"))
                .send(ConverseAnswers.blockStop(0))
                .send(ConverseAnswers.messageStop("max_tokens"))
                .send(ConverseAnswers.metadata())
                .build();
        provider.enqueue(Script.status(200)
                .header("content-type", "application/vnd.amazon.eventstream")
                .sendByteByByte(whole.payload())
                .build());

        Heard heard = stream(WITH_COLON);

        assertThat(heard.text.toString()).isEqualTo("Grüß dich 😀");
        assertThat(heard.events).endsWith("messageStop max_tokens", "metadata 12+7");
    }

    @Test
    void raisesAnExceptionInTheMidstOfAStream() {
        provider.enqueue(ConverseAnswers.begin()
                .send(ConverseAnswers.textDelta(0, "Half an"))
                .send(ConverseAnswers.exception("throttlingException", "Too many tokens, please wait."))
                .build());

        assertThatThrownBy(() -> stream(WITH_COLON))
                .isInstanceOf(ThrottlingException.class)
                .hasMessageContaining("Too many tokens, please wait.");
    }

    @Test
    void raisesThrottlingBeforeTheAnswer() {
        provider.enqueue(
                ConverseAnswers.error(429, "ThrottlingException", "Too many requests."),
                ConverseAnswers.error(429, "ThrottlingException", "Too many requests."));

        ThrottlingException whole = catchThrowableOfType(ThrottlingException.class, () -> converse(WITH_COLON));

        assertThat(whole.statusCode()).isEqualTo(429);
        assertThat(whole.awsErrorDetails().errorMessage()).isEqualTo("Too many requests.");
        assertThat(whole.requestId()).isEqualTo("9d1c4f0a-7b55-4c1e-8a57-2c9f1f3c0d11");
        assertThatThrownBy(() -> stream(WITH_COLON)).isInstanceOf(ThrottlingException.class);
    }

    // ------------------------------------------------------------------ signatures

    @ParameterizedTest
    @ValueSource(strings = {WITH_COLON, WITH_SLASH, "amazon.nova-lite-v1"})
    void ourSignatureOfWhatTheClientSentIsTheClients(String model) throws Exception {
        provider.enqueue(ConverseAnswers.text("a"), ConverseAnswers.text("b"));
        converse(model);
        stream(model);

        for (SeenRequest seen : provider.requests()) {
            assertThat(ours(seen)).isEqualTo(seen.header("authorization").orElseThrow());
        }
        assertThat(provider.requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {WITH_COLON, WITH_SLASH, "amazon.nova-lite-v1"})
    void theClientsSignatureOfWhatTheGatewaySentIsOurs(String model) {
        provider.enqueue(ConverseAnswers.text("a"), ConverseAnswers.text("b"));
        chat(model, false);
        chat(model, true);

        for (SeenRequest seen : provider.requests()) {
            assertThat(theirs(seen)).isEqualTo(seen.header("authorization").orElseThrow());
        }
        assertThat(provider.requests()).hasSize(2);
    }

    @Test
    void gatewayAndClientCallTheSamePath() throws Exception {
        provider.enqueue(ConverseAnswers.text("a"), ConverseAnswers.text("b"));
        stream(WITH_SLASH);
        chat(WITH_SLASH, true);

        assertThat(provider.requests().get(1).target())
                .isEqualTo(provider.requests().get(0).target());
    }

    /** What our signer makes of the bytes, the headers and the time that the client signed. */
    private static String ours(SeenRequest seen) {
        Map<String, String> signed = new HashMap<>();
        for (String name : signedHeaders(seen)) {
            signed.put(name, seen.header(name).orElseThrow());
        }
        assertThat(signed).containsKeys("host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token");
        assertThat(signed.remove("x-amz-content-sha256")).isEqualTo(SigV4.sha256(seen.awaitBody()));
        String host = signed.remove("host");
        signed.remove("x-amz-security-token");
        Instant at = AMZ_DATE.parse(signed.remove("x-amz-date"), Instant::from);
        SigV4.Request request =
                new SigV4.Request(seen.method(), host, seen.path(), "", signed, SigV4.sha256(seen.awaitBody()));
        return new SigV4(ACCESS_KEY, SECRET_KEY, SESSION, REGION, "bedrock")
                .sign(request, at)
                .get("Authorization");
    }

    /** What AWS's signer makes of the request that the gateway sent, at the time that it bears. */
    private static String theirs(SeenRequest seen) {
        String host = seen.header("host").orElseThrow();
        SdkHttpRequest.Builder request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(URI.create("http://" + host))
                .encodedPath(seen.path());
        for (String name : signedHeaders(seen)) {
            if (!name.startsWith("x-amz-")) {
                request.putHeader(name, seen.header(name).orElseThrow());
            }
        }
        Instant at = AMZ_DATE.parse(seen.header("x-amz-date").orElseThrow(), Instant::from);
        SignedRequest signed = AwsV4HttpSigner.create().sign(r -> r.identity(SESSION_KEYS)
                .request(request.build())
                .payload(ContentStreamProvider.fromByteArray(seen.awaitBody()))
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "bedrock")
                .putProperty(AwsV4HttpSigner.REGION_NAME, REGION)
                .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(at, ZoneOffset.UTC)));
        return signed.request().firstMatchingHeader("Authorization").orElseThrow();
    }

    private static List<String> signedHeaders(SeenRequest seen) {
        String authorization = seen.header("authorization").orElseThrow();
        String list = authorization.replaceFirst(".*SignedHeaders=", "").replaceFirst(",.*", "");
        return Arrays.asList(list.split(";"));
    }

    // ------------------------------------------------------------------ calling

    private static List<Message> hello() {
        return List.of(Message.builder()
                .role(ConversationRole.USER)
                .content(ContentBlock.fromText("Grüß Gott 😀"))
                .build());
    }

    private static ConverseResponse converse(String model) {
        return client.converse(r -> r.modelId(model).messages(hello()));
    }

    /** What a visitor of the stream was told. */
    private static final class Heard {
        private final List<String> events = new java.util.concurrent.CopyOnWriteArrayList<>();
        private final StringBuffer text = new StringBuffer();
        private final StringBuffer thought = new StringBuffer();
        private final StringBuffer signature = new StringBuffer();
        private final StringBuffer arguments = new StringBuffer();
    }

    private static Heard stream(String model) throws Exception {
        Heard heard = new Heard();
        ConverseStreamResponseHandler handler = ConverseStreamResponseHandler.builder()
                .subscriber(ConverseStreamResponseHandler.Visitor.builder()
                        .onMessageStart(e -> heard.events.add("messageStart " + e.roleAsString()))
                        .onContentBlockStart(e -> heard.events.add("blockStart " + e.contentBlockIndex() + " "
                                + e.start().toolUse().toolUseId() + " "
                                + e.start().toolUse().name()))
                        .onContentBlockDelta(e -> {
                            heard.events.add("delta " + e.contentBlockIndex());
                            append(heard.text, e.delta().text());
                            if (e.delta().toolUse() != null) {
                                append(heard.arguments, e.delta().toolUse().input());
                            }
                            if (e.delta().reasoningContent() != null) {
                                append(
                                        heard.thought,
                                        e.delta().reasoningContent().text());
                                append(
                                        heard.signature,
                                        e.delta().reasoningContent().signature());
                            }
                        })
                        .onContentBlockStop(e -> heard.events.add("blockStop " + e.contentBlockIndex()))
                        .onMessageStop(e -> heard.events.add("messageStop " + e.stopReasonAsString()))
                        .onMetadata(e -> heard.events.add("metadata "
                                + e.usage().inputTokens() + "+" + e.usage().outputTokens()))
                        .onDefault(e -> heard.events.add("unknown"))
                        .build())
                .build();
        try {
            streaming
                    .converseStream(r -> r.modelId(model).messages(hello()), handler)
                    .get(20, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
        return heard;
    }

    private static void append(StringBuffer to, String piece) {
        if (piece != null) {
            to.append(piece);
        }
    }

    private static void chat(String model, boolean stream) {
        try (RawClient raw = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            RawResponse response = raw.post(
                            "/v1/chat/completions",
                            "{\"model\":\"aws/" + model + "\",\"stream\":" + stream
                                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"Grüß Gott 😀\"}]}",
                            new Header("content-type", "application/json"))
                    .readResponse();
            assertThat(response.status()).as(response.bodyText()).isEqualTo(200);
        }
    }
}
