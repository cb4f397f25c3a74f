// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.MemberMesh;
import dev.penstock.resilience.BreakerAnnouncements;
import dev.penstock.resilience.BreakerNotice;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole gateways as nodes of a cluster. */
final class ClusterGatewayTest {

    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @Test
    void twoGatewaysAreOneClusterUntilOneOfThemGoes() throws Exception {
        List<Integer> ports = MemberMesh.freePorts(4);
        try (InProcess first = InProcess.start(cluster(ports.get(0), ports.get(1), ports, ""))) {
            assertThat(Peers.check(first)).isEqualTo("alone, no other member");
            assertThat(first.admin("GET", "/readyz").statusCode()).isEqualTo(200);

            try (InProcess second = InProcess.start(cluster(ports.get(2), ports.get(3), ports, ""))) {
                await("joined", () -> Peers.check(first).equals("joined, 2 members"));
                assertThat(Peers.check(second)).isEqualTo("joined, 2 members");
                await(
                        "equal versions",
                        () -> versions(first).size() == 2 && !view(first).getBoolean("config_differs"));
                JsonObject view = view(first);
                assertThat(view.getString("state")).isEqualTo("joined");
                assertThat(view.getString("name")).isEqualTo("test");
                assertThat(view.getBoolean("alone")).isFalse();
                assertThat(members(view))
                        .filteredOn(member -> member.getBoolean("self"))
                        .singleElement()
                        .satisfies(self -> {
                            assertThat(self.getString("address")).isEqualTo("127.0.0.1:" + ports.get(0));
                            assertThat(self.getString("node"))
                                    .isEqualTo(first.gateway().link().node());
                        });

                noticesReachTheOther(first, second);

                second.write(cluster(ports.get(2), ports.get(3), ports, "models: {other: demo/demo}\n"));
                assertThat(second.admin("POST", "/admin/v1/config/reload").statusCode())
                        .isEqualTo(200);
                await("different versions", () -> view(first).getBoolean("config_differs"));
                assertThat(members(view(first)))
                        .filteredOn(member -> member.getBoolean("config_differs"))
                        .hasSize(1);
                assertThat(Scrape.of(first).samples()).contains("penstock_cluster_members 2.0");
                assertThat(first.chat(CHAT).statusCode()).isEqualTo(200);
                assertThat(second.chat(CHAT).statusCode()).isEqualTo(200);
            }
            await("alone again", () -> Peers.check(first).equals("alone, no other member"));
            assertThat(first.admin("GET", "/readyz").statusCode()).isEqualTo(200);
            assertThat(first.chat(CHAT).statusCode()).isEqualTo(200);
        }
    }

    private static void noticesReachTheOther(InProcess first, InProcess second) throws Exception {
        BlockingQueue<BreakerNotice> heard = new LinkedBlockingQueue<>();
        second.gateway().link().hear(heard::add);
        BreakerNotice notice = new BreakerNotice(
                "demo/demo",
                true,
                Duration.ofSeconds(30),
                "5 in a row",
                first.gateway().link().node(),
                1);

        first.gateway().link().announcements().announce(notice);

        BreakerNotice told = heard.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(told).usingRecursiveComparison().ignoringFields("remaining").isEqualTo(notice);
        assertThat(told.remaining()).isBetween(Duration.ofSeconds(15), notice.remaining());
        await("on the list", () -> !view(second).getJsonArray("breakers").isEmpty());
        JsonObject breaker = view(second).getJsonArray("breakers").getJsonObject(0);
        assertThat(breaker.getString("breaker")).isEqualTo("demo/demo");
        assertThat(breaker.getString("owner")).isEqualTo(first.gateway().link().node());
        assertThat(breaker.getInteger("seconds_left")).isBetween(1, 30);
    }

    @Test
    void aClusterThatCannotBeStartedEndsTheStartOrIsDoneWithoutAsConfigured() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            List<Integer> ports = List.of(port);

            assertThatThrownBy(() -> InProcess.start(cluster(port, 0, ports, "")))
                    .rootCause()
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("cluster.port");
            try (InProcess alone =
                    InProcess.start(cluster(port, 0, ports, "").replace(", port:", ", required: false, port:"))) {
                assertThat(Peers.check(alone))
                        .startsWith("alone: the cluster \"test\" did not start at 127.0.0.1:" + port);
                assertThat(view(alone).getString("state")).isEqualTo("down");
                assertThat(alone.admin("GET", "/readyz").statusCode()).isEqualTo(200);
                assertThat(alone.chat(CHAT).statusCode()).isEqualTo(200);
                assertThat(alone.gateway().link().announcements()).isSameAs(BreakerAnnouncements.ALONE);
            }
        }
    }

    @Test
    void aBusPortInUseLeavesNoMemberBehind() throws Exception {
        List<Integer> ports = MemberMesh.freePorts(1);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> InProcess.start(cluster(ports.get(0), taken.getLocalPort(), ports, "")))
                    .rootCause()
                    .hasMessageContaining("cluster.bus_port")
                    .hasMessageContaining("Address already in use");
        }
        assertThatNobodyListensAt(ports.get(0));
    }

    @Test
    void aBusPortInUseIsDoneWithoutAsConfigured() throws Exception {
        List<Integer> ports = MemberMesh.freePorts(1);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                InProcess alone = InProcess.start(cluster(ports.get(0), taken.getLocalPort(), ports, "")
                        .replace(", port:", ", required: false, port:"))) {
            assertThat(Peers.check(alone))
                    .startsWith("alone: the bus between nodes did not start at 127.0.0.1:" + taken.getLocalPort());
            assertThat(view(alone).getString("state")).isEqualTo("down");
            assertThat(alone.admin("GET", "/readyz").statusCode()).isEqualTo(200);
            assertThat(alone.chat(CHAT).statusCode()).isEqualTo(200);
            assertThatNobodyListensAt(ports.get(0));
        }
    }

    private static void assertThatNobodyListensAt(int port) throws IOException {
        try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(free.isBound()).isTrue();
        }
    }

    /**
     * It costs a second and tens of megabytes that a node alone has no use for. Vert.x itself looks at the class of the cluster
     * manager, which it finds on the class path, and with it at a handful of types.
     */
    @Test
    void withoutAClusterNothingOfItIsLoaded(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes.txt");
        Path file = Files.writeString(
                folder.resolve("penstock.yaml"), "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s}\n");
        try (GatewayProcess gateway = GatewayProcess.fromClassPath()
                .jvm("-Xlog:class+load:file=" + classes)
                .arguments("serve", "-f", file.toString())
                .start()) {
            assertThat(gateway.api()).isNotNull();
            gateway.terminate();
            assertThat(gateway.awaitExit(Duration.ofSeconds(20))).isZero();
        }

        try (Stream<String> lines = Files.lines(classes)) {
            assertThat(lines.filter(line -> line.contains(" com.hazelcast.")))
                    .hasSizeLessThan(10)
                    .noneMatch(line -> line.matches(".* com\\.hazelcast\\.(internal|instance|spi|map)\\..*")
                            || line.contains(" com.hazelcast.core.Hazelcast "));
        }
    }

    private static String cluster(int port, int busPort, List<Integer> ports, String more) {
        return more + Peers.section("test", ports, port, busPort);
    }

    private static JsonObject view(InProcess gateway) {
        return new JsonObject(gateway.admin("GET", "/admin/v1/cluster").body());
    }

    private static List<JsonObject> members(JsonObject view) {
        JsonArray members = view.getJsonArray("members");
        return IntStream.range(0, members.size())
                .mapToObj(members::getJsonObject)
                .toList();
    }

    private static List<String> versions(InProcess gateway) {
        return members(view(gateway)).stream()
                .map(member -> member.getString("config_version"))
                .filter(version -> version != null)
                .toList();
    }

    private static void await(String what, BooleanSupplier holds) {
        Peers.await(what, PATIENCE, holds);
    }
}
