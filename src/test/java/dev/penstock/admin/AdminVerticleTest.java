// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.config.ModelConfig;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class AdminVerticleTest {

    private static Vertx vertx;
    private static HttpClient client;

    private final AtomicReference<Snapshot> config = new AtomicReference<>(snapshot("127.0.0.1", null));
    private final AtomicReference<Reload.Result> reloaded = new AtomicReference<>(result(Reload.Status.APPLIED));
    private final Probes probes = new Probes();
    private volatile ClusterReport.View cluster = ClusterReport.OFF.view();
    private volatile String scrapeThread = "";
    private @Nullable String deployment;
    private int port;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void close() throws Exception {
        client.close();
        await(vertx.close());
    }

    @AfterEach
    void undeploy() throws Exception {
        if (deployment != null) {
            await(vertx.undeploy(deployment));
        }
    }

    @Test
    void probesSayOkOrNotOkInOneWordForMachines() throws Exception {
        deploy();
        probes.ready = false;

        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/startupz").body()).isEqualTo("ok\n");
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").body()).isEqualTo("not ok\n");
        assertThat(get("/health").statusCode()).isEqualTo(503);
    }

    @Test
    void verboseReadinessNamesEachCheckForPeople() throws Exception {
        deploy();

        HttpResponse<String> answer = get("/readyz?verbose");

        assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        assertThat(new JsonObject(answer.body())).isEqualTo(new JsonObject("""
                {"ok":true,"checks":{"draining":{"ok":true,"detail":"no"},"listener":{"ok":true,"detail":"open"}}}
                """));
    }

    @Test
    void theClusterIsToldWithItsDifferencesAndItsOpenBreakers() throws Exception {
        cluster = new ClusterReport.View(
                "joined",
                "blue",
                List.of(
                        new ClusterReport.Member("a-1", "10.0.0.1:5701", Instant.EPOCH, true, "v7"),
                        new ClusterReport.Member("b-2", "10.0.0.2:5701", Instant.EPOCH, false, "v8"),
                        new ClusterReport.Member("c-3", "10.0.0.3:5701", Instant.EPOCH, false, "")),
                List.of(new ClusterReport.Breaker("openai/gpt-4o", "b-2", Duration.ofSeconds(12), "5 in a row")));
        deploy();

        JsonObject answer = new JsonObject(get("/admin/v1/cluster").body());

        assertThat(answer).isEqualTo(new JsonObject("""
                {"state":"joined","name":"blue","alone":false,"config_differs":true,
                 "members":[
                  {"node":"a-1","address":"10.0.0.1:5701","since":"1970-01-01T00:00:00Z","self":true,
                   "config_version":"v7","config_differs":false},
                  {"node":"b-2","address":"10.0.0.2:5701","since":"1970-01-01T00:00:00Z","self":false,
                   "config_version":"v8","config_differs":true},
                  {"node":"c-3","address":"10.0.0.3:5701","since":"1970-01-01T00:00:00Z","self":false,
                   "config_version":null,"config_differs":false}],
                 "breakers":[{"breaker":"openai/gpt-4o","owner":"b-2","seconds_left":12,"reason":"5 in a row"}]}
                """));
    }

    @Test
    void aNodeWithoutAClusterSaysSo() throws Exception {
        deploy();

        JsonObject answer = new JsonObject(get("/admin/v1/cluster").body());

        assertThat(answer.getString("state")).isEqualTo("off");
        assertThat(answer.getBoolean("alone")).isTrue();
        assertThat(answer.getJsonArray("members")).isEmpty();
    }

    @Test
    void probesNeedNoToken() throws Exception {
        config.set(snapshot("127.0.0.1", "s3cret"));
        deploy();

        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void everythingElseNeedsTheTokenOnceThereIsOne() throws Exception {
        config.set(snapshot("127.0.0.1", "s3cret"));
        deploy();

        for (String path : List.of("/", "/metrics", "/admin/v1/config", "/nowhere")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(401);
            assertThat(get(path, "authorization", "Bearer s3cres").statusCode())
                    .as(path)
                    .isEqualTo(401);
            assertThat(get(path, "authorization", "Basic s3cret").statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
        assertThat(get("/metrics", "authorization", "Bearer s3cret").statusCode())
                .isEqualTo(200);
        assertThat(get("/metrics", "authorization", "bearer s3cret").statusCode())
                .isEqualTo(200);
        assertThat(get("/nowhere", "authorization", "Bearer s3cret").statusCode())
                .isEqualTo(404);
        assertThat(post("/admin/v1/config/reload").statusCode()).isEqualTo(401);
    }

    @Test
    void aTokenThatAReloadBroughtIsInForceAtOnce() throws Exception {
        deploy();

        config.set(snapshot("127.0.0.1", "s3cret"));

        assertThat(get("/metrics").statusCode()).isEqualTo(401);
    }

    @Test
    void scrapesOffTheEventLoop() throws Exception {
        deploy();

        HttpResponse<String> answer = get("/metrics");

        assertThat(answer.body()).isEqualTo("up 1\n");
        assertThat(answer.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(scrapeThread).startsWith("vert.x-worker-thread");
    }

    @Test
    void showsTheConfigurationWithoutItsSecrets() throws Exception {
        deploy();

        String body = get("/admin/v1/config").body();

        assertThat(new JsonObject(body)).isEqualTo(new JsonObject("""
                {"version":"v7",
                 "providers":{"openai":{"type":"openai","has_key":true,"origin":"OPENAI_API_KEY","models":["gpt-4o"],
                                        "base_url":"https://***@example.com/v1"}},
                 "models":{"chat":{"targets":["openai/gpt-4o"],"strategy":"weighted"}},
                 "static":[],
                 "rules":[]}
                """));
        assertThat(body).doesNotContain("sk-secret", "hunter2");
    }

    @Test
    void reloadSaysWhatChangedAndWhatWaits() throws Exception {
        deploy();

        HttpResponse<String> answer = post("/admin/v1/config/reload");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(answer.body())).isEqualTo(new JsonObject("""
                {"status":"applied","version":"v8","changed":["models.chat"],"needs_restart":["server.port"],"problems":["p"]}
                """));
    }

    @Test
    void eachEndOfAReloadHasItsStatus() throws Exception {
        deploy();

        for (Map.Entry<Reload.Status, Integer> expected : Map.of(
                        Reload.Status.UNCHANGED, 200, Reload.Status.BUSY, 409, Reload.Status.INVALID, 422)
                .entrySet()) {
            reloaded.set(result(expected.getKey()));
            assertThat(post("/admin/v1/config/reload").statusCode())
                    .as(expected.getKey().name())
                    .isEqualTo(expected.getValue());
        }
    }

    @Test
    void balancersMayProbeWithHead() throws Exception {
        deploy();
        probes.ready = false;

        String answer = raw("HEAD /readyz HTTP/1.1\r\nhost: lb\r\nconnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 503").endsWith("\r\n\r\n");
    }

    @Test
    void withoutATokenAnotherHostNameIsRefusedAndSoIsAnotherSitesChange() throws Exception {
        deploy();

        assertThat(raw("GET /metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("not_local");
        assertThat(raw("GET /metrics HTTP/1.1\r\nhost: 127.0.0.1.evil.example\r\nconnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw(
                        "POST /admin/v1/config/reload HTTP/1.1\r\nhost: localhost:9090\r\norigin: https://evil.example\r\n"
                                + "content-length: 0\r\nconnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("cross_origin");
        assertThat(raw("GET /metrics HTTP/1.1\r\nhost: localhost:9090\r\nconnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void refusesToListenToTheWorldWithoutAToken() {
        config.set(snapshot("0.0.0.0", null));

        assertThatThrownBy(this::deploy).hasMessageContaining("server.admin").hasMessageContaining("admin token");
    }

    @Test
    void listensToTheWorldWithAToken() throws Exception {
        config.set(snapshot("0.0.0.0", "s3cret"));

        deploy();

        assertThat(get("/livez").statusCode()).isEqualTo(200);
    }

    @Test
    void thePageIsSafeAgainstWhatItShows() throws Exception {
        deploy();

        HttpResponse<String> answer = get("/");

        assertThat(answer.body()).contains("1.2.3&lt;b&gt;").doesNotContain("1.2.3<b>");
        assertThat(answer.headers().firstValue("content-security-policy").orElse(""))
                .startsWith("default-src 'none'");
    }

    @Test
    void errorsAreJsonWithAHint() throws Exception {
        deploy();

        JsonObject notFound = new JsonObject(get("/nowhere").body()).getJsonObject("error");
        HttpResponse<String> wrongMethod = get("/admin/v1/config/reload");

        assertThat(notFound.getString("code")).isEqualTo("not_found");
        assertThat(notFound.getString("hint")).isNotEmpty();
        assertThat(wrongMethod.statusCode()).isEqualTo(405);
    }

    @Test
    void explainsARequestOfWhichTheQueryTells() throws Exception {
        deploy();

        HttpResponse<String> answer = get("/admin/v1/explain?model=chat&tokens=9000&tools&region=eu&priority=batch");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()))
                .isEqualTo(new JsonObject()
                        .put("model", "chat")
                        .put("tokens", 9000)
                        .put("tools", true)
                        .put("region", "eu")
                        .put("priority", "batch"));
    }

    @Test
    void explainsARequestAsAClientWouldSendIt() throws Exception {
        deploy();

        HttpResponse<String> answer = post("/admin/v1/explain?schema=messages&region=eu", "{\"model\":\"m\"}");

        assertThat(new JsonObject(answer.body()).getString("model")).isEqualTo("messages {\"model\":\"m\"}");
        assertThat(new JsonObject(answer.body()).getString("region")).isEqualTo("eu");
    }

    @Test
    void refusesWhatItCannotExplain() throws Exception {
        deploy();

        for (String query : List.of(
                "",
                "?model=",
                "?model=chat&tokns=1",
                "?model=chat&tokens=-1",
                "?model=chat&tools=maybe",
                "?model=chat&priority=high",
                "?model=chat&schema=x")) {
            assertThat(get("/admin/v1/explain" + query).statusCode()).as(query).isEqualTo(400);
        }
        HttpResponse<String> unknown = get("/admin/v1/explain?model=nobody");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(unknown.body()).getJsonObject("error").getString("code"))
                .isEqualTo("model_not_found");
    }

    @Test
    void aBugInAnExplanationIsAnAnswerAndNotSilence() throws Exception {
        deploy();

        assertThat(get("/admin/v1/explain?model=bug").statusCode()).isEqualTo(500);
        assertThat(post("/admin/v1/explain", "bug").statusCode()).isEqualTo(500);
    }

    @Test
    void allSchemasOfRequestsCanBeAskedFor() throws Exception {
        deploy();

        for (String schema : List.of("chat", "messages", "responses", "completions", "embeddings")) {
            assertThat(get("/admin/v1/explain?model=chat&schema=" + schema).statusCode())
                    .as(schema)
                    .isEqualTo(200);
        }
    }

    /** Says what it was asked to do, and by whom. */
    private static final class OneSwitch implements SwitchControl {

        @Override
        public JsonObject list() {
            return new JsonObject().put("switches", new JsonArray());
        }

        @Override
        public Future<JsonObject> flip(String object, JsonObject wish, String actor) {
            return wish.containsKey("state")
                    ? Future.succeededFuture(new JsonObject()
                            .put("object", object)
                            .put("wish", wish)
                            .put("by", actor))
                    : Future.failedFuture(GatewayError.builder(GatewayError.Kind.NOT_FOUND, "There is no such switch.")
                            .code("unknown_switch")
                            .build());
        }

        @Override
        public Future<JsonObject> clear(String object, String actor) {
            return Future.failedFuture(new IllegalStateException("a bug"));
        }
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void switchesAreNamedByTheRestOfThePathHoweverItIsWritten() throws Exception {
        deploy();

        assertThat(new JsonObject(get("/admin/v1/switches").body()).getJsonArray("switches"))
                .isEmpty();
        for (String path : List.of("model.a/b+c%20d", "model.a%2Fb%2Bc%20d")) {
            JsonObject flipped = new JsonObject(send("PUT", "/admin/v1/switches/" + path, "{\"state\":\"disabled\"}")
                    .body());
            assertThat(flipped.getString("object")).isEqualTo("model.a/b+c d");
            assertThat(flipped.getString("by")).isEqualTo("local");
        }
        HttpResponse<String> unknown = send("PUT", "/admin/v1/switches/model.x", "{}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("unknown_switch");
        assertThat(send("PUT", "/admin/v1/switches/model.x", "[]").statusCode()).isEqualTo(400);
        assertThat(send("PUT", "/admin/v1/switches/model.x", " ".repeat(70_000)).statusCode())
                .isEqualTo(413);
        assertThat(send("DELETE", "/admin/v1/switches/model.x", "").statusCode())
                .isEqualTo(500);
        assertThat(send("POST", "/admin/v1/switches", "").statusCode()).isEqualTo(405);
    }

    /** Explains by saying what it was asked. */
    private static final class Echo implements Explain {

        @Override
        public JsonObject explain(RequestFacts facts, String feature) {
            if (facts.model().endsWith("bug")) {
                throw new IllegalStateException("a bug");
            }
            if (facts.model().equals("nobody")) {
                throw GatewayError.builder(GatewayError.Kind.MODEL_NOT_FOUND, "unknown")
                        .code("model_not_found")
                        .build();
            }
            return new JsonObject()
                    .put("model", facts.model())
                    .put("tokens", facts.tokens())
                    .put("tools", facts.tools())
                    .put("region", facts.region())
                    .put("priority", facts.priority().label());
        }

        @Override
        public RequestFacts read(String schema, byte[] body, AskedFor who) {
            return new AskedFor(
                    schema + " " + new String(body, StandardCharsets.UTF_8),
                    ApiSchema.OPENAI_CHAT,
                    false,
                    0,
                    0,
                    false,
                    false,
                    false,
                    0,
                    who.tenant(),
                    who.region(),
                    "",
                    who.priority(),
                    who.feature());
        }
    }

    /** Tells nobody. */
    private static final class NoAlerts implements AlertControl {

        @Override
        public Future<JsonObject> list() {
            return Future.succeededFuture(new JsonObject());
        }

        @Override
        public Future<JsonObject> test(String actor) {
            return Future.succeededFuture(new JsonObject().put("by", actor));
        }
    }

    private static final class NoUsage implements UsageReport {

        private static final GatewayError NONE = GatewayError.of(GatewayError.Kind.NOT_FOUND, "Nothing is kept.");

        @Override
        public Future<Answer> usage(MultiMap query, String accept) {
            return Future.failedFuture(NONE);
        }

        @Override
        public Future<String> exchanges(MultiMap query) {
            return Future.failedFuture(NONE);
        }

        @Override
        public Future<JsonObject> exchange(String name) {
            return Future.failedFuture(NONE);
        }

        @Override
        public Future<JsonObject> content(String name) {
            return Future.failedFuture(NONE);
        }
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private void deploy() throws Exception {
        AdminVerticle verticle = new AdminVerticle(
                config::get,
                probes,
                () -> {
                    scrapeThread = Thread.currentThread().getName();
                    return "up 1\n";
                },
                () -> Future.succeededFuture(reloaded.get()),
                snapshot -> new JsonObject().put("of", snapshot.version()),
                provider -> List.of(),
                () -> cluster,
                new Echo(),
                new OneSwitch(),
                new AdminAccess((key, address) -> null, new NoKeys()),
                new NoUsage(),
                new NoAlerts(),
                "1.2.3<b>");
        deployment = await(vertx.deployVerticle(verticle));
        port = verticle.actualPort();
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private String raw(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static Reload.Result result(Reload.Status status) {
        return new Reload.Result(status, "v8", List.of("models.chat"), List.of("server.port"), List.of("p"));
    }

    private static Snapshot snapshot(String host, @Nullable String token) {
        ServerConfig defaults = ServerConfig.defaults();
        ServerConfig server = new ServerConfig(
                defaults.api(),
                InetSocketAddress.createUnresolved(host, 0),
                token == null ? null : Secret.of(token),
                defaults.apiKey(),
                defaults.tls(),
                defaults.maxBodyBytes(),
                defaults.maxHeaderBytes(),
                defaults.headTimeout(),
                defaults.bodyTimeout(),
                defaults.minBodyRate(),
                defaults.drainDelay(),
                defaults.drain(),
                defaults.cors(),
                defaults.loops(),
                defaults.shed());
        ProviderConfig openai = new ProviderConfig(
                "openai",
                ProviderConfig.Type.OPENAI,
                URI.create("https://user:hunter2@example.com/v1"),
                Secret.of("sk-secret"),
                ProviderConfig.Http.AUTO,
                64,
                true,
                null,
                List.of("gpt-4o"),
                0,
                "OPENAI_API_KEY");
        ModelConfig chat = new ModelConfig(
                "chat", List.of(new Target("openai", "gpt-4o")), Timeouts.DEFAULT, StreamPolicy.DEFAULT);
        return new Snapshot(server, Map.of("openai", openai), Map.of("chat", chat), Map.of(), "v7");
    }

    private static final class Probes implements Readiness {

        private volatile boolean ready = true;

        @Override
        public List<Check> alive() {
            return List.of(new Check("loop-0", true, "ticked"));
        }

        @Override
        public List<Check> ready() {
            return List.of(new Check("listener", true, "open"), new Check("draining", ready, "no"));
        }

        @Override
        public List<Check> started() {
            return List.of();
        }
    }

    /** A gateway in which nobody makes keys. */
    private static final class NoKeys implements AdminAccess.Keys {

        @Override
        public JsonObject list() {
            return new JsonObject().put("keys", List.of());
        }

        @Override
        public Future<JsonObject> create(JsonObject wish, String actor) {
            return Future.succeededFuture(wish);
        }

        @Override
        public Future<JsonObject> rotate(String id, JsonObject wish, String actor) {
            return Future.succeededFuture(wish);
        }

        @Override
        public Future<JsonObject> revoke(String id, String actor) {
            return Future.failedFuture(GatewayError.of(GatewayError.Kind.NOT_FOUND, "no"));
        }
    }
}
