// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.OidcProvider;
import dev.penstock.kit.SessionServer;
import dev.penstock.kit.SigningKey;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens of a real provider and sessions of a real application at the whole gateway. */
final class TokensAndSessionsTest {

    private static final SigningKey KEY = SigningKey.make("k", "ES256");
    private static final String BODY = "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private final OidcProvider provider = OidcProvider.showing(KEY);
    private final SessionServer application = SessionServer.open();
    private final InProcess gateway = InProcess.start("""
            server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 4s, loops: 1}
            models: {chat: static/hello}
            static: {hello: {text: "hello there"}}
            auth:
              oidc: {issuer: "%s", audience: gateway, tenant: claims.org}
              session: {url: "%s", forward: [cookie]}
            """.formatted(provider.issuer(), application.url()));
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        http.close();
        gateway.close();
        provider.close();
        application.close();
    }

    private String token(String audience) {
        long now = Instant.now().getEpochSecond();
        return KEY.token(Map.of(
                "iss", provider.issuer(), "aud", audience, "sub", "u-1", "org", "acme", "iat", now, "exp", now + 600));
    }

    private HttpRequest.Builder request(String path, String... fields) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.url(path)))
                .timeout(Duration.ofSeconds(20))
                .header("content-type", "application/json");
        return fields.length == 0 ? request : request.headers(fields);
    }

    private CompletableFuture<HttpResponse<String>> chat(HttpClient.Version version, String body, String... fields) {
        return http.sendAsync(
                request("/v1/chat/completions", fields)
                        .version(version)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> await(CompletableFuture<HttpResponse<String>> response) throws Exception {
        return response.get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aTokenOpensTheGatewayAtItsFirstAndAtItsSecondRequest(HttpClient.Version version) throws Exception {
        String bearer = "Bearer " + token("gateway");
        String large = BODY.replace("hi", "x".repeat(300_000));
        for (String body : List.of(BODY, large, BODY)) {
            HttpResponse<String> answer = await(chat(version, body, "authorization", bearer));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("hello there");
        }
        assertThat(provider.fetches()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aTokenForSomebodyElseIsRefusedWithTheReasonAndWithoutTheToken(HttpClient.Version version) throws Exception {
        String token = token("another-service");
        HttpResponse<String> answer = await(chat(version, BODY, "authorization", "Bearer " + token));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("www-authenticate")).hasValue("Bearer error=\"invalid_token\"");
        assertThat(answer.body()).contains("audience").doesNotContain(token.substring(0, 20), "another-service");
        assertThat(gateway.awaitSettlement().toString()).doesNotContain(token.substring(0, 20));
    }

    @Test
    void nothingAtAllIsRefusedWithoutAWordOfATokenThatWasNotThere() throws Exception {
        HttpResponse<String> answer = await(chat(HttpClient.Version.HTTP_1_1, BODY));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("www-authenticate")).hasValue("Bearer");
    }

    @Test
    void theListOfModelsNeedsTheSame() throws Exception {
        HttpRequest.Builder ask = request("/v1/models", "authorization", "Bearer " + token("gateway"));
        HttpResponse<String> seen = http.send(ask.GET().build(), HttpResponse.BodyHandlers.ofString());
        assertThat(seen.statusCode()).isEqualTo(200);
        assertThat(seen.body()).contains("chat");
        assertThat(gateway.get("/v1/models").statusCode()).isEqualTo(401);
        assertThat(gateway.get("/v1/models/chat").statusCode()).isEqualTo(401);
        assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
    }

    @Test
    void aSessionOfTheApplicationOpensTheGateway() throws Exception {
        application.knows("sid=1; theme=dark", "{\"tenant\":\"acme\",\"user\":\"u-2\"}");
        HttpResponse<String> answer =
                await(chat(HttpClient.Version.HTTP_2, BODY, "cookie", "sid=1; theme=dark", "x-other", "canary"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(application.asked()).allSatisfy(asked -> assertThat(asked).doesNotContainKey("x-other"));
        assertThat(await(chat(HttpClient.Version.HTTP_1_1, BODY, "cookie", "sid=2"))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aProviderThatIsDownIsNoReasonToSignInAgain() throws Exception {
        provider.answerWith(500);
        HttpResponse<String> answer =
                await(chat(HttpClient.Version.HTTP_1_1, BODY, "authorization", "Bearer " + token("gateway")));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
        assertThat(answer.body()).contains("auth_unavailable");
    }

    @Test
    void manyThatWaitForTheApplicationAreAllAnswered() throws Exception {
        application.knows("sid=1", "{\"user\":\"u\"}");
        application.holdBack();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(chat(HttpClient.Version.HTTP_1_1, BODY, "cookie", "sid=1"));
        }
        application.goOn();
        for (CompletableFuture<HttpResponse<String>> each : waiting) {
            assertThat(await(each).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whoLeavesWhileItIsBeingFoundOutWhoCallsIsSettled() throws Exception {
        application.holdBack();
        try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
            socket.setSoLinger(true, 0);
            String head = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                    + "cookie: sid=1\r\ncontent-length: " + BODY.length() + "\r\n\r\n" + BODY;
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            while (application.asked().isEmpty()) {
                Thread.onSpinWait();
            }
        }
        // There is one event loop: when it has answered this, it has noticed.
        gateway.get("/livez");
        application.knows("sid=1", "{\"user\":\"u\"}");
        application.goOn();

        assertThat(gateway.awaitSettlement().toString()).contains("cancelled");
        assertThat(await(chat(HttpClient.Version.HTTP_1_1, BODY, "cookie", "sid=1"))
                        .statusCode())
                .isEqualTo(200);
    }
}
