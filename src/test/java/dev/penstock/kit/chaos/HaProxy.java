// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * HAProxy before the gateways, where it is installed: what many put there. It names the node in each answer ({@value #NODE}); an
 * answer without that name is HAProxy's own. It never sends a request to a second node once the first has taken it.
 */
final class HaProxy implements AutoCloseable {

    static final String NODE = "x-kit-node";

    private static final Duration START = Duration.ofSeconds(10);

    private final Process process;
    private final int port;

    private HaProxy(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Where it is installed, or null. */
    static Path program() {
        return Stream.of((System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin").split(":"))
                .map(folder -> Path.of(folder, "haproxy"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** Starts it before these ports of loopback; the configuration goes to {@code folder}. */
    static HaProxy before(Map<String, Integer> nodes, Path folder) {
        int port = MemberMesh.freePorts(1).getFirst();
        StringBuilder servers = new StringBuilder();
        nodes.forEach((name, node) -> servers.append("  server ")
                .append(name)
                .append(" 127.0.0.1:")
                .append(node)
                .append('\n'));
        Path config = folder.resolve("haproxy.cfg");
        try {
            Files.writeString(config, """
                    global
                      maxconn 4000
                      nbthread 1
                    defaults
                      mode http
                      timeout connect 1s
                      timeout check 500ms
                      timeout client 60s
                      timeout server 60s
                      retries 3
                      option redispatch 1
                      retry-on conn-failure
                    frontend in
                      bind 127.0.0.1:%d
                      default_backend nodes
                    backend nodes
                      balance roundrobin
                      option httpchk GET /readyz
                      http-response set-header %s %%s
                      default-server check inter 100ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
                    %s""".formatted(port, NODE, servers));
            Process process = new ProcessBuilder(List.of(program().toString(), "-db", "-f", config.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("haproxy.log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "haproxy-clean-up"));
            return new HaProxy(process, port).awaitReady();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    private HaProxy awaitReady() {
        long deadline = System.nanoTime() + START.toNanos();
        while (!ready()) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                close();
                throw new AssertionError("haproxy found no node; see haproxy.log");
            }
        }
        return this;
    }

    private boolean ready() {
        try (RawClient client = RawClient.connect(port, Duration.ofSeconds(2))) {
            return client.get("/readyz").readResponse().status() == 200;
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
