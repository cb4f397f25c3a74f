// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real connections with an idle time of a tenth of a second: who is cut, and who may be silent for longer. */
final class ConnectionIdleTest {

    private static final int LONG_THOUGHT_MILLIS = 700;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    private static final byte[] NO_WINDOW = {0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0};

    private final Vertx vertx = Vertx.vertx();
    private HttpServer server;

    @BeforeEach
    void open() throws Exception {
        EdgeLimits limits = new EdgeLimits(
                8192, 32768, 100, Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofSeconds(1), 4096);
        server = EdgeServer.create(vertx, ServerOptions.of(EdgeFixture.config(null)), limits, EdgeListener.NONE);
        server.requestHandler(this::answer);
        EdgeFixture.await(server.listen());
    }

    @AfterEach
    void close() throws Exception {
        EdgeFixture.await(vertx.close());
    }

    private void answer(HttpServerRequest request) {
        if (request.uri().equals("/think")) {
            vertx.setTimer(LONG_THOUGHT_MILLIS, done -> request.response().end("thought"));
        } else {
            request.response().end("quick");
        }
    }

    /** HEADERS with END_STREAM on stream 1; the path as a literal that names static entry 4. */
    private static byte[] get(String path) {
        byte[] name = path.getBytes(StandardCharsets.US_ASCII);
        int length = 2 + 2 + name.length + 3;
        return ByteBuffer.allocate(9 + length)
                .put(new byte[] {
                    0, 0, (byte) length, 1, 5, 0, 0, 0, 1, (byte) 0x82, (byte) 0x86, 0x04, (byte) name.length
                })
                .put(name)
                .put(new byte[] {0x41, 1, 'a'})
                .array();
    }

    @Test
    void closesAConnectionThatNeverSaysAnything() throws Exception {
        try (RawClient client = new RawClient(server.actualPort())) {
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void closesAKeptConnection() throws Exception {
        try (RawClient client = new RawClient(server.actualPort()).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) {
            assertThat(client.read().body()).isEqualTo("quick");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void waitsForALongThought() throws Exception {
        try (RawClient client = new RawClient(server.actualPort()).send("GET /think HTTP/1.1\r\nHost: a\r\n\r\n")) {
            assertThat(client.read().body()).isEqualTo("thought");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void waitsForALongThoughtOnHttp2() throws Exception {
        try (RawClient client =
                new RawClient(server.actualPort()).send(PREFACE).send(SETTINGS).send(get("/think"))) {
            assertThat(client.rest()).contains("thought");
        }
    }

    @Test
    void cutsAnHttp2ClientThatNeverOpensItsWindow() throws Exception {
        try (RawClient client =
                new RawClient(server.actualPort()).send(PREFACE).send(NO_WINDOW).send(get("/"))) {
            assertThat(client.rest()).doesNotContain("quick");
        }
    }
}
