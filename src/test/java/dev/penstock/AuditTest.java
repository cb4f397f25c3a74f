// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a whole gateway records, and what the command line makes of it. */
final class AuditTest {

    private static final String TOKEN = "canary-token-1";

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private InProcess gateway;

    @AfterEach
    void stop() {
        http.close();
        if (gateway != null) {
            gateway.close();
        }
    }

    private String config(String audit) {
        return """
                server: {port: 0, admin: "127.0.0.1:0", admin_token: canary-token-1, drain_delay: 0s, drain: 4s}
                tenants: {acme: {keys: [{id: file-key, secret: canary-file-key}, {id: reader, secret: canary-reader, role: reader}]}}
                roles: {reader: {may: ["admin.*"]}}
                observability: {audit: {dir: "%s", checkpoint: 1s%s}}
                """.formatted(dir(), audit);
    }

    private Path dir() {
        return folder.resolve("audit");
    }

    private HttpResponse<String> admin(String method, String path, String key, String body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + gateway.gateway().admin().getPort() + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("authorization", "Bearer " + key)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        PrintWriter output = new PrintWriter(out, true);
        Cli cli = new Cli(Map.of(), folder, output, new PrintWriter(err, true), (s, r) -> null, new Random(7));
        return Main.run(args, cli);
    }

    private JsonArray records(String query) throws Exception {
        HttpResponse<String> answer = admin("GET", "/admin/v1/audit" + query, TOKEN, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body()).getJsonArray("records");
    }

    /** The writer is a thread of its own; the list is asked until what was told stands in it. */
    private JsonArray awaitRecords(String kind, int count) throws Exception {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        JsonArray found = records("?kind=" + kind);
        while (found.size() < count && System.nanoTime() < limit) {
            found = records("?kind=" + kind);
        }
        assertThat(found.size()).as(kind).isEqualTo(count);
        return found;
    }

    private int chat(String key) throws Exception {
        try (RawClient client = RawClient.connect(gateway.port())) {
            String body =
                    "{\"model\":\"demo/demo\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"canary-prompt\"}]}";
            return client.post("/v1/chat/completions", body, new Header("authorization", "Bearer " + key))
                    .response()
                    .readToEnd()
                    .status();
        }
    }

    @Test
    void whatHappensIsRecordedAndAChangedByteIsFound() throws Exception {
        gateway = InProcess.start(config(""));
        JsonObject made = new JsonObject(
                admin("POST", "/admin/v1/keys", TOKEN, "{\"tenant\":\"acme\"}").body());
        assertThat(admin("PUT", "/admin/v1/switches/model.demo", TOKEN, "{\"state\":\"disabled\",\"force\":true}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(admin("DELETE", "/admin/v1/keys/" + made.getString("id"), TOKEN, "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(admin("DELETE", "/admin/v1/keys/" + made.getString("key"), TOKEN, "")
                        .statusCode())
                .isGreaterThanOrEqualTo(400);
        assertThat(admin("GET", "/admin/v1/audit", "canary-reader", "").statusCode())
                .isEqualTo(403);
        assertThat(admin("GET", "/admin/v1/config", "canary-wrong", "").statusCode())
                .isEqualTo(401);
        for (int i = 0; i < 15; i++) {
            assertThat(chat("canary-wrong")).isEqualTo(401);
        }
        assertThat(chat("canary-file-key")).isEqualTo(200);
        gateway.write(config("").replace("acme", "acme2"));
        gateway.gateway().reload();
        gateway.write(config("") + "nonsense: canary-nonsense");
        gateway.gateway().reload();

        JsonArray keys = awaitRecords("key.change", 2);
        assertThat(keys.getJsonObject(0).getString("actor")).isEqualTo("admin-token");
        assertThat(keys.getJsonObject(0).getString("what")).isEqualTo("key " + made.getString("id"));
        assertThat(keys.getJsonObject(0).getString("after")).contains("tenant=acme");
        assertThat(keys.getJsonObject(1).getString("after")).contains("revoked");
        assertThat(awaitRecords("switch.change", 1).getJsonObject(0).getString("after"))
                .contains("disabled");
        assertThat(awaitRecords("config.applied", 1).encode()).contains("tenants.acme2");
        assertThat(awaitRecords("config.refused", 1).encode()).contains("nonsense");
        assertThat(awaitRecords("admin.request", 4).encode()).contains("/admin/v1/keys/:id");
        JsonArray outcomes = awaitRecords("admin.outcome", 4);
        assertThat(outcomes.getJsonObject(0).getJsonObject("details").getString("status"))
                .isEqualTo("201");
        assertThat(outcomes.getJsonObject(0).getJsonObject("details").getString("input_sha256"))
                .isEqualTo(HexFormat.of()
                        .formatHex(
                                MessageDigest.getInstance("SHA-256").digest("{\"tenant\":\"acme\"}".getBytes(UTF_8))));
        assertThat(outcomes.encode()).doesNotContain("\"input\"");
        assertThat(outcomes.getJsonObject(2).getJsonObject("details").fieldNames())
                .contains("status")
                .doesNotContain("input_sha256");
        // Of one source ten are written, whichever listener they came to.
        assertThat(awaitRecords("auth.refused", 10).encode()).contains("127.0.0.1", "invalid_api_key", "token_wrong");
        assertThat(records("?limit=1&after=1").getJsonObject(0).getLong("seq")).isEqualTo(2);
        assertThat(admin("GET", "/admin/v1/audit?limit=0", TOKEN, "").statusCode())
                .isEqualTo(400);
        assertThat(admin("GET", "/admin/v1/audit?nope=1", TOKEN, "").statusCode())
                .isEqualTo(400);
        String key =
                new JsonObject(admin("GET", "/admin/v1/audit/key", TOKEN, "").body()).getString("public_key");
        assertThat(http.send(
                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                                + gateway.gateway().admin().getPort() + "/readyz?verbose"))
                                        .build(),
                                BodyHandlers.ofString())
                        .body())
                .contains("audit", "writes into");
        assertThat(admin("GET", "/metrics", TOKEN, "").body()).contains("penstock_audit_down 0.0");
        gateway.close();
        gateway = null;

        assertThat(run("audit", "verify", "--dir", "audit", "--key", key))
                .as(err + "" + out)
                .isZero();
        assertThat(out.toString()).contains("intact").doesNotContain("key in the folder");
        assertThat(run("audit", "key", "--dir", "audit")).isZero();
        assertThat(out.toString().strip()).isEqualTo(key);
        assertThat(run("audit", "list", "--dir", "audit", "--kind", "auth.more"))
                .isZero();
        assertThat(out.toString()).contains("more=7", "source=127.0.0.1");
        assertThat(run("audit", "export", "--dir", "audit")).isZero();
        assertThat(out.toString().lines().map(JsonObject::new).map(each -> each.getString("kind")))
                .contains("node.start", "node.stop", "audit.closed", "admin.read");
        assertThat(out.toString())
                .doesNotContain("canary", made.getString("key").substring(12));
        assertThat(run("audit", "export", "--dir", "audit", "--from", "yesterday"))
                .isEqualTo(2);
        assertThat(run("audit", "verify", "--dir", "audit", "--key", "nonsense"))
                .isEqualTo(2);
        assertThat(run("audit", "verify", "--dir", "nowhere")).isEqualTo(6);
        assertThat(run("audit", "verify")).isEqualTo(1);

        Path records;
        try (Stream<Path> files = Files.list(dir())) {
            records = files.filter(file -> file.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.writeString(records, Files.readString(records).replaceFirst("admin-token", "admin-tokem"));
        assertThat(run("audit", "verify", "--dir", "audit", "-o", "json")).isEqualTo(6);
        assertThat(out.toString())
                .contains("\"intact\" : false", records.getFileName().toString(), "\"line\" : ");
    }

    @Test
    void whereItIsMandatoryNothingIsChangedWithoutARecordUntilItCanBeWritten() throws Exception {
        Files.writeString(dir(), "in the way");
        gateway = InProcess.start(config(", on_failure: refuse"));

        HttpResponse<String> refused = admin("POST", "/admin/v1/keys", TOKEN, "{\"tenant\":\"acme\"}");

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("audit_unavailable").doesNotContain(folder.toString());
        assertThat(admin("GET", "/admin/v1/keys", TOKEN, "").body()).doesNotContain("\"store\"");
        assertThat(chat("canary-file-key")).isEqualTo(200);
        assertThat(admin("GET", "/metrics", TOKEN, "").body()).contains("penstock_audit_down 1.0");
        Files.delete(dir());
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        int status = 503;
        while (status == 503 && System.nanoTime() < limit) {
            status = admin("POST", "/admin/v1/keys", TOKEN, "{\"tenant\":\"acme\"}")
                    .statusCode();
        }
        assertThat(status).isEqualTo(201);
        assertThat(records("?kind=admin.request").size()).isEqualTo(1);
    }

    @Test
    void withoutAFolderTheListSaysSo() throws Exception {
        gateway = InProcess.start(config("").replaceAll("observability.*", ""));

        assertThat(admin("GET", "/admin/v1/audit", TOKEN, "").body()).contains("\"enabled\" : false");
        assertThat(admin("GET", "/admin/v1/audit/key", TOKEN, "").body()).contains("\"enabled\" : false");
        assertThat(admin("POST", "/admin/v1/keys", TOKEN, "{\"tenant\":\"acme\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void headsGoToPlacesOutsideAndFindAnEarlierState() throws Exception {
        Vertx vertx = Vertx.vertx();
        BlockingQueue<String> posts = new LinkedBlockingQueue<>();
        BlockingQueue<String> puts = new LinkedBlockingQueue<>();
        AtomicInteger calls = new AtomicInteger();
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    String line =
                            request.path() + " " + request.getHeader("x-penstock-signature") + " " + body.toString();
                    // The first one of all is not taken.
                    boolean taken = calls.incrementAndGet() > 1;
                    if (taken) {
                        (request.method().name().equals("PUT") ? puts : posts).add(line);
                    }
                    request.response().setStatusCode(taken ? 200 : 500).end();
                }));
        try {
            int port = server.listen(0, "127.0.0.1")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS)
                    .actualPort();
            String at = "http://127.0.0.1:" + port;
            gateway = InProcess.start(config(", anchor: {file: \"" + folder.resolve("heads.jsonl") + "\", webhook: \""
                    + at + "/hook\", secret: canary-hook, put: \"" + at + "/bucket/\"}"));
            admin("POST", "/admin/v1/keys", TOKEN, "{\"tenant\":\"acme\"}");
            String post = posts.poll(30, TimeUnit.SECONDS);
            String put = puts.poll(30, TimeUnit.SECONDS);

            assertThat(put).startsWith("/bucket/").contains("-000000000001.json null {\"count\":");
            String[] parts = post.split(" ", 3);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec("canary-hook".getBytes(UTF_8), "HmacSHA256"));
            assertThat(parts[0]).isEqualTo("/hook");
            assertThat(parts[1]).isEqualTo("sha256=" + HexFormat.of().formatHex(mac.doFinal(parts[2].getBytes(UTF_8))));
            assertThat(Files.readString(folder.resolve("heads.jsonl"))).contains(parts[2]);
            gateway.close();
            gateway = null;
            assertThat(run("audit", "verify", "--dir", "audit", "--heads", "heads.jsonl"))
                    .as(err.toString())
                    .isZero();
            List<Path> all = new ArrayList<>();
            try (Stream<Path> files = Files.list(dir())) {
                files.filter(file -> !file.endsWith("key.pub") && !file.endsWith("audit.key"))
                        .forEach(all::add);
            }
            for (Path file : all) {
                Files.delete(file);
            }
            gateway = InProcess.start(config(""));
            admin("POST", "/admin/v1/keys", TOKEN, "{\"tenant\":\"acme\"}");
            gateway.close();
            gateway = null;
            assertThat(run("audit", "verify", "--dir", "audit")).isZero();
            assertThat(run("audit", "verify", "--dir", "audit", "--heads", "heads.jsonl"))
                    .isEqualTo(6);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }
}
