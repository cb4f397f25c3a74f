// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Header;
import dev.penstock.kit.NoticeReceiver;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RefusedPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether people hear of it, through the whole gateway. */
final class AlertsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static String config(NoticeReceiver receiver, int dead) {
        return """
                providers: {broken: {type: openai, base_url: "http://127.0.0.1:%d/v1", api_key: unused-key}}
                models: {chat: {targets: [broken/gpt-4o], breaker: {consecutive: 2, open_for: 1m}, retries: {attempts: 1}}}
                alerts:
                  to:
                    - {type: pagerduty, url: "%s", routing_key: "the-routing-key"}
                  rules:
                    out: {when: "targets.down > 1s", severity: critical}
                """.formatted(dead, receiver.url());
    }

    @Test
    void aModelWithoutATargetIsToldOfAndShown() throws Exception {
        try (NoticeReceiver receiver = NoticeReceiver.open();
                RefusedPort dead = RefusedPort.open();
                InProcess gateway = InProcess.start(config(receiver, dead.port()))) {
            for (int i = 0; i < 6; i++) {
                try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
                    client.post(
                                    "/v1/chat/completions",
                                    "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                            .readResponse();
                }
            }

            await(() -> !receiver.heard().isEmpty());

            JsonNode event = JSON.readTree(receiver.heard().getFirst().body());
            assertThat(event.at("/routing_key").asText()).isEqualTo("the-routing-key");
            assertThat(event.at("/dedup_key").asText()).isEqualTo("penstock/out/chat");
            assertThat(event.at("/payload/severity").asText()).isEqualTo("critical");
            String shown = gateway.admin("GET", "/admin/v1/alerts").body();
            assertThat(JSON.readTree(shown).at("/on/0/subject").asText()).isEqualTo("chat");
            assertThat(shown).doesNotContain("the-routing-key");
            await(() -> Scrape.of(gateway)
                    .samples()
                    .contains("penstock_alert_notices_total{receiver=\"pagerduty\",result=\"sent\"} 1.0"));
        }
    }

    @Test
    void aLedgerThatDoesNotReachItsStoreIsToldOf(@TempDir Path data) throws Exception {
        try (NoticeReceiver receiver = NoticeReceiver.open();
                RefusedPort away = RefusedPort.open();
                InProcess gateway = InProcess.start(
                        """
                        models: {chat: demo/demo}
                        tenants: {acme: {keys: [{id: acme-web, secret: a-key-of-the-file}]}}
                        auth: {pepper: a-pepper-of-all}
                        storage: "postgresql://penstock@127.0.0.1:%d/penstock?sslmode=disable"
                        alerts:
                          to: [{type: pagerduty, url: "%s", routing_key: "the-routing-key"}]
                          rules: {behind: {when: "ledger.behind >= 1s", severity: warning}}
                        """.formatted(away.port(), receiver.url()), Map.of("PENSTOCK_DATA", data.toString()))) {
            try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
                client.post(
                                "/v1/chat/completions",
                                "{\"model\":\"chat\",\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                                new Header("authorization", "Bearer a-key-of-the-file"))
                        .readResponse();
            }

            await(() -> !receiver.heard().isEmpty());

            JsonNode event = JSON.readTree(receiver.heard().getFirst().body());
            assertThat(event.at("/dedup_key").asText()).isEqualTo("penstock/behind/");
            assertThat(event.at("/payload/summary").asText()).contains("ledger.behind >= 1s");
        }
    }

    @Test
    void aTestReachesTheReceiverAndSaysSo() throws Exception {
        try (NoticeReceiver receiver = NoticeReceiver.open();
                RefusedPort dead = RefusedPort.open();
                InProcess gateway = InProcess.start(config(receiver, dead.port()))) {
            JsonNode tested =
                    JSON.readTree(gateway.admin("POST", "/admin/v1/alerts/test").body());

            assertThat(tested.at("/results/0/type").asText()).isEqualTo("pagerduty");
            assertThat(tested.at("/results/0/ok").asBoolean()).isTrue();
            assertThat(receiver.heard()
                            .getFirst()
                            .json()
                            .getJsonObject("payload")
                            .getString("summary"))
                    .contains("A test of alerts");
        }
    }

    private static void await(BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
