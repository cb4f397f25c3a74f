// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RefusedPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway whose store is away when it starts. */
final class StoreAwayTest {

    private static final String TENANTS = """
            models: {chat: demo/demo}
            tenants: {acme: {keys: [{id: acme-web, secret: a-key-of-the-file}]}}
            """;

    private static String storage(RefusedPort port) {
        return "storage: \"postgresql://penstock@127.0.0.1:" + port.port() + "/penstock?sslmode=disable\"\n";
    }

    private static int status(InProcess gateway, String key) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(
                            "/v1/chat/completions",
                            "{\"model\":\"chat\",\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                            new Header("authorization", "Bearer " + key))
                    .readResponse()
                    .status();
        }
    }

    @Test
    void servesTheKeysOfItsFileAndSaysThatTheStoreIsAway(@TempDir Path data) throws Exception {
        try (RefusedPort away = RefusedPort.open();
                InProcess gateway = InProcess.start(
                        TENANTS + storage(away) + "auth: {pepper: a-pepper-of-all}\n",
                        Map.of("PENSTOCK_DATA", data.toString()))) {
            assertThat(status(gateway, "a-key-of-the-file")).isEqualTo(200);
            assertThat(status(gateway, "ps-0123456789abcdef-made-at-run-time")).isEqualTo(401);
            assertThat(gateway.admin("GET", "/readyz?verbose").body()).contains("\"store\"", "down");
        }
    }

    @Test
    void doesNotStartWhereNobodyKnowsWhetherCallersNeedAKey() throws Exception {
        try (RefusedPort away = RefusedPort.open()) {
            assertThatThrownBy(() -> InProcess.start(
                            "models: {chat: demo/demo}\nauth: {pepper: a-pepper-of-all}\n" + storage(away)))
                    .hasStackTraceContaining("StoreFailed");
            assertThatThrownBy(() -> InProcess.start(TENANTS + storage(away))).hasStackTraceContaining("StoreFailed");
        }
    }
}
