// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Flips on one node of a cluster are in force on all, the late ones included. */
final class SwitchClusterTest {

    private static final String ASK =
            "{\"model\":\"chat\",\"max_tokens\":4000,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Tell a very long story\"}]}";
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aFlipIsInForceOnAllNodesWithinASecondAndOnTheOneThatComesLater() {
        List<Integer> ports = MemberMesh.freePorts(6);
        try (InProcess first = InProcess.start(node(ports, 0));
                InProcess second = InProcess.start(node(ports, 1))) {
            Peers.awaitJoined(PATIENCE, List.of(first, second));
            try (RawClient one = RawClient.connect(first.port(), Duration.ofSeconds(20));
                    RawClient two = RawClient.connect(second.port(), Duration.ofSeconds(20))) {
                RawResponse here =
                        one.post("/v1/chat/completions", ASK).response().readUntil("delta");
                RawResponse there =
                        two.post("/v1/chat/completions", ASK).response().readUntil("delta");

                long from = System.nanoTime();
                first.admin("PUT", "/admin/v1/switches/model.chat", "{\"state\":\"disabled\",\"reason\":\"drill\"}");
                here.readToEnd();
                there.readToEnd();

                assertThat(System.nanoTime() - from).isLessThan(SECOND);
                assertThat(here.bodyText()).contains("is switched off: drill.");
                assertThat(there.bodyText()).contains("is switched off: drill.");
                assertThat(second.chat(ASK).statusCode()).isEqualTo(503);
            }
            JsonObject told = chat(second);
            assertThat(told.getString("by")).isEqualTo("local");
            assertThat(told.getString("node")).isEqualTo(first.gateway().link().node());

            try (InProcess third = InProcess.start(node(ports, 2))) {
                assertThat(third.chat(ASK).statusCode())
                        .as("before its first call it knows")
                        .isEqualTo(503);

                long back = System.nanoTime();
                third.admin("DELETE", "/admin/v1/switches/model.chat");
                await("enabled everywhere", () -> chat(first) == null && chat(second) == null);
                assertThat(System.nanoTime() - back).isLessThan(SECOND);
            }
        }
    }

    /** Null where nobody has spoken of it. */
    private static JsonObject chat(InProcess gateway) {
        JsonArray all =
                new JsonObject(gateway.admin("GET", "/admin/v1/switches").body()).getJsonArray("switches");
        return IntStream.range(0, all.size())
                .mapToObj(all::getJsonObject)
                .filter(each -> each.getString("object").equals("model.chat"))
                .findFirst()
                .orElse(null);
    }

    private static String node(List<Integer> ports, int index) {
        return "providers: {slow: {type: demo, models: [x], tokens_per_second: 20}}\nmodels: {chat: slow/x}\n"
                + Peers.section("test", ports, index);
    }

    private static void await(String what, BooleanSupplier holds) {
        Peers.await(what, PATIENCE, holds);
    }
}
