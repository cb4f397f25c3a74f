// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keys that are made and taken back on one node of a cluster, on all of them; no store is shared. */
final class KeyClusterTest {

    private static final String ASK =
            "{\"model\":\"chat\",\"max_tokens\":4000,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Tell a very long story\"}]}";
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aKeyThatIsMadeReplacedOrRevokedOnOneNodeIsSoOnAllWithinASecond() throws Exception {
        List<Integer> ports = freePorts(6);
        try (InProcess first = node(ports, 0);
                InProcess second = node(ports, 1);
                InProcess third = node(ports, 2)) {
            await("joined", () -> List.of(first, second, third).stream()
                    .allMatch(each -> check(each).equals("joined, 3 members")));

            long from = System.nanoTime();
            JsonObject made = admin(first, "POST", "/admin/v1/keys", "{\"tenant\":\"acme\"}");
            String key = made.getString("key");
            await("accepted on all", () -> status(second, key) == 200 && status(third, key) == 200);
            assertThat(System.nanoTime() - from).isLessThan(SECOND);

            from = System.nanoTime();
            JsonObject next =
                    admin(second, "POST", "/admin/v1/keys/" + made.getString("id") + "/rotate", "{\"overlap\":\"0s\"}");
            await("replaced on all", () -> status(third, key) == 401 && status(third, next.getString("key")) == 200);
            assertThat(System.nanoTime() - from).isLessThan(SECOND);

            String id = next.getString("id");
            try (RawClient client = RawClient.connect(second.port(), Duration.ofSeconds(20))) {
                RawResponse open = client.post("/v1/chat/completions", ASK, bearer(next.getString("key")))
                        .response()
                        .readUntil("delta");
                from = System.nanoTime();
                admin(first, "DELETE", "/admin/v1/keys/" + id, "");
                open.readToEnd();
                await("refused on all", () -> status(third, next.getString("key")) == 401);
                assertThat(System.nanoTime() - from).isLessThan(SECOND);
                assertThat(open.bodyText()).contains("revoked_api_key");
            }

            try (InProcess late = node(freePorts(2), ports)) {
                assertThat(status(late, next.getString("key")))
                        .as("before its first call it knows")
                        .isEqualTo(401);
                assertThat(late.admin("GET", "/admin/v1/keys").body()).contains(id, "\"revoked\"");
            }
        }
    }

    @Test
    void callsOfAKeyThatVanishesFromTheFileAndOfATenantThatDoesEnd() throws Exception {
        String file = "providers: {slow: {type: demo, models: [x], tokens_per_second: 2}}\nmodels: {chat: slow/x}\n";
        String tenants = "tenants: {acme: {keys: [{id: one, secret: canary-one}, {id: two, secret: canary-two}]}, "
                + "other: {keys: [{id: three, secret: canary-three}]}}\n";
        try (InProcess gateway = InProcess.start(file + tenants);
                RawClient a = RawClient.connect(gateway.port());
                RawClient b = RawClient.connect(gateway.port());
                RawClient c = RawClient.connect(gateway.port())) {
            String made = admin(gateway, "POST", "/admin/v1/keys", "{\"tenant\":\"other\"}")
                    .getString("key");
            RawResponse goes = open(a, "canary-one");
            RawResponse stays = open(b, "canary-two");
            RawResponse ofTenant = open(c, made);

            gateway.write(file + "tenants: {acme: {keys: [{id: two, secret: canary-two}]}}\n");
            gateway.gateway().reload();

            assertThat(goes.readToEnd().bodyText()).contains("revoked_api_key");
            assertThat(ofTenant.readToEnd().bodyText()).contains("revoked_api_key");
            assertThat(stays.readAtLeast(stays.bodyText().length() + 1).bodyText())
                    .doesNotContain("revoked");
        }
    }

    private static RawResponse open(RawClient client, String key) throws Exception {
        return client.post("/v1/chat/completions", ASK, bearer(key)).response().readUntil("delta");
    }

    private static JsonObject admin(InProcess node, String method, String path, String body) {
        var answer = node.admin(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return new JsonObject(answer.body());
    }

    private static int status(InProcess node, String key) {
        try (RawClient client = RawClient.connect(node.port())) {
            return client.get("/v1/models", bearer(key)).response().readToEnd().status();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Header bearer(String key) {
        return new Header("authorization", "Bearer " + key);
    }

    private static String check(InProcess gateway) {
        return new JsonObject(gateway.admin("GET", "/readyz?verbose").body())
                .getJsonObject("checks")
                .getJsonObject("cluster")
                .getString("detail");
    }

    private static InProcess node(List<Integer> ports, int index) {
        return node(ports.subList(2 * index, 2 * index + 2), ports);
    }

    private static InProcess node(List<Integer> own, List<Integer> ports) {
        List<String> members = IntStream.range(0, ports.size() / 2)
                .mapToObj(i -> "\"127.0.0.1:" + ports.get(2 * i) + "\"")
                .toList();
        return InProcess.start(
                "providers: {slow: {type: demo, models: [x], tokens_per_second: 20}}\nmodels: {chat: slow/x}\n"
                        + "auth: {pepper: \"${PEPPER}\"}\ntenants: {acme: {}}\n"
                        + "cluster: {enabled: true, name: test, members: " + members + ", port: " + own.get(0)
                        + ", bus_port: " + own.get(1) + "}\n",
                Map.of("PEPPER", "the-same-pepper-on-all-nodes"));
    }

    private static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within " + PATIENCE);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            List<Integer> free = held.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : held) {
                socket.close();
            }
            return free;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
