// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.config.ReloadResult;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An image that a client gives by its address, through the whole gateway to a provider that takes only bytes. */
final class FetchedImagesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] PNG = "\u0089PNG\r\n\u001a\nwater".getBytes(StandardCharsets.ISO_8859_1);
    private static final String ANSWER = """
            {"output":{"message":{"role":"assistant","content":[{"text":"A gate."}]}},"stopReason":"end_turn",
             "usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}""";
    private static final Header KEY = new Header("authorization", "Bearer of-the-client");
    private static final Header COOKIE = new Header("cookie", "a=b");

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<HttpServerRequest> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<MultiMap> heads = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private ProviderSimulator provider;
    private InProcess gateway;
    private int port;

    /** What a client speaks. */
    enum Client {
        CHAT(
                "/v1/chat/completions",
                "{'model':'look','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'%s'}}]}]}",
                "messages[0].content[0].image_url"),
        MESSAGES(
                "/v1/messages",
                "{'model':'look','max_tokens':9,'messages':[{'role':'user','content':[{'type':'image','source':"
                        + "{'type':'url','url':'%s'}}]}]}",
                "messages[0].content[0].source"),
        RESPONSES(
                "/v1/responses",
                "{'model':'look','input':[{'role':'user','content':[{'type':'input_image','image_url':'%s'}]}]}",
                "input[0].content[0].image_url");

        private final String path;
        private final String body;
        private final String place;

        Client(String path, String body, String place) {
            this.path = path;
            this.body = body;
            this.place = place;
        }

        String request(String url) {
            return body.replace('\'', '"').formatted(url);
        }
    }

    @BeforeEach
    void start() throws Exception {
        port = vertx.createHttpServer()
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .actualPort();
        provider = ProviderSimulator.start().otherwise(Script.json(200, ANSWER));
        VertxOptions names = new VertxOptions()
                .setEventLoopPoolSize(1)
                .setAddressResolverOptions(new AddressResolverOptions()
                        .setHostsValue(Buffer.buffer(
                                "127.0.0.1 img.test\n10.9.8.7 private.img.test\n169.254.169.254 meta.img.test\n")));
        gateway = InProcess.start(yaml(fetch()), Shard.Caller.BUS, builder -> builder.with(names));
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        provider.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private String yaml(String fetch) {
        return """
                providers:
                  aws: {type: bedrock, base_url: "%s", api_key: k}
                models:
                  look: {targets: [aws/some.model], timeouts: {connect: 100ms}}
                  hurried: {targets: [aws/some.model], timeouts: {total: 200ms}}
                """.formatted(provider.baseUrl().replaceFirst("/v1$", "")) + fetch;
    }

    private String fetch() {
        return "fetch: {hosts: [\"http://img.test:" + port + "\", \"http://*.img.test:" + port
                + "\"], max: 1KiB, timeout: 20s, private_networks: [127.0.0.0/8]}\n";
    }

    private void answer(HttpServerRequest request) {
        heads.add(request.headers());
        switch (request.path()) {
            case "/a.png" -> png(request);
            case "/slow.png" -> vertx.setTimer(300, later -> png(request));
            case "/large.png" ->
                request.response().putHeader("content-type", "image/png").end(Buffer.buffer(new byte[1025]));
            case "/redirect" ->
                request.response()
                        .setStatusCode(302)
                        .putHeader("location", "http://meta.img.test:" + port + "/")
                        .end();
            default -> request.connection().closeHandler(closed -> left.complete(null));
        }
        asked.add(request);
    }

    private static void png(HttpServerRequest request) {
        request.response().putHeader("content-type", "image/png").end(Buffer.buffer(PNG));
    }

    @ParameterizedTest
    @EnumSource
    void itsBytesArriveAtTheProvider(Client client) throws Exception {
        RawResponse response = send(client.path, client.request(url("/a.png")));

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bodyText()).contains("A gate.");
        JsonNode sent = JSON.readTree(provider.awaitRequest().bodyText());
        JsonNode image = sent.at("/messages/0/content/0/image");
        assertThat(image.path("format").asText()).isEqualTo("png");
        assertThat(Base64.getDecoder().decode(image.at("/source/bytes").asText()))
                .isEqualTo(PNG);
        MultiMap seen = heads.remove();
        assertThat(seen.names())
                .extracting(String::toLowerCase)
                .containsExactlyInAnyOrder("accept", "connection", "host", "user-agent");
    }

    @ParameterizedTest
    @EnumSource
    void aHostThatIsNotListedIsRefusedInTheClientsSchema(Client client) throws Exception {
        RawResponse response = send(client.path, client.request("https://example.com/a.png"));

        assertThat(response.status()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.bodyText()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("message").asText()).contains(client.place + ": images are not fetched from this host.");
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void aPrivateAddressBehindAListedNameIsRefused() {
        for (String name : new String[] {"private.img.test", "meta.img.test"}) {
            RawResponse response = chat("look", "http://" + name + ":" + port + "/a.png");

            assertThat(response.status()).isEqualTo(400);
            assertThat(response.bodyText()).contains("image_host_not_allowed").doesNotContain("10.9.8.7", "169.254");
        }
        assertThat(asked).isEmpty();
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void aRedirectIsAnErrorAndNotFollowed() {
        RawResponse response = chat("look", url("/redirect"));

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.bodyText())
                .contains("image_fetch_failed", "redirect")
                .doesNotContain("meta.img.test");
        assertThat(asked).hasSize(1);
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void oneByteTooManyIsAnError() {
        RawResponse response = chat("look", url("/large.png"));

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.bodyText()).contains("larger than 1024 bytes");
    }

    @Test
    void whereNothingMayBeFetchedTheErrorNamesTheKey() throws Exception {
        reload(yaml(""));

        RawResponse response = chat("look", url("/a.png"));

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.bodyText()).contains("this target fetches no addresses", "fetch.hosts");
        assertThat(asked).isEmpty();
    }

    @Test
    void aReloadChangesWhatMayBeFetched() throws Exception {
        reload(yaml("fetch: {hosts: [elsewhere.test]}\n"));
        assertThat(chat("look", url("/a.png")).status()).isEqualTo(400);

        reload(yaml(fetch()));
        assertThat(chat("look", url("/a.png")).status()).isEqualTo(200);
    }

    @Test
    void theTimeOfAnImageIsNeitherTheProvidersNorPenstocks() {
        RawResponse response = chat("look", url("/slow.png"));

        assertThat(response.status()).isEqualTo(200);
        JsonNode line = gateway.awaitSettlement();
        assertThat(line.findValue("overhead_us").asLong()).isLessThan(300_000);
    }

    @Test
    void theTimeOfTheWholeExchangeHoldsForImagesAsWell() throws Exception {
        RawResponse response = chat("hurried", url("/silent"));

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.bodyText()).contains("total_timeout");
        left.get(10, TimeUnit.SECONDS);
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void aClientThatLeavesEndsTheFetch() throws Exception {
        try (RawClient client = RawClient.connect(gateway.port())) {
            client.post(Client.CHAT.path, Client.CHAT.request(url("/silent")));
            assertThat(asked.poll(10, TimeUnit.SECONDS)).isNotNull();
        }

        left.get(10, TimeUnit.SECONDS);
        assertThat(gateway.awaitSettlement().toString()).contains("cancelled").doesNotContain("img.test");
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void ollamaGetsBytesAsWell() throws Exception {
        reload("""
                providers:
                  local: {type: ollama, base_url: "%s"}
                models: {look: local/llava}
                """.formatted(provider.baseUrl().replaceFirst("/v1$", "")) + fetch());

        chat("look", url("/a.png"));

        JsonNode sent = JSON.readTree(provider.awaitRequest().bodyText());
        assertThat(Base64.getDecoder().decode(sent.findValue("images").get(0).asText()))
                .isEqualTo(PNG);
    }

    @Test
    void anotherProviderGetsTheAddressAsItIs() throws Exception {
        reload("""
                providers:
                  google: {type: gemini, base_url: "%s", api_key: k}
                models: {look: google/gemini-2.5-flash}
                """.formatted(provider.baseUrl().replaceFirst("/v1$", "")) + fetch());

        chat("look", "https://example.com/a.png");

        assertThat(provider.awaitRequest().bodyText()).contains("https://example.com/a.png");
        assertThat(asked).isEmpty();
    }

    private void reload(String yaml) throws Exception {
        gateway.write(yaml);
        assertThat(gateway.gateway().reload()).isInstanceOf(ReloadResult.Applied.class);
    }

    private RawResponse chat(String model, String url) {
        return send(Client.CHAT.path, Client.CHAT.request(url).replace("\"look\"", '"' + model + '"'));
    }

    private RawResponse send(String path, String body) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(path, body, KEY, COOKIE).readResponse();
        }
    }

    private String url(String path) {
        return "http://img.test:" + port + path;
    }
}
