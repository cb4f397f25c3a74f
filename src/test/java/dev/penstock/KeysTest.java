// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys from the command line to the last stream that they held, at a whole gateway. */
final class KeysTest {

    private static final String CONFIG = """
            server: {port: 0, admin: "127.0.0.1:0", admin_token: canary-token-1, drain_delay: 0s, drain: 4s}
            providers: {slow: {type: demo, models: [story, tale], tokens_per_second: 2}}
            roles: {app: {may: [chat, models], models: ["demo/*", "slow/story"]}}
            tenants: {acme: {region: eu, keys: [{id: file-key, secret: canary-file-key}]}}
            """;

    @TempDir
    Path folder;

    private InProcess gateway;
    private String admin;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() {
        gateway = InProcess.start(CONFIG);
        admin = "http://127.0.0.1:" + gateway.gateway().admin().getPort();
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private int run(Map<String, String> env, String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        PrintWriter output = new PrintWriter(out, true);
        return Main.run(args, new Cli(env, folder, output, new PrintWriter(err, true), (s, r) -> null, new Random(7)));
    }

    private JsonObject keys(String... args) {
        String[] all = new String[args.length + 5];
        all[0] = "keys";
        System.arraycopy(args, 0, all, 1, args.length);
        System.arraycopy(new String[] {"--admin", admin, "-o", "json"}, 0, all, args.length + 1, 4);
        assertThat(run(Map.of("PENSTOCK_ADMIN_TOKEN", "canary-token-1"), all))
                .as(err.toString())
                .isZero();
        return new JsonObject(out.toString());
    }

    private static Header bearer(String key) {
        return new Header("authorization", "Bearer " + key);
    }

    private static String ask(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream + (stream ? "" : ",\"max_tokens\":1")
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"tell me a long story of a river\"}]}";
    }

    private RawResponse chat(String key, String model) throws Exception {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post("/v1/chat/completions", ask(model, false), bearer(key))
                    .response()
                    .readToEnd();
        }
    }

    @Test
    void aKeyIsMadeShownOnceUsedReplacedAndRevoked() throws Exception {
        JsonObject made = keys("create", "--tenant", "acme", "--role", "app");
        String key = made.getString("key");
        assertThat(key).startsWith("ps-" + made.getString("id") + "-").hasSize(3 + 8 + 1 + 43);
        assertThat(made.getString("notice")).contains("gone when the process ends");
        assertThat(chat(key, "demo/demo").status()).isEqualTo(200);
        assertThat(gateway.awaitSettlement().at("/penstock/tenant").asText()).isEqualTo("acme");

        JsonArray listed = keys("list").getJsonArray("keys");
        assertThat(listed.encode()).doesNotContain(key.substring(12), "canary");
        assertThat(listed.getJsonObject(0).getString("source")).isEqualTo("file");
        assertThat(listed.getJsonObject(1).getString("last_used")).isNotNull();

        JsonObject next = keys("rotate", made.getString("id"), "--overlap", "1h");
        assertThat(next.getString("replaces")).isEqualTo(made.getString("id"));
        assertThat(chat(key, "demo/demo").status()).isEqualTo(200);
        assertThat(chat(next.getString("key"), "demo/demo").status()).isEqualTo(200);
        assertThat(keys("list").getJsonArray("keys").getJsonObject(1).getString("state"))
                .isEqualTo("leaving");

        keys("revoke", made.getString("id"));
        RawResponse refused = chat(key, "demo/demo");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.bodyText()).contains("revoked_api_key");
        assertThat(chat(next.getString("key"), "demo/demo").status()).isEqualTo(200);
    }

    @Test
    void openStreamsOfARevokedKeyEndWithTheErrorOfTheirSchemaAndOthersGoOn() throws Exception {
        JsonObject made = keys("create", "--tenant", "acme");
        String key = made.getString("key");
        try (RawClient chat = RawClient.connect(gateway.port());
                RawClient messages = RawClient.connect(gateway.port());
                RawClient other = RawClient.connect(gateway.port())) {
            RawResponse first = chat.post("/v1/chat/completions", ask("slow/story", true), bearer(key))
                    .response()
                    .readUntil("data:");
            String body = ask("slow/story", true).replace("{\"model", "{\"max_tokens\":500,\"model");
            RawResponse second = messages.post("/v1/messages", body, new Header("x-api-key", key))
                    .response()
                    .readUntil("data:");
            RawResponse third = other.post("/v1/chat/completions", ask("slow/story", true), bearer("canary-file-key"))
                    .response()
                    .readUntil("data:");

            keys("revoke", made.getString("id"));

            assertThat(first.readToEnd().bodyText()).contains("revoked_api_key");
            assertThat(second.readToEnd().bodyText()).contains("event: error", "revoked");
            assertThat(third.readAtLeast(third.bodyText().length() + 1).bodyText())
                    .doesNotContain("revoked");
        }
    }

    @Test
    void aModelThatTheRoleDoesNotNameIsForbiddenInTheSchemaOfTheClient() throws Exception {
        String key = keys("create", "--role", "app", "--models", "slow/*").getString("key");

        RawResponse chat = chat(key, "slow/stori");
        assertThat(chat.status()).isEqualTo(403);
        assertThat(new JsonObject(chat.bodyText()).getJsonObject("error").getString("code"))
                .isEqualTo("model_not_allowed");
        assertThat(chat.bodyText()).contains("slow/story");
        // Allowed by the role and not by the key, by the key and not by the role, and not there at all: all the same.
        for (String model : new String[] {"demo/demo", "slow/tale", "nope"}) {
            assertThat(chat(key, model).status()).as(model).isEqualTo(403);
        }
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse messages = client.post(
                            "/v1/messages",
                            "{\"model\":\"slow/tale\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                            new Header("x-api-key", key))
                    .response()
                    .readToEnd();
            assertThat(messages.status()).isEqualTo(403);
            assertThat(new JsonObject(messages.bodyText()).getString("type")).isEqualTo("error");
        }
        assertThat(chat(key, "slow/story").status()).isEqualTo(200);
    }

    @Test
    void theListOfModelsIsTheListOfTheCaller() throws Exception {
        String key = keys("create", "--role", "app").getString("key");
        assertThat(get("/v1/models", key).bodyText()).contains("slow/story").doesNotContain("slow/tale");
        assertThat(get("/v1/models?limit=5", key, new Header("anthropic-version", "2023-06-01"))
                        .bodyText())
                .contains("slow/story")
                .doesNotContain("slow/tale");
        assertThat(get("/v1/models/slow/story", key).status()).isEqualTo(200);
        assertThat(get("/v1/models/slow/tale", key).status()).isEqualTo(404);
        assertThat(get("/v1/models", "canary-file-key").bodyText()).contains("slow/tale");
    }

    private RawResponse get(String path, String key, Header... more) throws Exception {
        Header[] headers = new Header[more.length + 1];
        headers[0] = bearer(key);
        System.arraycopy(more, 0, headers, 1, more.length);
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.get(path, headers).response().readToEnd();
        }
    }

    @Test
    void whatCannotBeMadeIsRefusedWithoutAnEcho() {
        Map<String, String> env = Map.of("PENSTOCK_ADMIN_TOKEN", "canary-token-1");
        for (String[] wish : new String[][] {
            {"--tenant", "canary-nobody"},
            {"--role", "canary-none"},
            {"--expires", "2020-01-01"},
            {"--ips", "canary-net"}
        }) {
            assertThat(run(env, "keys", "create", wish[0], wish[1], "--admin", admin))
                    .isEqualTo(1);
            assertThat(err.toString()).contains(" must be ").doesNotContain("canary");
        }
        assertThat(run(env, "keys", "revoke", "file-key", "--admin", admin)).isEqualTo(1);
        assertThat(err.toString()).contains("changed in the file");
        assertThat(run(env, "keys", "rotate", "a/../b", "--admin", admin)).isEqualTo(1);
        assertThat(run(env, "keys", "list", "--admin", "http://127.0.0.1:1")).isEqualTo(5);
        assertThat(run(Map.of("PENSTOCK_ADMIN_TOKEN", "wrong"), "keys", "list", "--admin", admin))
                .isEqualTo(1);
        assertThat(err.toString()).contains("neither the admin token nor a valid key");
        assertThat(run(env, "keys")).isEqualTo(2);
    }

    @Test
    void forAPersonTheKeyStandsAloneOnTheOutput() {
        Map<String, String> env = Map.of("PENSTOCK_ADMIN_TOKEN", "canary-token-1");

        assertThat(run(env, "keys", "create", "--tenant", "acme", "--admin", admin))
                .isZero();
        assertThat(out.toString().strip()).matches("ps-[A-Za-z0-9]{8}-[A-Za-z0-9]{43}");

        assertThat(run(env, "keys", "list", "--admin", admin)).isZero();
        assertThat(out.toString()).contains("file-key  valid  tenant acme  role -  from file", "from store");
    }

    @Test
    void refusedCallersAreCountedByReasonAndNoCallerMakesALabel() throws Exception {
        assertThat(chat("ps-nobody-guess", "demo/demo").status()).isEqualTo(401);
        assertThat(get("/v1/models", "ps-nobody-guess").status()).isEqualTo(401);

        try (RawClient client = RawClient.connect(gateway.gateway().admin().getPort())) {
            String metrics = client.get("/metrics", bearer("canary-token-1"))
                    .response()
                    .readToEnd()
                    .bodyText();
            assertThat(metrics)
                    .contains("penstock_callers_refused_total{reason=\"invalid_api_key\"} 2.0")
                    .contains("penstock_callers_refused_total{reason=\"other\"} 0.0")
                    .doesNotContain("nobody");
        }
    }
}
