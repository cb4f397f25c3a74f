// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Route;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every protected route of both listeners, with every trick of path and head by which other gateways were entered without a key. */
final class RouteTricksTest {

    private static final List<String> HEADS = List.of(
            "",
            "x-original-url: /livez",
            "x-rewrite-url: /livez",
            "x-http-method-override: GET",
            "x-method-override: OPTIONS",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-host: localhost",
            "x-forwarded-prefix: /livez",
            "x-real-ip: 127.0.0.1",
            "forwarded: for=127.0.0.1;host=localhost",
            "x-penstock-user: boss",
            "x-penstock-tenant: acme",
            "x-penstock-role: boss",
            "x-penstock-hop: 0",
            "x-tenant: acme",
            "x-user: boss",
            "x-api-key: ",
            "x-api-key: null",
            "x-goog-api-key: undefined",
            "authorization:",
            "authorization: Bearer",
            "authorization: Bearer ",
            "authorization: Bearer null",
            "authorization: Bearer *",
            "authorization: Bearer ps--",
            "authorization: Bearer ps-boss-",
            "authorization: Bearer ps-boss",
            "authorization: Basic Ym9zczpib3Nz",
            "authorization: canary-admin-token",
            "authorization: Bearer canary-admin-tokenx",
            "authorization: Bearer canary-admin-token, Bearer x",
            "authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3NzIn0.",
            "authorization: Bearer x\r\nauthorization: Bearer ps-boss-canary7",
            "cookie: authorization=canary-admin-token; session=boss",
            "connection: authorization, close\r\nauthorization: Bearer x",
            "content-type: application/json\r\norigin: http://localhost");

    private static InProcess gateway;

    @BeforeAll
    static void start() {
        gateway = InProcess.start("""
                server: {port: 0, admin: "127.0.0.1:0", admin_token: canary-admin-token, drain_delay: 0s, drain: 4s}
                providers: {hidden-provider: {type: demo, models: [hidden-model]}}
                roles: {boss: {may: ["*"]}}
                tenants: {acme: {keys: [{id: hidden-key, secret: ps-boss-canary7, role: boss}]}}
                """);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static Stream<Route> guarded() {
        return Route.ALL.stream().filter(route -> route.needs() != null);
    }

    private static String path(Route route) {
        return route.path().replace(":id", "hidden-key").replace("*", "hidden-model");
    }

    private static List<String> spellings(String path) {
        List<String> spellings = new ArrayList<>(List.of(
                path,
                "/" + path,
                path + "/",
                path + "//",
                path + "%20",
                path + "%00",
                path + "%09",
                path + ";a=b",
                path + "/.",
                path + "/./",
                path + "/x/..",
                path + "?key=canary-admin-token",
                path + "?api_key=ps-boss-canary7",
                path + "?access_token=canary-admin-token",
                path + "%3fverbose",
                path + "#x",
                "/." + path,
                "/livez/.." + path,
                "/livez/..;" + path,
                "/livez/%2e%2e" + path,
                "/livez/..%2f" + path.substring(1),
                "/livez%2f.." + path,
                "/%2e" + path,
                path.toUpperCase(java.util.Locale.ROOT),
                path.replace("/", "%2f"),
                path.replace("/", "\\"),
                "http://localhost" + path,
                "http://livez" + path));
        if (path.length() > 1) {
            spellings.add("/%" + Integer.toHexString(path.charAt(1)) + path.substring(2));
        }
        return spellings;
    }

    private static RawResponse send(Route route, String target, String more) {
        int port = route.listener() == Route.Listener.API
                ? gateway.port()
                : gateway.gateway().admin().getPort();
        String head = route.method() + " " + target + " HTTP/1.1\r\nhost: localhost\r\n"
                + (more.isEmpty() ? "" : more + "\r\n") + "content-length: 0\r\n\r\n";
        try (RawClient client = RawClient.connect(port)) {
            return client.send(head.getBytes(StandardCharsets.ISO_8859_1)).readResponse();
        }
    }

    private static void check(Map<String, String> entered, Route route, String target, String more) {
        RawResponse answer = send(route, target, more);
        String told = answer.toString() + answer.bodyText();
        boolean kept = answer.status() >= 400 && answer.status() < 500;
        if (!kept || told.contains("hidden") || told.contains("canary")) {
            entered.put(route.method() + " " + target + " with " + more, answer.status() + " " + told);
        }
    }

    @Test
    void noHeadOpensARoute() {
        Map<String, String> entered = new TreeMap<>();
        guarded().forEach(route -> HEADS.forEach(more -> check(entered, route, path(route), more)));
        assertThat(entered).isEmpty();
    }

    @Test
    void noSpellingOpensARoute() {
        Map<String, String> entered = new TreeMap<>();
        guarded().forEach(route -> spellings(path(route)).forEach(target -> check(entered, route, target, "")));
        assertThat(entered).isEmpty();
    }

    @Test
    void theRoutesAreThereForWhoMay() {
        assertThat(guarded().count()).isGreaterThan(10);
        assertThat(guarded()
                        .filter(route -> route.method().equals("GET"))
                        .map(route -> send(route, path(route), "authorization: Bearer " + key(route))
                                .status())
                        .filter(status -> status == 401 || status == 403))
                .isEmpty();
    }

    private static String key(Route route) {
        return route.listener() == Route.Listener.API ? "ps-boss-canary7" : "canary-admin-token";
    }
}
