// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.auth.AuthListener;
import dev.penstock.auth.Authenticator;
import dev.penstock.auth.GatewayKey;
import dev.penstock.config.Secret;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small routes as a raw client sees them. */
final class FrontDoorTest {

    private final ModelCatalog models = new ModelCatalog() {
        @Override
        public List<String> names() {
            return List.of("gpt-4");
        }

        @Override
        public Buffer all(ApiSchema schema, Predicate<String> allowed) {
            return Buffer.buffer("{\"data\":[]}");
        }

        @Override
        public Buffer page(@Nullable String after, @Nullable String before, int limit, Predicate<String> allowed) {
            return Buffer.buffer(
                    "{\"data\":[],\"has_more\":false,\"page\":\"" + after + " " + before + " " + limit + "\"}");
        }

        @Override
        public @Nullable Buffer byName(ApiSchema schema, String name) {
            return name.equals("openai/gpt 4+") ? Buffer.buffer("{\"id\":\"it\"}") : null;
        }

        @Override
        public @Nullable String nearest(String name) {
            return name.startsWith("gtp") ? "gpt-4" : null;
        }
    };

    private volatile boolean ready = true;
    private volatile GatewayKey key = GatewayKey.of(null);
    private volatile Cors cors = new Cors(List.of());
    private volatile @Nullable Router router;
    private EdgeFixture edge;

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(null, request -> router.handle(request));
        Welcome welcome = new Welcome("1.0", "http://localhost:8080/v1", "<b>\"fast\"</b>", 1, true);
        router = FrontDoor.router(
                edge.vertx,
                models,
                () -> ready,
                () -> welcome,
                new Authenticator(edge.vertx, SideCalls.over(edge.vertx), new ManualTime(), AuthListener.NONE),
                () -> key,
                () -> ClientAddress.OF_CONNECTION,
                () -> cors,
                EdgeListener.NONE,
                new RequestIds(new ManualTime(), new Random(1)),
                (who, query, accept) -> Future.succeededFuture(new OwnUsage.Answer("text/plain", who.tenant(), null)));
    }

    @AfterEach
    void close() throws Exception {
        edge.close();
    }

    private RawClient.Response ask(String line, String... fields) throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            StringBuilder head = new StringBuilder(line + " HTTP/1.1\r\nHost: a\r\n");
            for (String field : fields) {
                head.append(field).append("\r\n");
            }
            return client.send(head + "\r\n").read(!line.startsWith("HEAD"));
        }
    }

    @Test
    void greetsABrowserWithAPageThatLoadsNothing() throws Exception {
        RawClient.Response page = ask("GET /");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.headers().get("content-type")).startsWith("text/html");
        assertThat(page.headers().get("content-security-policy"))
                .startsWith("default-src 'none'")
                .doesNotContain("unsafe");
        assertThat(page.headers()).containsEntry("x-content-type-options", "nosniff");
        assertThat(page.body())
                .contains("curl", "/v1/chat/completions".substring(3), "authorization: Bearer", "is ready")
                .contains("&lt;b&gt;")
                .doesNotContain("<b>", "src=", "<script");
    }

    @Test
    void answersTheProbes() throws Exception {
        assertThat(ask("GET /livez").status()).isEqualTo(200);
        assertThat(ask("GET /readyz").status()).isEqualTo(200);
        ready = false;
        assertThat(ask("GET /readyz").status()).isEqualTo(503);
        assertThat(ask("GET /livez").status()).isEqualTo(200);
        assertThat(ask("HEAD /livez").status()).isEqualTo(200);
        assertThat(ask("GET /favicon.ico").status()).isEqualTo(204);
    }

    @Test
    void listsModelsAndFindsOneByItsDecodedName() throws Exception {
        assertThat(ask("GET /v1/models").body()).isEqualTo("{\"data\":[]}");
        assertThat(ask("GET /v1/models/openai/gpt%204+").body()).isEqualTo("{\"id\":\"it\"}");
        RawClient.Response unknown = ask("GET /v1/models/gtp-4");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.body()).contains("model_not_found", "Did you mean \\\"gpt-4\\\"?");
    }

    @Test
    void speaksTheSchemaOfTheSdkThatAsks() throws Exception {
        String version = "Anthropic-Version: 2023-06-01";
        assertThat(ask("GET /v1/models", version).body()).startsWith("{\"data\":[],\"has_more\":false");
        assertThat(ask("GET /v1/models?limit=3&after_id=a%2Fb", version).body()).contains("\"a/b null 3\"");
        RawClient.Response unknown = ask("GET /v1/models/gtp-4", version);
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.body()).startsWith("{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\"");
    }

    @Test
    void asksForTheKeyWhereItMatters() throws Exception {
        key = GatewayKey.of(Secret.of("k"));
        RawClient.Response refused = ask("GET /v1/models");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.headers()).containsEntry("www-authenticate", "Bearer");
        assertThat(refused.body()).contains("\"type\":\"authentication_error\"", "\"code\":\"invalid_api_key\"");
        assertThat(ask("GET /v1/models/x").status()).isEqualTo(401);
        assertThat(ask("GET /v1/models", "Authorization: Bearer k").status()).isEqualTo(200);
        assertThat(ask("GET /v1/models", "X-Api-Key: k").status()).isEqualTo(200);
        assertThat(ask("GET /livez").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "/chat/completions, /v1/chat/completions",
        "/v1/chat/completion, /v1/chat/completions",
        "/v1/v1/chat/completions, /v1/chat/completions",
        "/api/v1/chat/completions, /v1/chat/completions",
        "/models, /v1/models",
        "/v1/model, /v1/models",
        "/healthz, ",
        "/wp-login.php, ",
    })
    void hintsAtTheNearestPath(String asked, @Nullable String hinted) throws Exception {
        RawClient.Response response = ask("GET " + asked);
        assertThat(response.status()).isEqualTo(404);
        var error = new ObjectMapper().readTree(response.body()).get("error");
        assertThat(error.get("code").asText()).isEqualTo("not_found");
        assertThat(error.get("request_id").asText())
                .isEqualTo(response.headers().get("x-request-id"));
        if (hinted == null) {
            assertThat(error.has("hint") ? error.get("hint").asText() : "").doesNotContain("/v1/");
        } else {
            assertThat(error.get("hint").asText()).contains(hinted);
        }
    }

    @Test
    void namesTheMethodsOfAPath() throws Exception {
        RawClient.Response chat = ask("GET /v1/chat/completions");
        assertThat(chat.status()).isEqualTo(405);
        assertThat(chat.headers()).containsEntry("allow", "POST");
        assertThat(ask("DELETE /v1/models/x").status()).isEqualTo(405);
        assertThat(ask("PUT /").headers()).containsEntry("allow", "GET, HEAD");
    }

    @Test
    void keepsTheCallersRequestId() throws Exception {
        assertThat(ask("GET /livez", "X-Request-Id: mine-1").headers()).containsEntry("x-request-id", "mine-1");
        assertThat(ask("GET /nothing", "X-Request-Id: mine-1").body()).contains("\"request_id\":\"mine-1\"");
    }

    @Test
    void letsOnlyPagesOfConfiguredOriginsIn() throws Exception {
        String[] preflight = {
            "Origin: https://app.example",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization,x-stainless-os"
        };
        assertThat(ask("OPTIONS /v1/chat/completions", preflight).status())
                .as("without origins")
                .isEqualTo(405);
        cors = new Cors(List.of("https://app.example"));
        assertThat(ask("OPTIONS /v1/chat/completions", preflight).headers())
                .containsEntry("access-control-allow-origin", "https://app.example")
                .containsEntry("access-control-allow-headers", "authorization,x-stainless-os")
                .containsEntry("vary", "origin");
        RawClient.Response foreign =
                ask("OPTIONS /v1/models", "Origin: https://evil.example", "Access-Control-Request-Method: GET");
        assertThat(foreign.status()).isEqualTo(204);
        assertThat(foreign.headers()).doesNotContainKeys("access-control-allow-origin", "access-control-allow-methods");
        assertThat(ask("GET /v1/models", "Origin: https://app.example").headers())
                .containsEntry("access-control-allow-origin", "https://app.example")
                .containsKey("access-control-expose-headers");
        assertThat(ask("GET /v1/models", "Origin: https://evil.example").headers())
                .doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void letsAnyPageInWhenConfiguredSo() throws Exception {
        cors = new Cors(List.of("*"));
        assertThat(ask("GET /nothing", "Origin: https://x.example").headers())
                .containsEntry("access-control-allow-origin", "*")
                .doesNotContainKey("access-control-allow-credentials");
    }
}
