// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.kit.Answer;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets stay where they belong. Every secret that passes by is a canary of its own; afterwards everything that came out
 * (answers, logs, metrics, the admin API, requests to providers) is searched for each of them, as it is, in Base64, escaped
 * for a URL, and for its first twelve characters alone.
 */
final class SecurityTest {

    /** Made up; each begins with twelve characters of its own. */
    private enum Canary {
        KEY_OF_A("sk-proj-Q7xaLm29PzRtVw4cYk81HsNd"),
        KEY_OF_B("gsk_Zr5TnB8qWe3UvXo6JhMi2Lf0Dc"),
        KEY_IN_FILE("sk-ant-W0pKd3Jg7Sb9Xy2Qf5Vn8Mz"),
        GATEWAY_KEY("ps-Hq4mT8-zY2vKf6Rb0Xw9Lc3Nj7Gs"),
        ADMIN_TOKEN("adm-Fe1Ua5Io9Ke3Bw7Zt2Qx6Cv0"),
        WRONG_KEY("sk-Yt6Rw2Mn8Kp4Vb0Sx9Lj5Hd"),
        COOKIE("sess=Nb3Vc7Xz1Qw5Er9Ty2Ui6"),
        PROXY_PASSWORD("Basic dXNlcjpPcDRTdDhVdjI="),
        ORGANISATION("org-Kf8Lm2Nz6Pb0Rd4Tg"),
        PROJECT("proj_Jw5Hx9Gy3Fz7Ea1Dc"),
        FORWARDED("203.0.113.77, 198.51.100.23"),
        CUSTOM_HEADER("Xq1Wr5Et9Yu3Io7Pa2Sd6"),
        PROMPT("Mv2Bn6Cx0Lz4Kq8Jw3Hr7"),
        PROVIDER_COOKIE("__cf_bm=Gt4Fy8Du2Si6Ao0Pl"),
        PROVIDER_ORGANISATION("org-Vd9Cs3Xa7Zq1Wx5Ec"),
        LOCATION_TOKEN("Rb7Nt1Mu5Ji9Ko3Lp8"),
        BROKEN_EVENT("Ub2Vc6Wd0Xe4Yf8Zg1");

        final String text;

        Canary(String text) {
            this.text = text;
        }

        /** Everything under which it would be recognised. */
        List<String> forms() {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            byte[] bearer = ("Bearer " + text).getBytes(StandardCharsets.UTF_8);
            return List.of(
                    text,
                    text.substring(0, 12),
                    Base64.getEncoder().withoutPadding().encodeToString(bytes),
                    Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
                    Base64.getEncoder().withoutPadding().encodeToString(bearer),
                    URLEncoder.encode(text, StandardCharsets.UTF_8));
        }
    }

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private ProviderSimulator a;
    private ProviderSimulator b;
    private final Map<String, String> seen = new LinkedHashMap<>();

    @BeforeEach
    void start() {
        a = ProviderSimulator.start();
        b = ProviderSimulator.start();
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
    }

    // ------------------------------------------------------------------ canaries

    @Test
    void noSecretShowsWhereItDoesNotBelong() throws IOException {
        registerTalkativeProvider();
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(folder.resolve("b.key"), Canary.KEY_IN_FILE.text + "\n");
        Files.writeString(file, config());
        try (GatewayProcess program = GatewayProcess.fromClassPath()
                .arguments("serve", "-f", file.toString())
                .folder(folder)
                .environment("KEY_A", Canary.KEY_OF_A.text)
                .environment("KEY_B", Canary.KEY_OF_B.text)
                .environment("PENSTOCK_API_KEY", Canary.GATEWAY_KEY.text)
                .environment("PENSTOCK_ADMIN_TOKEN", Canary.ADMIN_TOKEN.text)
                .start()) {
            int port = program.api().getPort();
            int admin = program.admin().getPort();
            callEverything(port);
            askTheAdminApi(admin);
            reloadBadly(program, file);
            program.terminate();
            assertThat(program.awaitExit(SOON)).isZero();
            note("stdout", String.join("\n", program.stdout()));
            note("stderr", String.join("\n", program.stderr()));
        }

        assertThat(seen).hasSizeGreaterThan(30);
        seen.forEach((where, what) ->
                assertThat(found(what, Canary.values())).as(where).isEmpty());
        assertThat(seen.get("stdout")).as("something was logged").contains("penstock.request", "configuration problem");
        checkUpstream(a, Canary.KEY_OF_A);
        checkUpstream(b, Canary.KEY_OF_B);
    }

    /** Only the key of that provider, and the prompt, which is what the provider is asked. */
    private static void checkUpstream(ProviderSimulator provider, Canary key) {
        assertThat(provider.requests()).isNotEmpty();
        for (SeenRequest request : provider.requests()) {
            assertThat(request.headers().stream().filter(h -> h.value().contains(key.text)))
                    .containsExactly(new Header("authorization", "Bearer " + key.text));
            String rest = request.target() + "\n"
                    + request.headers().stream()
                            .filter(h -> !h.name().equals("authorization"))
                            .map(Header::toString)
                            .collect(Collectors.joining("\n"))
                    + "\n" + request.bodyText();
            assertThat(found(rest, Canary.values())).isSubsetOf(Canary.PROMPT);
            assertThat(request.headers().stream().map(Header::name))
                    .isSubsetOf(
                            "host",
                            "authorization",
                            "content-type",
                            "content-length",
                            "accept",
                            "accept-encoding",
                            "user-agent",
                            "x-penstock-hop",
                            "traceparent",
                            "tracestate",
                            "openai-beta");
        }
    }

    private static List<Canary> found(String text, Canary... canaries) {
        List<Canary> found = new ArrayList<>();
        for (Canary canary : canaries) {
            if (canary.forms().stream().anyMatch(text::contains)) {
                found.add(canary);
            }
        }
        return found;
    }

    private String config() {
        return "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, cors: [\"https://app.example.com\"]}\n"
                + "providers:\n"
                + "  a: {type: openai, base_url: \"" + a.baseUrl() + "\", api_key: \"${KEY_A}\"}\n"
                + "  b: {type: openai, base_url: \"" + b.baseUrl() + "\", api_key: \"${KEY_B}\"}\n"
                + "  unreached: {type: openai, base_url: \"http://127.0.0.1:9/v1\", api_key: \"${file:"
                + folder.resolve("b.key") + "}\"}\n"
                + "models: {fast: a/good}\n";
    }

    /** A provider that says everything it knows, in every place where a provider can say something. */
    private void registerTalkativeProvider() {
        String key = Canary.KEY_OF_A.text;
        for (ProviderSimulator provider : List.of(a, b)) {
            provider.otherwise(request -> talkative(Answers.chat(5), request));
        }
        a.when(
                "401",
                error(401, "Incorrect API key provided: " + key + ". You can find your API key at https://x.example."));
        a.when("403", error(403, "Key " + key + " of " + Canary.PROVIDER_ORGANISATION.text + " may not do that."));
        a.when("400", error(400, "The header 'Authorization: Bearer " + key + "' is odd."));
        a.when(
                "429",
                error(429, "Rate limit reached in organization " + Canary.PROVIDER_ORGANISATION.text + " for " + key));
        a.when("500", error(500, "Unhandled: {headers={authorization=Bearer " + key + "}}"));
        a.when(
                "html",
                Script.whole(502, "text/html", "<html>Bad Gateway " + key + "</html>")
                        .build());
        a.when(
                "plain",
                Script.whole(500, "text/plain", "upstream said no to " + key).build());
        a.when("200", Script.json(200, "{\"error\":{\"message\":\"no credit for " + key + "\",\"code\":\"x\"}}"));
        a.when("mid", request -> {
            ChatEvents events = ChatEvents.of(request);
            return Script.stream()
                    .send(events.role())
                    .send(events.content("Hello"))
                    .send(events.error(
                            "server_error", "token " + key + " expired for " + Canary.PROVIDER_ORGANISATION.text))
                    .build();
        });
        a.when("field", request -> Script.stream()
                .send(ChatEvents.of(request).content("Hello"))
                .send("error: {\"message\":\"key " + key + " is bad\"}\n\n")
                .build());
        a.when("broken", request -> Script.stream()
                .send(ChatEvents.of(request).content("Hello"))
                .send("data: {\"choices\":[{\"delta\":{\"content\":\"" + Canary.BROKEN_EVENT.text + "\n\n")
                .build());
        a.when(
                "redirect",
                Script.whole(302, "text/html", "Moved")
                        .header("location", b.baseUrl() + "/steal?token=" + Canary.LOCATION_TOKEN.text)
                        .build());
    }

    /** The good answer with header fields that are nobody's business. */
    private static Script talkative(Answer good, SeenRequest request) {
        return good.to(request).toBuilder()
                .header("set-cookie", Canary.PROVIDER_COOKIE.text + "; path=/; HttpOnly")
                .header("openai-organization", Canary.PROVIDER_ORGANISATION.text)
                .header("x-echo-authorization", Canary.KEY_OF_A.text)
                .build();
    }

    private static Script error(int status, String message) {
        return Answers.error(status, "some_error", message, null).toBuilder()
                .header("www-authenticate", "Bearer realm=\"" + Canary.KEY_OF_A.text + "\"")
                .header("x-request-id", Canary.KEY_OF_A.text)
                .build();
    }

    private void callEverything(int port) {
        for (String model : List.of(
                "fast",
                "b/good",
                "unreached/x",
                "nothing",
                "a/401",
                "a/403",
                "a/400",
                "a/429",
                "a/500",
                "a/html",
                "a/plain",
                "a/200",
                "a/redirect")) {
            call(port, model + ", whole", ask(model, ""), authorization(Canary.GATEWAY_KEY));
            call(port, model + ", stream", ask(model, ",\"stream\":true"), authorization(Canary.GATEWAY_KEY));
        }
        for (String model : List.of("a/mid", "a/field", "a/broken")) {
            call(port, model, ask(model, ",\"stream\":true"), authorization(Canary.GATEWAY_KEY));
        }
        call(port, "wrong key", ask("fast", ""), authorization(Canary.WRONG_KEY));
        call(
                port,
                "not JSON",
                "{\"model\":\"fast\",\"messages\":[\"" + Canary.PROMPT.text,
                authorization(Canary.GATEWAY_KEY));
        call(port, "a provider's key", ask("fast", ""), authorization(Canary.KEY_OF_A));
        try (RawClient client = RawClient.connect(port)) {
            note(
                    "models",
                    client.get("/v1/models", authorization(Canary.GATEWAY_KEY)).readResponse());
        }
        try (RawClient client = RawClient.connect(port)) {
            note("page", client.get("/", authorization(Canary.GATEWAY_KEY)).readResponse());
        }
        try (RawClient client = RawClient.connect(port)) {
            note(
                    "malformed",
                    client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer "
                                    + Canary.GATEWAY_KEY.text + "\r\nbad header: " + Canary.CUSTOM_HEADER.text
                                    + "\r\n\r\n")
                            .readResponse());
        }
    }

    private void call(int port, String what, String body, Header authorization) {
        try (RawClient client = RawClient.connect(port)) {
            RawResponse response = client.post(
                            "/v1/chat/completions?key=" + Canary.CUSTOM_HEADER.text,
                            body,
                            authorization,
                            new Header("cookie", Canary.COOKIE.text),
                            new Header("proxy-authorization", Canary.PROXY_PASSWORD.text),
                            new Header("openai-organization", Canary.ORGANISATION.text),
                            new Header("openai-project", Canary.PROJECT.text),
                            new Header("x-forwarded-for", Canary.FORWARDED.text),
                            new Header("forwarded", "for=" + Canary.FORWARDED.text),
                            new Header("x-real-ip", Canary.FORWARDED.text),
                            new Header("referer", "https://app.example.com/?" + Canary.CUSTOM_HEADER.text),
                            new Header("user-agent", "app/" + Canary.CUSTOM_HEADER.text),
                            new Header("x-custom", Canary.CUSTOM_HEADER.text),
                            new Header("origin", "https://app.example.com"))
                    .readResponse();
            assertThat(response.status()).as(what).isNotZero();
            note(what, response);
        }
    }

    private static Header authorization(Canary key) {
        return new Header("authorization", "Bearer " + key.text);
    }

    private void askTheAdminApi(int port) {
        for (String path : List.of("/", "/metrics", "/admin/v1/config", "/readyz?verbose", "/livez?verbose")) {
            try (RawClient client = RawClient.connect(port)) {
                RawResponse response =
                        client.get(path, authorization(Canary.ADMIN_TOKEN)).readResponse();
                assertThat(response.status()).as(path).isEqualTo(200);
                note("admin " + path, response);
            }
            try (RawClient client = RawClient.connect(port)) {
                note(
                        "admin, wrong token " + path,
                        client.get(path, authorization(Canary.WRONG_KEY)).readResponse());
            }
        }
        assertThat(seen.get("admin /metrics")).contains("penstock_");
        assertThat(seen.get("admin, wrong token /metrics")).startsWith("401");
    }

    /** Keys in wrong places are the typos that people make; the log says where, not what. */
    private void reloadBadly(GatewayProcess program, Path file) throws IOException {
        Files.writeString(file, config() + "extra: {api_key: \"" + Canary.KEY_OF_B.text + "\"}\n");
        program.signal("HUP");
        program.awaitStdout(line -> line.contains("configuration problem"));
    }

    private void note(String where, RawResponse response) {
        note(where, response.status() + "\n" + response.headers() + "\n" + response.bodyText());
    }

    private void note(String where, String what) {
        seen.put(where, what);
    }

    private static String ask(String model, String more) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + Canary.PROMPT.text
                + "\"}]" + more + "}";
    }

    // ------------------------------------------------------------------ where requests go

    @Test
    void followsNoRedirect() {
        a.otherwise(Script.whole(307, "text/plain", "")
                .header("location", b.baseUrl() + "/chat/completions?token=" + Canary.LOCATION_TOKEN.text)
                .build());
        try (InProcess gateway = InProcess.start("providers: {a: {type: openai, base_url: \"" + a.baseUrl()
                + "\", api_key: \"" + Canary.KEY_OF_A.text + "\"}}\nmodels: {\"*\": {retries: {attempts: 1}}}\n")) {

            HttpResponse<String> response = gateway.chat(ask("a/any", ""));

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(response.headers().firstValue("location")).isEmpty();
            assertThat(response.body()).doesNotContain(Canary.LOCATION_TOKEN.text, "127.0.0.1");
            assertThat(a.requests()).hasSize(1);
            assertThat(b.requests()).isEmpty();
        }
    }

    @Test
    void noticesThatItCallsItself() throws IOException {
        try (InProcess gateway = InProcess.start("models: {fast: demo/demo}\n")) {
            gateway.write("providers: {self: {type: openai, base_url: \"" + gateway.url("/v1") + "\"}}\n"
                    + "models: {loop: self/loop}\n");
            assertThat(gateway.admin("POST", "/admin/v1/config/reload").statusCode())
                    .isEqualTo(200);

            HttpResponse<String> response = gateway.chat(ask("loop", ""));

            assertThat(response.statusCode()).isEqualTo(508);
            assertThat(response.body()).contains("loop_detected", "base_url");
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/http/response/status_code").asInt()).isEqualTo(508);
        }
    }
}
