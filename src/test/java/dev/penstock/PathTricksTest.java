// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spellings of protected paths by which other gateways were entered without a key: whatever they mean here, nothing is told. */
final class PathTricksTest {

    private static InProcess gateway;

    @BeforeAll
    static void start() {
        gateway = InProcess.start("""
                server: {port: 0, admin: "127.0.0.1:0", admin_token: canary-token-2, drain_delay: 0s, drain: 4s}
                providers: {hidden-provider: {type: demo, models: [hidden-model]}}
                tenants: {acme: {keys: [{id: hidden-key, secret: canary-secret-3}]}}
                """);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static void isKeptFrom(int port, String line, String more) {
        try (RawClient client = RawClient.connect(port)) {
            String request = line + " HTTP/1.1\r\nhost: localhost\r\n" + more + "content-length: 0\r\n\r\n";
            RawResponse answer =
                    client.send(request.getBytes(StandardCharsets.ISO_8859_1)).readResponse();
            assertThat(answer.status()).as(line).isBetween(400, 499);
            assertThat(answer.toString() + answer.bodyText()).doesNotContain("hidden", "canary");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /admin/v1/keys",
                "GET //admin/v1/keys",
                "GET /admin//v1/keys",
                "GET /admin/v1/keys/",
                "GET /admin/v1/keys;a=b",
                "GET /admin/v1/keys%20",
                "GET /livez/../admin/v1/keys",
                "GET /livez/..;/admin/v1/keys",
                "GET /livez/%2e%2e/admin/v1/keys",
                "GET /livez%2f..%2fadmin/v1/keys",
                "GET /./admin/v1/config",
                "GET /%61dmin/v1/config",
                "GET /ADMIN/v1/config",
                "GET /admin/v1/config?verbose",
                "GET /admin/v1/config%3fverbose",
                "GET /admin/v1/config%00/livez",
                "GET /admin/v1/config/.././config",
                "OPTIONS /admin/v1/keys",
                "TRACE /admin/v1/keys",
                "POST /admin/v1/keys",
                "PUT /admin/v1/keys",
                "DELETE /admin/v1/keys/hidden-key",
                "POST /livez/../admin/v1/config/reload",
                "GET http://localhost/admin/v1/keys"
            })
    void theAdminListenerTellsNothing(String line) {
        int port = gateway.gateway().admin().getPort();
        isKeptFrom(port, line, "");
        isKeptFrom(port, line, "x-original-url: /livez\r\nx-rewrite-url: /livez\r\nx-http-method-override: GET\r\n");
        isKeptFrom(port, line, "authorization: Bearer wrong\r\nauthorization: Bearer canary-token-2\r\n");
        isKeptFrom(port, line, "x-api-key: canary-token-2\r\ncookie: authorization=canary-token-2\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/models",
                "GET //v1/models",
                "GET /v1//models",
                "GET /v1/models/",
                "GET /v1/models;a=b",
                "GET /livez/../v1/models",
                "GET /livez/%2e%2e/v1/models",
                "GET /livez/..%2fv1/models",
                "GET /%761/models",
                "GET /V1/MODELS",
                "GET /v1/models%00",
                "GET /v1/models/hidden-provider/hidden-model",
                "POST /v1/chat/completions",
                "POST //v1/chat/completions",
                "POST /v1/chat/completions/",
                "POST /livez/../v1/chat/completions",
                "POST /v1/%63hat/completions",
                "GET http://localhost/v1/models"
            })
    void theApiListenerTellsNothing(String line) {
        isKeptFrom(gateway.port(), line, "");
        isKeptFrom(gateway.port(), line, "x-original-url: /livez\r\nx-rewrite-url: /livez\r\n");
        isKeptFrom(gateway.port(), line, "authorization: Bearer canary-token-2\r\n");
        isKeptFrom(gateway.port(), line, "proxy-authorization: Bearer canary-secret-3\r\n");
    }
}
