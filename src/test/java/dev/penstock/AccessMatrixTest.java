// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Right;
import dev.penstock.exchange.Route;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every declared route of both listeners, called by everybody: without a key, with a wrong one, with one that is not valid any more
 * or not from here, and with one of each role. Who is let in is written down here a second time, by right and not by route.
 */
final class AccessMatrixTest {

    private static final String TOKEN = "canary-admin-token-77";

    private static final String CONFIG = """
            server: {port: 0, admin: "127.0.0.1:0", admin_token: canary-admin-token-77, drain_delay: 0s, drain: 4s}
            roles:
              app: {may: [chat], models: ["demo/*"]}
              vectors: {may: [embeddings], models: ["*"]}
              lister: {may: [models]}
              reader: {may: [admin.read]}
              writer: {may: [admin.write]}
              auditor: {may: [audit.read]}
              listener: {may: [content.read]}
              steward: {may: ["admin.*"]}
              boss: {may: ["*"]}
            tenants:
              acme:
                keys:
                  - {id: plain, secret: ps-plain-canary1}
                  - {id: app, secret: ps-app-canary2, role: app}
                  - {id: vectors, secret: ps-vectors-canary3, role: vectors}
                  - {id: lister, secret: ps-lister-canary4, role: lister}
                  - {id: reader, secret: ps-reader-canary5, role: reader}
                  - {id: writer, secret: ps-writer-canary6, role: writer}
                  - {id: auditor, secret: ps-auditor-canary11, role: auditor}
                  - {id: listener, secret: ps-listener-canary13, role: listener}
                  - {id: steward, secret: ps-steward-canary12, role: steward}
                  - {id: boss, secret: ps-boss-canary7, role: boss}
                  - {id: expired, secret: ps-expired-canary8, role: boss, expires: 2020-01-01}
                  - {id: elsewhere, secret: ps-elsewhere-canary9, role: boss, ips: [10.0.0.0/8]}
              duck: {keys: [{id: duck, secret: duck-canary10}]}
            """;

    private static final Set<String> NOBODY = Set.of("none", "wrong", "expired", "revoked");

    /** Who may what. The admin token is no key of the API, and a key is no admin token. */
    private static final Map<Right, Set<String>> LET_IN = new EnumMap<>(Map.of(
            Right.CHAT, Set.of("plain", "duck", "app", "boss"),
            Right.EMBEDDINGS, Set.of("plain", "duck", "vectors", "boss"),
            Right.MODELS, Set.of("plain", "duck", "lister", "boss"),
            Right.USAGE, Set.of("plain", "duck", "boss"),
            Right.ADMIN_READ, Set.of("reader", "steward", "boss", "token"),
            Right.ADMIN_WRITE, Set.of("writer", "steward", "boss", "token"),
            Right.AUDIT_READ, Set.of("auditor", "boss", "token"),
            Right.CONTENT_READ, Set.of("listener", "boss", "token")));

    private static final Map<String, String> KEYS = new LinkedHashMap<>();
    private static InProcess gateway;
    private static HttpClient http;

    @BeforeAll
    static void start() throws Exception {
        gateway = InProcess.start(CONFIG);
        http = HttpClient.newHttpClient();
        KEYS.put("none", "");
        KEYS.put("wrong", "ps-boss-guess");
        KEYS.put("plain", "ps-plain-canary1");
        KEYS.put("duck", "duck-canary10");
        KEYS.put("app", "ps-app-canary2");
        KEYS.put("vectors", "ps-vectors-canary3");
        KEYS.put("lister", "ps-lister-canary4");
        KEYS.put("reader", "ps-reader-canary5");
        KEYS.put("writer", "ps-writer-canary6");
        KEYS.put("auditor", "ps-auditor-canary11");
        KEYS.put("listener", "ps-listener-canary13");
        KEYS.put("steward", "ps-steward-canary12");
        KEYS.put("boss", "ps-boss-canary7");
        KEYS.put("expired", "ps-expired-canary8");
        KEYS.put("elsewhere", "ps-elsewhere-canary9");
        KEYS.put("token", TOKEN);
        JsonObject made =
                new JsonObject(call(Route.Listener.ADMIN, "POST", "/admin/v1/keys", TOKEN, "{\"role\":\"boss\"}")
                        .body());
        assertThat(call(Route.Listener.ADMIN, "DELETE", "/admin/v1/keys/" + made.getString("id"), TOKEN, "")
                        .statusCode())
                .isEqualTo(200);
        KEYS.put("revoked", made.getString("key"));
    }

    @AfterAll
    static void stop() {
        http.close();
        gateway.close();
    }

    private static HttpResponse<String> call(
            Route.Listener listener, String method, String path, String key, String body) throws Exception {
        int port = listener == Route.Listener.API
                ? gateway.port()
                : gateway.gateway().admin().getPort();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("content-type", "application/json");
        }
        if (!key.isEmpty()) {
            request.header("authorization", "Bearer " + key);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** What a caller is told who is not let in; 0 for one who is, whatever comes of it then. */
    private static int expected(Route route, String caller) {
        Right needs = route.needs();
        if (needs == null || LET_IN.getOrDefault(needs, Set.of()).contains(caller)) {
            return 0;
        }
        boolean strange = caller.equals("token") && route.listener() == Route.Listener.API;
        return NOBODY.contains(caller) || strange ? 401 : 403;
    }

    @Test
    void everyRouteLetsInWhomItsRightNamesAndNobodyElse() throws Exception {
        Map<String, String> wrong = new TreeMap<>();
        List<String> answers = new ArrayList<>();
        for (Route route : Route.ALL) {
            String path = route.path().replace(":id", "no-such-key").replace("*", "no-such-model");
            for (Map.Entry<String, String> caller : KEYS.entrySet()) {
                HttpResponse<String> answer = call(
                        route.listener(),
                        route.method(),
                        path,
                        caller.getValue(),
                        route.method().equals("POST") ? "{}" : "");
                int status = answer.statusCode() == 401 || answer.statusCode() == 403 ? answer.statusCode() : 0;
                int expected = expected(route, caller.getKey());
                if (status != expected || answer.statusCode() >= 500) {
                    wrong.put(route + " by " + caller.getKey(), answer.statusCode() + " instead of " + expected);
                }
                boolean isNewKey = answer.statusCode() == 201;
                answers.add(isNewKey ? "" : answer.body() + answer.headers().map());
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(String.join("\n", answers)).doesNotContain("canary");
    }

    @Test
    void theTableItselfOpensNothingButProbesAndPages() {
        assertThat(Route.ALL.stream().filter(route -> route.needs() == null))
                .extracting(route -> route.listener() + " " + route.path())
                .containsExactly(
                        "API /",
                        "API /livez",
                        "API /readyz",
                        "API /favicon.ico",
                        "ADMIN /livez",
                        "ADMIN /readyz",
                        "ADMIN /startupz",
                        "ADMIN /health");
        assertThat(Route.ALL.stream()
                        .filter(route -> route.listener() == Route.Listener.ADMIN
                                && !route.method().equals("GET")))
                .allMatch(route ->
                        route.needs() == Right.ADMIN_WRITE || route.path().equals("/admin/v1/explain"));
    }

    @Test
    void whatIsNotDeclaredIsNotThere() throws Exception {
        for (String path : List.of("/admin/v1/secrets", "/admin/v1/keys/x/y", "/debug")) {
            assertThat(call(Route.Listener.ADMIN, "GET", path, "", "").statusCode())
                    .isEqualTo(401);
            assertThat(call(Route.Listener.ADMIN, "GET", path, KEYS.get("plain"), "")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(call(Route.Listener.ADMIN, "GET", path, TOKEN, "").statusCode())
                    .isEqualTo(404);
            assertThat(call(Route.Listener.API, "GET", path, KEYS.get("boss"), "")
                            .statusCode())
                    .isEqualTo(404);
        }
    }
}
