// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.Header;
import dev.penstock.kit.OidcProvider;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.SessionServer;
import dev.penstock.kit.SigningKey;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Twenty planted secrets, of all kinds that a gateway knows or is sent, through a program with everything switched on: calls that work and calls
 * that fail, the admin API, reloads, commands, and a start that dies. None of them may be found in anything that came out, in whatever spelling.
 */
final class CanariesTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final SigningKey SIGNER = SigningKey.make("k", "ES256");

    @TempDir
    private Path folder;

    private final ProviderSimulator provider = ProviderSimulator.start();
    private final OidcProvider issuer = OidcProvider.showing(SIGNER);
    private final SessionServer application = SessionServer.open();
    private final Random random = new Random(20261122);
    /** By the name of the variable that it is planted with, or of the field that it is sent in. */
    private final Map<String, String> planted = new LinkedHashMap<>();

    private final Map<String, String> seen = new LinkedHashMap<>();

    @AfterEach
    void close() {
        provider.close();
        issuer.close();
        application.close();
    }

    private String plant(String name, String begin) {
        StringBuilder text = new StringBuilder(begin);
        String letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        while (text.length() < begin.length() + 28) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        planted.put(name, text.toString());
        return text.toString();
    }

    // ---- spellings

    /** Everything under which it would be recognised. */
    private static List<String> forms(String secret) {
        List<String> forms = new ArrayList<>();
        for (String text : List.of(secret, secret.substring(0, 12))) {
            forms.add(text);
            forms.add(URLEncoder.encode(text, StandardCharsets.UTF_8));
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            for (int before = 0; before < 3; before++) {
                byte[] shifted = new byte[before + bytes.length];
                System.arraycopy(bytes, 0, shifted, before, bytes.length);
                int from = (before * 8 + 5) / 6;
                int to = shifted.length * 8 / 6;
                forms.add(Base64.getEncoder().encodeToString(shifted).substring(from, to));
                forms.add(Base64.getUrlEncoder().encodeToString(shifted).substring(from, to));
            }
        }
        return forms;
    }

    @Test
    void aSecretIsFoundInWhateverSpelling() {
        String secret = plant("x", "sk-");
        for (String around : List.of("", "a", "ab", "abc")) {
            byte[] bytes = (around + secret + around).getBytes(StandardCharsets.UTF_8);
            String encoded = Base64.getEncoder().encodeToString(bytes);
            assertThat(forms(secret)).as(around).anyMatch(encoded::contains);
        }
        assertThat(forms(secret)).anyMatch(("key " + secret.substring(0, 13) + "...")::contains);
    }

    private void note(String where, String what) {
        seen.merge(where, what, (one, other) -> one + "\n" + other);
    }

    private void nothingIsFound() {
        Map<String, List<String>> forms = new LinkedHashMap<>();
        planted.forEach((name, secret) -> forms.put(name, forms(secret)));
        seen.forEach((where, what) -> forms.forEach((name, spellings) ->
                assertThat(spellings).as("%s in %s", name, where).noneMatch(what::contains)));
    }

    // ---- the program

    private String config() {
        return """
                server: {port: 0, admin: "127.0.0.1:0", admin_token: "${ADMIN}", api_key: "${FOR_ALL}", drain_delay: 0s, drain: 1s}
                limits: {store: "redis://user:${REDIS}@127.0.0.1:9", per_ip: {rpm: 100000}}
                providers:
                  up: {type: openai, base_url: "%s", api_keys: {first: {key: "${KEY_1}"}, second: {key: "${KEY_2}"}}}
                  away: {type: openai, base_url: "http://127.0.0.1:9/v1", api_key: "${KEY_3}"}
                  claude: {type: anthropic, base_url: "%s", api_key: "${KEY_4}"}
                models: {chat: up/good, "*": {retries: {attempts: 1}}}
                auth:
                  pepper: "${PEPPER}"
                  oidc: {issuer: "%s", audience: gateway, tenant: claims.org}
                  session: {url: "%s", forward: [cookie]}
                roles: {ops: {may: ["admin.*"]}, app: {may: [chat], models: ["up/*", "away/*", "claude/*"]}}
                tenants:
                  acme:
                    keys:
                      - {id: web, secret: "${TENANT_1}", role: app}
                      - {id: old, secret: "${TENANT_2}", expires: 2020-01-01}
                      - {id: far, secret: "${TENANT_3}", ips: [10.0.0.0/8]}
                      - {id: ops, secret: "ps-ops-${TENANT_4}", role: ops}
                """.formatted(
                        provider.baseUrl(), provider.baseUrl().replace("/v1", ""), issuer.issuer(), application.url());
    }

    /** Of a store that is not there, so that a start with it ends. */
    private static final String POSTGRES =
            "storage: {url: \"postgresql://penstock@127.0.0.1:9/penstock\", password: \"${POSTGRES}\"}\n";

    private void plantAll() {
        plant("ADMIN", "adm");
        plant("FOR_ALL", "all");
        plant("POSTGRES", "pg");
        plant("REDIS", "rd");
        plant("KEY_1", "sk-proj-");
        plant("KEY_2", "sk-");
        plant("KEY_3", "gsk_");
        plant("KEY_4", "sk-ant-");
        plant("PEPPER", "pp");
        plant("TENANT_1", "t1");
        plant("TENANT_2", "t2");
        plant("TENANT_3", "t3");
        plant("TENANT_4", "t4");
        plant("cookie", "sid=");
        plant("unknown cookie", "sid=");
        plant("wrong key", "sk-live-");
        plant("wrong own key", "ps-guess-");
        plant("webhook", "https://hooks.example.com/T0/");
        plant("basic", "Basic ");
        plant("body", "my secret is ");
        plant("query", "q");
    }

    private GatewayProcess.Builder program(String... arguments) {
        GatewayProcess.Builder builder =
                GatewayProcess.fromClassPath().folder(folder).arguments(arguments);
        planted.forEach((name, secret) -> {
            if (name.equals(name.toUpperCase(java.util.Locale.ROOT))) {
                builder.environment(name, secret);
            }
        });
        builder.environment("PENSTOCK_DATA", folder.resolve("data").toString());
        return builder.environment("PENSTOCK_ADMIN_TOKEN", planted.get("ADMIN"));
    }

    private int run(String name, String... arguments) {
        try (GatewayProcess command = program(arguments).start()) {
            int code = command.awaitExit(SOON);
            note(name, String.join("\n", command.stdout()) + "\n" + String.join("\n", command.stderr()));
            return code;
        }
    }

    private String token(String audience) {
        long now = Instant.now().getEpochSecond();
        String token = SIGNER.token(Map.of(
                "iss", issuer.issuer(), "aud", audience, "sub", "u-1", "org", "acme", "iat", now, "exp", now + 600));
        planted.put("signature for " + audience, token.substring(token.lastIndexOf('.') + 1));
        return token;
    }

    @Test
    void noneOfTwentySecretsComesOutAnywhere() throws Exception {
        plantAll();
        Path file = Files.writeString(folder.resolve("penstock.yaml"), config());
        provider.otherwise(Answers.chat(3));
        provider.when("401", Answers.error(401, "invalid", "Bad key " + planted.get("KEY_1"), "x"));
        provider.when("500", Answers.error(500, "broken", "Bearer " + planted.get("KEY_2") + " failed", "x"));
        application.knows(planted.get("cookie"), "{\"tenant\":\"acme\",\"user\":\"anna\"}");

        try (GatewayProcess program = program("serve", "-f", file.toString()).start()) {
            int api = program.api().getPort();
            int admin = program.admin().getPort();
            callAll(api);
            adminAll(admin);
            String at = "http://127.0.0.1:" + admin;
            assertThat(run("keys list", "keys", "list", "--admin", at)).isZero();
            assertThat(run("switch list", "switch", "list", "--admin", at)).isZero();
            assertThat(run("explain", "explain", "--model", "chat", "--admin", at))
                    .isZero();
            Files.writeString(
                    file,
                    config() + "alerts_to: [\"" + planted.get("webhook") + "\"]\nextra: {" + planted.get("KEY_3")
                            + ": 1}\n");
            program.signal("HUP");
            program.awaitStdout(line -> line.contains("configuration problem"));
            note("bad reload", send(admin, "POST", "/admin/v1/config/reload", "", token("ADMIN", "Bearer ")));
            assertThat(run("check of a bad file", "check", "-f", file.toString()))
                    .isEqualTo(3);
            Files.writeString(file, config());
            program.terminate();
            program.awaitExit(SOON);
            note("stdout", String.join("\n", program.stdout()));
            note("stderr", String.join("\n", program.stderr()));
        }
        Files.writeString(file, config() + POSTGRES);
        assertThat(run("check", "check", "-f", file.toString())).isZero();
        assertThat(run("config", "config", "--origin", "-f", file.toString())).isZero();
        assertThat(run("config json", "config", "-o", "json", "-f", file.toString()))
                .isZero();
        dies(file);

        assertThat(planted).hasSizeGreaterThanOrEqualTo(20);
        assertThat(seen.get("stdout")).contains("penstock.request", "configuration problem");
        assertThat(seen.get("admin GET /metrics")).contains("penstock_callers_refused_total");
        nothingIsFound();
    }

    /** Starts that end in an exception: the store is away, the port is taken. */
    private void dies(Path file) throws Exception {
        // Without the pepper in the file nobody can tell the keys that were made at run time.
        Files.writeString(file, config().replace("  pepper: \"${PEPPER}\"\n", "") + POSTGRES);
        assertThat(run("crash", "serve", "-f", file.toString())).isNotZero();
        try (ServerSocket taken = new ServerSocket(0)) {
            Files.writeString(file, config().replace("port: 0", "port: " + taken.getLocalPort() + ", host: 0.0.0.0"));
            assertThat(run("crash", "serve", "-f", file.toString())).isNotZero();
        }
        assertThat(seen.get("crash").strip()).isNotEmpty();
    }

    private Header token(String name, String scheme) {
        return new Header("authorization", scheme + planted.get(name));
    }

    private void callAll(int port) {
        String good = token("gateway");
        String bad = token("somebody-else");
        List<Header> callers = List.of(
                token("FOR_ALL", "Bearer "),
                token("TENANT_1", "Bearer "),
                token("TENANT_2", "Bearer "),
                new Header("x-api-key", planted.get("TENANT_3")),
                token("TENANT_4", "Bearer ps-ops-"),
                token("wrong key", "Bearer "),
                token("wrong own key", "Bearer "),
                token("ADMIN", "Bearer "),
                token("basic", ""),
                new Header("authorization", "Bearer " + good),
                new Header("authorization", "Bearer " + bad),
                new Header("authorization", "Bearer " + good.substring(0, good.length() - 3)),
                new Header("cookie", planted.get("cookie")),
                new Header("cookie", planted.get("unknown cookie")));
        for (Header caller : callers) {
            for (String path : List.of("/v1/chat/completions", "/v1/messages", "/v1/responses")) {
                for (String model : List.of("up/good", "up/401", "up/500", "away/x", "claude/x", "none")) {
                    String body = "{\"model\":\"" + model + "\",\"max_tokens\":5,\"input\":\"" + planted.get("body")
                            + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + planted.get("body") + "\"}]}";
                    note("call", send(port, "POST", path + "?key=" + planted.get("query"), body, caller));
                }
            }
            note("call", send(port, "POST", "/v1/chat/completions", "{\"a\":\"" + planted.get("body"), caller));
            note("models", send(port, "GET", "/v1/models/" + planted.get("query"), "", caller));
            note(
                    "odd fields",
                    send(
                            port,
                            "POST",
                            "/v1/chat/completions",
                            "{}",
                            caller,
                            new Header("x-penstock-feature", planted.get("query") + "!"),
                            new Header("x-penstock-session", planted.get("body")),
                            new Header("traceparent", planted.get("query")),
                            new Header("tracestate", "a=" + planted.get("query")),
                            new Header("x-forwarded-for", planted.get("query"))));
        }
    }

    private void adminAll(int port) {
        for (Header caller : List.of(
                token("ADMIN", "Bearer "),
                token("TENANT_4", "Bearer ps-ops-"),
                token("wrong key", "Bearer "),
                token("TENANT_1", "Bearer "))) {
            for (String path : List.of(
                    "/",
                    "/metrics",
                    "/livez?verbose",
                    "/readyz?verbose",
                    "/admin/v1/config",
                    "/admin/v1/keys",
                    "/admin/v1/switches",
                    "/admin/v1/explain?model=chat",
                    "/admin/v1/" + planted.get("query"))) {
                note("admin GET " + path.replace(planted.get("query"), "x"), send(port, "GET", path, "", caller));
            }
            String secret = planted.get("webhook");
            note("admin", send(port, "POST", "/admin/v1/keys", "{\"tenant\":\"" + secret + "\"}", caller));
            note("admin", send(port, "POST", "/admin/v1/keys", "{\"ips\":[\"" + secret + "\"]", caller));
            note("admin", send(port, "PUT", "/admin/v1/switches/model.chat", "{\"state\":\"" + secret + "\"}", caller));
            note("admin", send(port, "POST", "/admin/v1/config/reload", "", caller));
        }
    }

    private static String send(int port, String method, String path, String body, Header... headers) {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nhost: localhost\r\n");
        for (Header header : headers) {
            head.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        head.append("content-type: application/json\r\ncontent-length: ").append(bytes.length);
        try (RawClient client = RawClient.connect(port, Duration.ofSeconds(30))) {
            RawResponse answer = client.send(head + "\r\n\r\n" + body).readResponse();
            return answer.status() + "\n" + answer.headers() + "\n" + answer.bodyText();
        }
    }
}
