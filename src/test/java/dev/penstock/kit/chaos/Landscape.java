// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import dev.penstock.kit.Balancer;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Some gateways behind a balancer, two providers behind the gateways, and a net between the gateways that can be torn: every
 * party is a process of its own, on a port that stays the same over its lives. Methods block until what they say has happened.
 */
public final class Landscape implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> PROVIDERS = List.of("A", "B");

    /** Lines that make the gateways one cluster over the mesh; for {@link Plan#more}. */
    public static final String CLUSTER = """
            cluster:
              enabled: true
              name: kit
              discovery: tcp
              interface: 127.0.0.1
              members: [<members>]
              port: <port>
              bus_port: <events_port>
              public_address: "127.0.0.1:<public_port>"
              bus_public_address: "127.0.0.1:<events_public_port>"
            """;

    private final Plan plan;
    private final MemberMesh mesh;
    private final Map<String, Integer> nodePorts = new LinkedHashMap<>();
    private final Map<String, Integer> adminPorts = new LinkedHashMap<>();
    private final Map<String, Integer> providerPorts = new LinkedHashMap<>();
    private final Map<String, GatewayProcess> nodes = new ConcurrentHashMap<>();
    private final Map<String, GatewayProcess> providers = new ConcurrentHashMap<>();
    private final List<Life> lives = new CopyOnWriteArrayList<>();
    private final List<Outage> outages = new CopyOnWriteArrayList<>();
    private final Balancer balancer;
    private HaProxy haProxy;
    private int edition;

    private record Life(String node, GatewayProcess process) {}

    /**
     * What is to be set up.
     *
     * @param nodes names of the gateways
     * @param gateway makes a builder of the gateway's process
     * @param folder where configurations go
     * @param gap of the providers, between tokens
     * @param seed of the net between the gateways
     * @param more lines added to each node's configuration, see {@link #fill}; empty for gateways that know nothing of each
     *     other
     * @param chat settings of the model {@code chat} beside its targets, as YAML in braces without the braces
     * @param haProxy whether calls go through HAProxy instead of the kit's own balancer
     */
    public record Plan(
            List<String> nodes,
            Supplier<GatewayProcess.Builder> gateway,
            Path folder,
            Duration gap,
            long seed,
            String more,
            String chat,
            boolean haProxy) {

        /** The same before HAProxy, where that is installed. */
        public Plan throughHaProxy() {
            return new Plan(nodes, gateway, folder, gap, seed, more, chat, HaProxy.program() != null);
        }
    }

    private Landscape(Plan plan) {
        this.plan = plan;
        this.mesh = MemberMesh.of(plan.nodes(), plan.seed(), MemberMesh.MEMBERS, MemberMesh.EVENTS);
        List<Integer> free = MemberMesh.freePorts(plan.nodes().size() * 2 + PROVIDERS.size());
        int next = 0;
        for (String node : plan.nodes()) {
            nodePorts.put(node, free.get(next++));
            adminPorts.put(node, free.get(next++));
        }
        for (String provider : PROVIDERS) {
            providerPorts.put(provider, free.get(next++));
        }
        this.balancer = Balancer.before(nodePorts);
    }

    /** Starts everybody and waits until every node serves. */
    public static Landscape start(Plan plan) {
        Landscape landscape = new Landscape(plan);
        try {
            PROVIDERS.forEach(landscape::startProvider);
            plan.nodes().forEach(landscape::launch);
            landscape.balancer.awaitIn(PATIENCE, plan.nodes().toArray(String[]::new));
            if (plan.haProxy()) {
                landscape.haProxy = HaProxy.before(landscape.nodePorts, plan.folder());
            }
            return landscape;
        } catch (AssertionError | RuntimeException failed) {
            landscape.close();
            throw failed;
        }
    }

    public List<String> providers() {
        return PROVIDERS;
    }

    /** A client whose calls go to whoever stands before the nodes. */
    public Caller caller(Duration patience) {
        return haProxy == null
                ? new Caller(balancer.port(), patience, balancer::nodeOf)
                : new Caller(haProxy.port(), patience, port -> "");
    }

    public MemberMesh mesh() {
        return mesh;
    }

    /** Where that node's admin listener is. */
    public int adminPort(String node) {
        return adminPorts.get(node);
    }

    public int port(String node) {
        return nodePorts.get(node);
    }

    public int providerPort(String provider) {
        return providerPorts.get(provider);
    }

    /** SIGKILL. The moment stands in {@link #outages} as the beginning of an outage without an end. */
    public void killNode(String node) {
        away(node, Outage.Kind.KILLED);
        nodes.get(node).kill().awaitExit(PATIENCE);
    }

    /** SIGTERM, and waits until the process has left by itself. */
    public int drainNode(String node) {
        away(node, Outage.Kind.TERMINATED);
        return nodes.get(node).terminate().awaitExit(PATIENCE);
    }

    /** Starts a node that has ended, and waits until the balancer gives it connections. */
    public void startNode(String node) {
        launch(node);
        awaitIn(node);
        back(node);
    }

    public void pauseNode(String node) {
        away(node, Outage.Kind.PAUSED);
        nodes.get(node).pause();
    }

    public void resumeNode(String node) {
        nodes.get(node).resume();
        awaitIn(node);
        back(node);
    }

    public void killProvider(String provider) {
        providers.get(provider).kill().awaitExit(PATIENCE);
    }

    public void startProvider(String provider) {
        GatewayProcess program = GatewayProcess.ofMain(ProviderProgram.class)
                .jvm("-Xmx192m", "-XX:+UseSerialGC", "-XX:-UseG1GC")
                .arguments(
                        provider,
                        Integer.toString(providerPorts.get(provider)),
                        Long.toString(plan.gap().toMillis()))
                .start();
        providers.put(provider, program);
        program.api();
    }

    public void pauseProvider(String provider) {
        providers.get(provider).pause();
    }

    public void resumeProvider(String provider) {
        providers.get(provider).resume();
    }

    /**
     * Writes every node's configuration anew, with another model, and tells those that serve to read it. A program that is only
     * starting has no ear for SIGHUP yet and would die of it; it reads the new file anyway.
     */
    public synchronized void reload() {
        edition++;
        for (String node : plan.nodes()) {
            write(node);
            if (balancer.in().contains(node)) {
                nodes.get(node).signal("HUP");
            }
        }
    }

    /** What was done to nodes so far; the end of one that is not back yet is far away. */
    public List<Outage> outages() {
        return List.copyOf(outages);
    }

    /** Drains all nodes, so that every line of their logs is written. Gives those that did not leave with 0. */
    public List<String> drainAll() {
        List<String> bad = new ArrayList<>();
        nodes.values().forEach(GatewayProcess::terminate);
        nodes.forEach((node, process) -> {
            int code = process.awaitExit(PATIENCE);
            if (code != 0) {
                bad.add(node + " left with " + code);
            }
        });
        return bad;
    }

    /** Every settlement of every life of every node. */
    public List<Settled> settlements() {
        return lives.stream()
                .flatMap(life -> life.process.stdout().stream().flatMap(line -> Settled.of(life.node, line).stream()))
                .toList();
    }

    /** Lines of the nodes' outputs that are no settlements: for the reader of a run that went wrong. */
    public List<String> otherLines() {
        return lives.stream()
                .flatMap(life -> java.util.stream.Stream.concat(
                                life.process.stdout().stream().filter(line -> !line.contains("\"penstock.request\"")),
                                life.process.stderr().stream())
                        .map(line -> life.node + "  " + line))
                .toList();
    }

    @Override
    public void close() {
        lives.forEach(life -> life.process.close());
        providers.values().forEach(GatewayProcess::close);
        if (haProxy != null) {
            haProxy.close();
        }
        balancer.close();
        mesh.close();
    }

    private void launch(String node) {
        write(node);
        GatewayProcess process = plan.gateway()
                .get()
                .jvm("-Xmx256m")
                .environment("HOSTNAME", node)
                .arguments("serve", "-f", file(node).toString())
                .start();
        mesh.joined(node, process.pid());
        nodes.put(node, process);
        lives.add(new Life(node, process));
    }

    private void awaitIn(String node) {
        GatewayProcess process = nodes.get(node);
        try {
            balancer.awaitNode(PATIENCE, node, process::alive);
        } catch (AssertionError late) {
            throw new AssertionError(node + " does not come back:\n" + String.join("\n", process.stderr()), late);
        }
    }

    private void away(String node, Outage.Kind kind) {
        outages.add(new Outage(node, kind, System.currentTimeMillis(), Long.MAX_VALUE));
    }

    private void back(String node) {
        long now = System.currentTimeMillis();
        outages.replaceAll(each -> each.node().equals(node) && each.toMillis() == Long.MAX_VALUE
                ? new Outage(node, each.kind(), each.fromMillis(), now)
                : each);
    }

    private Path file(String node) {
        return plan.folder().resolve("node-" + node + ".yaml");
    }

    private void write(String node) {
        String text = """
                server:
                  port: %d
                  admin: 127.0.0.1:%d
                  drain_delay: 400ms
                  drain: 20s
                providers:
                  A: {type: openai, base_url: "http://127.0.0.1:%d/v1", usage_in_stream: true}
                  B: {type: openai, base_url: "http://127.0.0.1:%d/v1", usage_in_stream: true}
                models:
                  chat: {targets: [A/x, B/x], %s}
                  edition-%d: B/x
                """.formatted(
                        nodePorts.get(node),
                        adminPorts.get(node),
                        providerPorts.get("A"),
                        providerPorts.get("B"),
                        plan.chat(),
                        edition);
        try {
            // The watcher must never see half a file.
            Path fresh = plan.folder().resolve("node-" + node + ".new");
            Files.writeString(fresh, text + fill(plan.more(), node));
            Files.move(fresh, file(node), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Replaces what stands in {@code <...>} by this node's values: {@code node}, {@code members} (the public addresses of all,
     * quoted, with commas), {@code port} and {@code public_port} of Hazelcast, {@code events_port} and
     * {@code events_public_port} of the event bus.
     */
    String fill(String template, String node) {
        Map<String, String> values = Map.of(
                "node", node,
                "members", "\"" + String.join("\", \"", mesh.addresses(MemberMesh.MEMBERS)) + "\"",
                "port", Integer.toString(mesh.realPort(node, MemberMesh.MEMBERS)),
                "public_port", Integer.toString(mesh.publicPort(node, MemberMesh.MEMBERS)),
                "events_port", Integer.toString(mesh.realPort(node, MemberMesh.EVENTS)),
                "events_public_port", Integer.toString(mesh.publicPort(node, MemberMesh.EVENTS)));
        return Pattern.compile("<(\\w+)>")
                .matcher(template)
                .replaceAll(found -> values.getOrDefault(found.group(1), found.group()));
    }
}
