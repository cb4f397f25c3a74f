// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.penstock.kit.Balancer;
import dev.penstock.kit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class BalancerTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final Node a = new Node("a");
    private final Node b = new Node("b");
    private Balancer balancer;

    @BeforeEach
    void start() throws IOException {
        a.start(0);
        b.start(0);
        Map<String, Integer> ports = new LinkedHashMap<>();
        ports.put("a", a.port());
        ports.put("b", b.port());
        balancer = Balancer.before(ports).awaitIn(SOON, "a", "b");
    }

    @AfterEach
    void stop() {
        balancer.close();
        a.stop();
        b.stop();
    }

    @Test
    void givesConnectionsToOneNodeAfterTheOtherAndSaysToWhom() {
        TreeSet<String> served = new TreeSet<>();
        for (int i = 0; i < 4; i++) {
            try (RawClient client = RawClient.connect(balancer.port())) {
                String who = client.get("/who").readResponse().bodyText();
                served.add(who);
                assertThat(balancer.nodeOf(client.localPort())).isEqualTo(who);
            }
        }
        assertThat(served).containsExactly("a", "b");
    }

    @Test
    void sendsNothingToANodeThatIsNotReadyAndTakesItBack() {
        a.status.set(503);
        balancer.awaitIn(SOON, "b");
        for (int i = 0; i < 3; i++) {
            assertThat(who()).isEqualTo("b");
        }
        a.status.set(200);
        balancer.awaitIn(SOON, "a", "b");
    }

    @Test
    void goesToTheNextNodeWhenOneRefusesBeforeAnyCheckHasSeenIt() {
        a.stop();
        for (int i = 0; i < 3; i++) {
            assertThat(who()).isEqualTo("b");
        }
        balancer.awaitIn(SOON, "b");
    }

    @Test
    void resetsTheClientWhenNobodyIsLeft() {
        a.stop();
        b.stop();
        balancer.awaitIn(SOON);

        assertThat(RawClient.knock(balancer.port())).isEqualTo(RawClient.Closing.RST);
    }

    @Test
    void leavesOutANodeThatSaysNothingAndTakesItBackWhenItSpeaks() {
        a.quiet = new CountDownLatch(1);
        balancer.awaitIn(SOON, "b");
        a.quiet.countDown();
        balancer.awaitIn(SOON, "a", "b");
    }

    private String who() {
        try (RawClient client = RawClient.connect(balancer.port())) {
            return client.get("/who").readResponse().bodyText();
        }
    }

    /** Says its name to everybody and its state to those who ask for it. */
    private static final class Node {
        private final String name;
        private final AtomicInteger status = new AtomicInteger(200);
        private volatile CountDownLatch quiet = new CountDownLatch(0);
        private HttpServer server;

        Node(String name) {
            this.name = name;
        }

        void start(int port) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            server.createContext("/", exchange -> {
                boolean check = exchange.getRequestURI().getPath().equals("/readyz");
                awaitSpeech();
                byte[] body = name.getBytes();
                exchange.sendResponseHeaders(check ? status.get() : 200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
        }

        private void awaitSpeech() {
            try {
                quiet.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        int port() {
            return server.getAddress().getPort();
        }

        void stop() {
            server.stop(0);
        }
    }
}
