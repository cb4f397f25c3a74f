// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.Header;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderProgram;
import dev.penstock.kit.RawClient;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One gateway by itself, and three in one cluster over the kit's mesh, all with the same tenants and one provider of the kit. */
final class QuotaNodes implements AutoCloseable {

    static final List<String> THREE = List.of("a", "b", "c");
    static final String ALONE = "alone";

    private static final long PATIENCE_MILLIS = 60_000;
    private static final long START_MILLIS = 240_000;

    private final MemberMesh mesh = MemberMesh.of(THREE, 1, MemberMesh.MEMBERS, MemberMesh.EVENTS);
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, Integer> admins = new LinkedHashMap<>();
    private final Map<String, GatewayProcess> processes = new LinkedHashMap<>();
    private final GatewayProcess provider;

    private QuotaNodes() {
        provider = GatewayProcess.ofMain(ProviderProgram.class)
                .jvm("-Xmx192m")
                .arguments("quota", "0", "5")
                .start();
    }

    /** @param tenants the section of that name, as YAML */
    static QuotaNodes start(String tenants) {
        QuotaNodes nodes = new QuotaNodes();
        List<String> names = new ArrayList<>(THREE);
        names.add(ALONE);
        List<Integer> free = MemberMesh.freePorts(2 * names.size());
        for (int i = 0; i < names.size(); i++) {
            nodes.ports.put(names.get(i), free.get(2 * i));
            nodes.admins.put(names.get(i), free.get(2 * i + 1));
        }
        try {
            String upstream = nodes.provider.api().toString();
            names.forEach(name -> nodes.launch(name, upstream, tenants));
            if (!Wait.until(START_MILLIS, () -> names.stream()
                    .allMatch(name -> Gate.status(nodes.port(name), "/readyz") == 200))) {
                throw new IllegalStateException("not all gateways became ready");
            }
            if (!nodes.awaitMembers(3, THREE)) {
                throw new IllegalStateException("three gateways did not become one cluster");
            }
            return nodes;
        } catch (AssertionError | RuntimeException failed) {
            nodes.processes.forEach((name, process) -> System.out.println(name + ": " + process.stderr()));
            nodes.close();
            throw failed;
        }
    }

    int port(String node) {
        return ports.get(node);
    }

    MemberMesh mesh() {
        return mesh;
    }

    void kill(String node) {
        processes.get(node).kill();
    }

    boolean awaitMembers(int count, List<String> nodes) {
        return Wait.until(PATIENCE_MILLIS, () -> nodes.stream().allMatch(node -> members(node) == count));
    }

    /** What that tenant's calls cost, by the request logs of these nodes, in billionths of a dollar. */
    long nanoUsd(List<String> nodes, String tenant) {
        return nodes.stream()
                .flatMap(node -> processes.get(node).stdout().stream())
                .mapToLong(line -> nanoUsd(line, tenant))
                .sum();
    }

    private static long nanoUsd(String line, String tenant) {
        if (!line.contains("\"tenant\":\"" + tenant + "\"")) {
            return 0;
        }
        try {
            return new JsonObject(line).getJsonObject("penstock").getLong("cost_nano_usd", 0L);
        } catch (DecodeException cut) {
            return 0;
        }
    }

    private int members(String node) {
        try (RawClient client = RawClient.connect(admins.get(node), Duration.ofMillis(500))) {
            String body = client.get("/admin/v1/cluster", new Header("connection", "close"))
                    .readResponse()
                    .bodyText();
            return new JsonObject(body).getJsonArray("members", new JsonArray()).size();
        } catch (UncheckedIOException | DecodeException silent) {
            return -1;
        }
    }

    private void launch(String name, String upstream, String tenants) {
        StringBuilder text = new StringBuilder("""
                server: {port: %d, admin: "127.0.0.1:%d", drain_delay: 0s}
                providers:
                  well: {type: openai, base_url: "%s", usage_in_stream: true, price: {input: 1000, output: 1000}}
                  slow: {type: demo, models: [x], tokens_per_second: 10}
                models: {paid: well/x, slow: slow/x}
                tenants:
                """.formatted(ports.get(name), admins.get(name), upstream));
        text.append(tenants.indent(2));
        if (!name.equals(ALONE)) {
            text.append("""
                    cluster:
                      enabled: true
                      name: quota
                      discovery: tcp
                      interface: 127.0.0.1
                      members: [%s]
                      port: %d
                      bus_port: %d
                      public_address: "127.0.0.1:%d"
                      bus_public_address: "127.0.0.1:%d"
                    """.formatted(
                            String.join(", ", quoted(mesh.addresses(MemberMesh.MEMBERS))),
                            mesh.realPort(name, MemberMesh.MEMBERS),
                            mesh.realPort(name, MemberMesh.EVENTS),
                            mesh.publicPort(name, MemberMesh.MEMBERS),
                            mesh.publicPort(name, MemberMesh.EVENTS)));
        }
        var file = Bench.work().resolve("quota-" + name + ".yaml");
        Gate.write(file, text.toString());
        GatewayProcess process = GatewayProcess.fromJar(Bench.jar())
                .jvm("-Xmx256m", "-XX:TieredStopAtLevel=4")
                .environment("HOSTNAME", name)
                .arguments("serve", "-f", file.toString())
                .start();
        if (!name.equals(ALONE)) {
            mesh.joined(name, process.pid());
        }
        processes.put(name, process);
    }

    private static List<String> quoted(List<String> all) {
        return all.stream().map(each -> '"' + each + '"').toList();
    }

    @Override
    public void close() {
        processes.values().forEach(GatewayProcess::close);
        provider.close();
        mesh.close();
    }
}
