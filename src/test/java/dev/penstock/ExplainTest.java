// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code penstock explain} as a person uses it: against a running gateway, and without one. */
final class ExplainTest {

    private static final String MODELS = """
            providers: {a: {type: demo, models: [x]}, b: {type: demo, models: [x]}, c: {type: demo, models: [x]}}
            models:
              chat:
                - {use: a/x, when: "request.tokens > 8000"}
                - {use: b/x, context_window: 4k}
                - c/x
            """;

    @TempDir
    Path folder;

    private final Map<String, String> env = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        PrintWriter output = new PrintWriter(out, true);
        return Main.run(args, new Cli(env, folder, output, new PrintWriter(err, true), (s, r) -> null, new Random(7)));
    }

    private JsonArray targets() {
        return new JsonObject(out.toString()).getJsonArray("targets");
    }

    @Test
    void asksTheRunningGateway() {
        try (InProcess gateway = InProcess.start(MODELS)) {
            String admin = "http://127.0.0.1:" + gateway.gateway().admin().getPort();

            int code = run("explain", "--model", "chat", "--tokens", "9000", "--tool", "--admin", admin, "-o", "json");

            assertThat(code).isZero();
            assertThat(targets().getJsonObject(0).getString("target")).isEqualTo("a/x");
            assertThat(targets().getJsonObject(0).getString("reason")).isEqualTo("first");
            assertThat(targets().getJsonObject(1).getString("target")).isEqualTo("c/x");
            assertThat(targets().getJsonObject(1).getString("reason")).isEqualTo("later_tier");
            assertThat(targets().getJsonObject(2).getString("reason")).isEqualTo("context_window");
        }
    }

    @Test
    void asksWithARequestAsAClientWouldSendIt() throws Exception {
        Files.writeString(
                folder.resolve("request.json"),
                "{\"model\":\"chat\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        try (InProcess gateway = InProcess.start(MODELS)) {
            String admin = "http://127.0.0.1:" + gateway.gateway().admin().getPort();

            int code = run("explain", "--body", "request.json", "--admin", admin);

            assertThat(code).isZero();
            assertThat(out.toString())
                    .contains("  1  b/x  tier 2  the only one of its tier with a weight")
                    .contains("  2  c/x  tier 3  when the earlier tiers fail")
                    .contains("  -  a/x  tier 1  its condition is not true: request.tokens > 8000")
                    .doesNotContain("Hello");
        }
    }

    @Test
    void sendsTheAdminTokenAndSaysWhenItIsWrong() {
        String server = "server: {port: 0, admin: \"127.0.0.1:0\", admin_token: secret-token, drain_delay: 0s}\n";
        try (InProcess gateway = InProcess.start(server + MODELS)) {
            String admin = "http://127.0.0.1:" + gateway.gateway().admin().getPort();

            assertThat(run("explain", "--model", "chat", "--admin", admin)).isEqualTo(1);
            env.put("PENSTOCK_ADMIN_TOKEN", "secret-token");
            assertThat(run("explain", "--model", "chat", "--admin", admin)).isZero();

            assertThat(err.toString()).startsWith("penstock: The admin API needs a token. Send it");
        }
    }

    private static final String TENANTS = """
            server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s}
            tenants: {acme: {region: eu, keys: [{id: acme-web, secret: a-web-key}]}}
            providers: {a: {type: demo, models: [x]}, b: {type: demo, models: [x]}}
            models: {chat: [{use: a/x, when: "tenant.region == 'eu'"}, b/x]}
            """;

    @Test
    void aTenantHasTheRegionOfItsConfigurationAsInARealCall() throws Exception {
        Files.writeString(
                folder.resolve("request.json"),
                "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        try (InProcess gateway = InProcess.start(TENANTS)) {
            String admin = "http://127.0.0.1:" + gateway.gateway().admin().getPort();

            assertThat(run("explain", "--model", "chat", "--tenant", "acme", "--admin", admin))
                    .isZero();
            assertThat(run("explain", "--body", "request.json", "--tenant", "acme", "--admin", admin))
                    .isZero();
            assertThat(out.toString()).contains("  1  a/x").doesNotContain("  1  b/x");
            out.getBuffer().setLength(0);
            run("explain", "--model", "chat", "--tenant", "acme", "--region", "us", "--admin", admin);
            assertThat(out.toString()).contains("  1  b/x");
            assertThat(run("explain", "--model", "chat", "--tenant", "nobody", "--admin", admin))
                    .isEqualTo(1);
            assertThat(err.toString()).startsWith("penstock: The configuration has no such tenant. Give");
            assertThat(gateway.admin("GET", "/admin/v1/explain?model=chat&tenant=nobody")
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void whatTheBodyTellsIsNotSaidTwice() throws Exception {
        Files.writeString(folder.resolve("penstock.yaml"), "server: {admin: \"127.0.0.1:0\"}\n" + MODELS);
        Files.writeString(folder.resolve("request.json"), "{}");

        int code = run("explain", "--body", "request.json", "--tokens", "5", "--max-tokens", "5", "--schema", "chat");

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("--body tells the whole request, so leave out: --tokens, --max-tokens");
    }

    @Test
    void somethingElseThatAnswersIsToldFromAGateway() throws Exception {
        HttpServer other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        other.createContext("/", call -> {
            call.sendResponseHeaders(200, 0);
            call.getResponseBody().write("<html>".getBytes(StandardCharsets.UTF_8));
            call.close();
        });
        other.start();
        try {
            String admin = "http://127.0.0.1:" + other.getAddress().getPort();

            assertThat(run("explain", "--model", "chat", "--admin", admin)).isEqualTo(1);
            assertThat(err.toString()).isEqualTo("penstock: status 200, and no answer of a gateway\n");
        } finally {
            other.stop(0);
        }
    }

    @Test
    void withoutAGatewayTheConfigurationAloneIsLookedAt() throws Exception {
        Files.writeString(folder.resolve("penstock.yaml"), "server: {admin: \"127.0.0.1:0\"}\n" + MODELS);

        int code = run("explain", "--model", "chat", "--tokens", "100");

        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("  1  b/x")
                .contains("No gateway answered: this is the configuration alone");
    }

    @Test
    void saysWhatIsWrongWithTheQuestion() throws Exception {
        Files.writeString(folder.resolve("penstock.yaml"), "server: {admin: \"127.0.0.1:0\"}\n" + MODELS);

        assertThat(run("explain")).isEqualTo(2);
        assertThat(run("explain", "--model", "chat", "--priority", "high")).isEqualTo(2);
        assertThat(run("explain", "--model", "caht")).isEqualTo(1);
        assertThat(run("explain", "--model", "chat", "--admin", "http://127.0.0.1:1"))
                .isEqualTo(5);
        assertThat(err.toString())
                .contains("Did you mean \"chat\"?")
                .contains("Nothing listens at http://127.0.0.1:1, so nothing was asked or changed.");
    }

    @Test
    void aWrongConfigurationIsRefusedWithItsProblems() throws Exception {
        Files.writeString(
                folder.resolve("penstock.yaml"), "server: {admin: \"127.0.0.1:0\"}\nmodels: {chat: nobody/x}");

        int code = run("explain", "--model", "chat");

        assertThat(code).isEqualTo(3);
        assertThat(err.toString()).contains("models.chat");
    }
}
