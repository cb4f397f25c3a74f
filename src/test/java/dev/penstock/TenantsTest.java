// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A caller is the tenant whose key it sends, from the first request after the key is in the file to the last before it is not. */
final class TenantsTest {

    private static final String ASK =
            "{\"model\":\"demo/demo\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private InProcess gateway;

    @BeforeEach
    void start() {
        gateway = InProcess.start(tenants("a-web-key", "d-one-key"));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static String tenants(String acme, String duck) {
        return "tenants:\n  acme: {region: eu, keys: [{id: acme-web, secret: " + acme + "}]}\n"
                + "  duck: {keys: [{id: duck-1, secret: " + duck + "}]}\n";
    }

    private int status(String path, Header... key) throws IOException {
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post(path, ASK, key).response().readToEnd();
            return response.status();
        }
    }

    private String tenant() {
        JsonNode line = gateway.awaitSettlement();
        assertThat(line.toString()).doesNotContain("-key");
        return line.at("/penstock/tenant").asText("none");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, authorization, Bearer a-web-key, acme",
        "/v1/chat/completions, x-goog-api-key, d-one-key, duck",
        "/v1/messages, x-api-key, d-one-key, duck"
    })
    void theRequestLogNamesTheTenantAndNoKey(String path, String field, String key, String expected)
            throws IOException {
        assertThat(status(path, new Header(field, key))).isEqualTo(200);
        assertThat(tenant()).isEqualTo(expected);
    }

    @Test
    void nobodyPassesWithoutAKeyOrWithAWrongOneOrWithTwo() throws IOException {
        assertThat(status("/v1/chat/completions")).isEqualTo(401);
        assertThat(tenant()).isEqualTo("none");
        assertThat(status("/v1/chat/completions", new Header("authorization", "Bearer other-key")))
                .isEqualTo(401);
        assertThat(tenant()).isEqualTo("none");
        assertThat(status(
                        "/v1/chat/completions",
                        new Header("authorization", "Bearer a-web-key"),
                        new Header("x-api-key", "d-one-key")))
                .isEqualTo(401);
        assertThat(tenant()).isEqualTo("none");
        assertThat(status(
                        "/v1/chat/completions",
                        new Header("x-api-key", "a-web-key"),
                        new Header("x-api-key", "other-key")))
                .isEqualTo(401);
        assertThat(gateway.get("/v1/models").statusCode()).isEqualTo(401);
    }

    @Test
    void aReloadChangesTheKeys() throws IOException {
        gateway.write(tenants("n-web-key", "a-web-key"));

        assertThat(gateway.admin("POST", "/admin/v1/config/reload").body())
                .contains("tenants.acme.keys[0].secret")
                .doesNotContain("-key");

        assertThat(status("/v1/chat/completions", new Header("authorization", "Bearer n-web-key")))
                .isEqualTo(200);
        assertThat(tenant()).isEqualTo("acme");
        assertThat(status("/v1/chat/completions", new Header("authorization", "Bearer a-web-key")))
                .isEqualTo(200);
        assertThat(tenant()).isEqualTo("duck");
        assertThat(status("/v1/chat/completions", new Header("authorization", "Bearer d-one-key")))
                .isEqualTo(401);
    }

    @Test
    void theAdminApiShowsNoKey() {
        assertThat(gateway.admin("GET", "/admin/v1/config").body()).doesNotContain("a-web-key", "d-one-key");
    }
}
