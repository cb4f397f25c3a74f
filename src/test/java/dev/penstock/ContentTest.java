// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said in calls, behind the whole gateway: kept of those who ask for it and of nobody else, and shown to those who may. */
final class ContentTest {

    private static final String ADMIN = "canary-admin-1";
    private static final String MAIL = "canary.anna@example.com";
    private static final String CARD = "4111 1111 1111 1111";

    @TempDir
    private Path data;

    private final ProviderSimulator provider = ProviderSimulator.start();
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
        provider.close();
    }

    private String config(String content) {
        return """
                server: {port: 0, admin: "127.0.0.1:0", admin_token: canary-admin-1, drain_delay: 0s, drain: 4s}
                providers: {up: {type: openai, base_url: "%s"}}
                models: {chat: up/m}
                static: {hello: {text: "canary-answer for canary.anna@example.com, paid by 4111 1111 1111 1111"}}
                roles: {ops: {may: ["admin.*"]}, ears: {may: [content.read]}, app: {may: [chat], models: [static/*, chat]}}
                tenants:
                  quiet: {keys: [{id: quiet, secret: ps-quiet-canaryCanary1}]}
                  loud:
                    content: %s
                    keys:
                      - {id: loud, secret: ps-loud-canaryCanary2, role: app}
                      - {id: ops, secret: ps-ops-canaryCanary3, role: ops}
                      - {id: ears, secret: ps-ears-canaryCanary4, role: ears}
                """.formatted(provider.baseUrl(), content);
    }

    private void start(String content, String more) {
        provider.otherwise(Answers.chat(3));
        gateway = InProcess.start(config(content) + more, Map.of("PENSTOCK_DATA", data.toString()));
    }

    private static String body(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"canary-question of " + MAIL + "\"}]}";
    }

    private RawResponse call(String tenant, String id, String body) {
        String key = tenant.equals("quiet") ? "ps-quiet-canaryCanary1" : "ps-loud-canaryCanary2";
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(30))) {
            return client.send(
                            "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                                    + "authorization: Bearer " + key + "\r\nx-request-id: " + id
                                    + "\r\ncontent-length: " + length
                                    + "\r\n\r\n" + body)
                    .readResponse();
        }
    }

    private HttpResponse<String> admin(String path, String key) {
        URI uri = URI.create("http://127.0.0.1:" + gateway.gateway().admin().getPort() + path);
        try {
            return http.send(
                    HttpRequest.newBuilder(uri)
                            .header("authorization", "Bearer " + key)
                            .method("GET", BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private JsonObject content(String id) {
        until(() -> admin("/admin/v1/exchanges/" + id, ADMIN).statusCode() == 200);
        HttpResponse<String> answer = admin("/admin/v1/exchanges/" + id + "/content", ADMIN);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static String text(JsonObject content, String side) {
        return content.getJsonObject(side).getString("text");
    }

    private int run(String... arguments) {
        String[] all = Stream.concat(
                        Stream.of(arguments),
                        Stream.of(
                                "--admin",
                                "http://127.0.0.1:" + gateway.gateway().admin().getPort()))
                .toArray(String[]::new);
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(
                all,
                new Cli(
                        Map.of("PENSTOCK_ADMIN_TOKEN", ADMIN),
                        data,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        (s, r) -> null,
                        new Random(7)));
    }

    /** All bytes in the folder, whatever they belong to. */
    private Map<Path, String> raw() throws IOException {
        Map<Path, String> raw = new TreeMap<>();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                raw.put(data.relativize(file), Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return raw;
    }

    @Test
    void whoDidNotAskForItLeavesNoWordAnywhere() throws Exception {
        start("full", "");
        for (String body : List.of(
                body("static/hello", false),
                body("static/hello", true),
                body("chat", true),
                body("nobody", false),
                "{\"canary-broken\": \"" + MAIL)) {
            call("quiet", "q-1", body);
        }
        until(() -> gateway.admin("GET", "/livez").statusCode() == 200
                && metrics().contains("penstock_ledger_records_total 5.0"));
        until(() -> admin("/admin/v1/exchanges/q-1", ADMIN).statusCode() == 200);
        assertThat(admin("/admin/v1/exchanges/q-1/content", ADMIN).body()).contains("content_not_recorded");
        assertThat(admin("/admin/v1/exchanges/q-1", ADMIN).body()).contains("\"content\" : false");
        gateway.close();
        gateway = null;
        Map<Path, String> raw = raw();
        assertThat(raw.keySet()).anyMatch(file -> file.toString().endsWith(".db"));
        assertThat(raw.keySet()).anyMatch(file -> file.toString().endsWith(".journal"));
        raw.forEach((file, bytes) -> assertThat(bytes)
                .as(file.toString())
                .doesNotContain("canary-question", "canary-answer", "canary-broken", "canary.anna", "4111"));
    }

    private String metrics() {
        return admin("/metrics", ADMIN).body();
    }

    @Test
    void whoAskedForItFindsRequestAndAnswerRedactedAndOnlyThere() throws Exception {
        start("full", "");
        RawResponse whole = call("loud", "c-1", body("static/hello", false));
        RawResponse stream = call("loud", "c-2", body("static/hello", true));
        RawResponse refused = call("loud", "c-3", body("nobody", false));
        RawResponse broken = call("loud", "c-4", "{\"canary-broken\": \"" + MAIL);
        assertThat(List.of(whole.status(), stream.status(), refused.status(), broken.status()))
                .containsExactly(200, 200, 403, 400);

        JsonObject one = content("c-1");
        assertThat(text(one, "request")).isEqualTo(body("static/hello", false).replace(MAIL, "[email]"));
        assertThat(text(one, "answer"))
                .isEqualTo(whole.bodyText().replace(MAIL, "[email]").replace(CARD, "[card]"));
        assertThat(one.getJsonObject("answer").getLong("bytes")).isEqualTo(whole.body().length);
        assertThat(one.getString("tenant")).isEqualTo("loud");
        JsonObject two = content("c-2");
        assertThat(text(two, "answer")).contains("data: {", "canary-answer", "[email]", "[card]", "data: [DONE]");
        assertThat(two.getJsonObject("answer").getInteger("redacted")).isEqualTo(2);
        assertThat(text(content("c-3"), "answer")).isEqualTo(refused.bodyText());
        assertThat(text(content("c-4"), "request")).isEqualTo("{\"canary-broken\": \"[email]");
        assertThat(admin("/admin/v1/exchanges/c-1", ADMIN).body())
                .contains("\"content\" : true")
                .doesNotContain("canary-question", "canary-answer");
        assertThat(metrics()).doesNotContain("canary-");

        assertThat(run("explain", "c-1", "--content")).as(err.toString()).isZero();
        assertThat(out.toString()).containsSubsequence("arrived", "---- request, ", "canary-question", "---- answer, ");
        assertThat(run("explain", "c-1", "--content", "-o", "json")).isZero();
        assertThat(new JsonObject(out.toString()).getJsonObject("said").getString("id"))
                .isEqualTo(one.getString("id"));
        assertThat(run("explain", "c-1")).isZero();
        assertThat(out.toString()).doesNotContain("canary-question");
        assertThat(run("explain", "--content", "--model", "chat")).isEqualTo(2);

        assertThat(admin("/admin/v1/exchanges/c-1/content", "ps-ops-canaryCanary3")
                        .statusCode())
                .isEqualTo(403);
        assertThat(admin("/admin/v1/exchanges/c-1/content", "ps-ears-canaryCanary4")
                        .statusCode())
                .isEqualTo(200);
        assertThat(admin("/admin/v1/exchanges/c-1", "ps-ears-canaryCanary4").statusCode())
                .isEqualTo(403);
        String read = "/admin/v1/exchanges/" + one.getString("id") + "/content";
        until(() -> admin("/admin/v1/audit?kind=admin.read", ADMIN).body().contains(read));
        assertThat(admin("/admin/v1/audit?kind=admin.read", ADMIN).body())
                .contains("key ears")
                .doesNotContain("canary-");

        gateway.close();
        gateway = null;
        raw().forEach((file, bytes) -> {
            String name = file.toString();
            boolean mayHave = name.endsWith(".journal") || name.contains(".db");
            assertThat(bytes.contains("canary-question") && !mayHave).as(name).isFalse();
            assertThat(bytes).as(name).doesNotContain(MAIL, "canary.anna", CARD);
        });
        assertThat(raw().values()).anyMatch(bytes -> bytes.contains("canary-question"));
    }

    @Test
    void whoLeavesInTheMiddleHasLeftWhatWasSaidUntilThen() throws Exception {
        start("{record: full, redact: []}", "");
        provider.otherwise(Answers.chat(2_000, Duration.ofMillis(20)));
        String body = body("chat", true);
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(30))) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                    + "authorization: Bearer ps-loud-canaryCanary2\r\nx-request-id: gone\r\ncontent-length: "
                    + body.length() + "\r\n\r\n" + body);
            client.response().readUntil("data: {");
        }
        JsonObject content = content("gone");
        assertThat(text(content, "request")).isEqualTo(body);
        assertThat(text(content, "answer")).contains("data: {").doesNotContain("[DONE]");
    }

    @Test
    void whatIsLongIsCutAndAReloadChangesWhoseCallsAreTakenDown() throws Exception {
        start("{record: full, max: 1KiB}", "storage: none\n");
        call("loud", "long", body("static/hello", false).replace("canary-question", "x".repeat(20_000)));
        JsonObject cut = content("long");
        assertThat(cut.getJsonObject("request").getBoolean("cut")).isTrue();
        assertThat(text(cut, "request")).hasSize(1024);
        assertThat(cut.getJsonObject("request").getLong("bytes")).isGreaterThan(20_000);

        gateway.write(config("metadata") + "storage: none\n");
        gateway.gateway().reload();
        call("loud", "after", body("static/hello", false));
        until(() -> admin("/admin/v1/exchanges/after", ADMIN).statusCode() == 200);
        assertThat(admin("/admin/v1/exchanges/after/content", ADMIN).statusCode())
                .isEqualTo(404);
        assertThat(content("long")).isEqualTo(cut);
    }

    @Test
    void whereTheAuditIsMandatoryNothingIsShownThatIsNotRecorded() throws Exception {
        Path folder = data.resolve("audit-of-this");
        start("full", "observability: {audit: {dir: \"" + folder + "\", on_failure: refuse}}\n");
        call("loud", "m-1", body("static/hello", false));
        content("m-1");

        gateway.close();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
        Files.writeString(folder, "in the way");
        start("full", "observability: {audit: {dir: \"" + folder + "\", on_failure: refuse}}\n");
        HttpResponse<String> refused = admin("/admin/v1/exchanges/m-1/content", ADMIN);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("audit_unavailable").doesNotContain("canary-");
        assertThat(admin("/admin/v1/exchanges/m-1", ADMIN).statusCode()).isEqualTo(200);

        Files.delete(folder);
        until(() -> admin("/admin/v1/exchanges/m-1/content", ADMIN).statusCode() == 200);
        assertThat(content("m-1").getString("tenant")).isEqualTo("loud");
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within a minute");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
