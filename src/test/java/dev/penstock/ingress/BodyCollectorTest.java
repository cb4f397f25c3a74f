// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies from real sockets, with time moved by hand on the server's event loop. */
final class BodyCollectorTest {

    private static final String HEAD = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    private static final long MAX = 1 << 20;

    private final ManualTime time = new ManualTime();
    private final BodyBudget budget = new BodyBudget(2 << 20);
    private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
    private final CompletableFuture<Context> loop = new CompletableFuture<>();
    private EdgeFixture edge;

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(null, this::collect);
    }

    @AfterEach
    void close() throws Exception {
        edge.close();
    }

    private void collect(HttpServerRequest request) {
        loop.complete(edge.vertx.getOrCreateContext());
        BodyCollector.collect(
                request,
                MAX,
                Duration.ofSeconds(60),
                1024,
                time,
                time,
                budget,
                body -> {
                    outcomes.add(body);
                    request.response().end("got " + body.length);
                },
                error -> {
                    outcomes.add(error);
                    ErrorRenderer.render(request, ApiSchema.OPENAI_CHAT, error, "req_1", null);
                });
    }

    private Object outcome() throws Exception {
        Object outcome = outcomes.poll(10, TimeUnit.SECONDS);
        assertThat(outcome).as("an outcome").isNotNull();
        return outcome;
    }

    private Kind failure() throws Exception {
        return ((GatewayError) outcome()).kind();
    }

    private void onLoop(Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.get(10, TimeUnit.SECONDS).runOnContext(v -> {
            task.run();
            done.complete(null);
        });
        done.get(10, TimeUnit.SECONDS);
    }

    /** Goes round the loop until it is so: each round lets the loop read its sockets once. */
    private void until(BooleanSupplier condition) throws Exception {
        boolean[] met = {false};
        for (int i = 0; i < 100_000 && !met[0]; i++) {
            onLoop(() -> met[0] = condition.getAsBoolean());
        }
        assertThat(met[0]).isTrue();
    }

    private RawClient client() throws Exception {
        return new RawClient(edge.port());
    }

    @Test
    void collectsABodyOfKnownLengthIntoAnArrayOfThatLength() throws Exception {
        try (RawClient client = client().send(HEAD + "Content-Length: 5\r\n\r\nhello")) {
            assertThat(client.read().body()).isEqualTo("got 5");
            assertThat((byte[]) outcome()).asString(StandardCharsets.US_ASCII).isEqualTo("hello");
        }
        assertThat(budget.held()).isEqualTo(5);
        onLoop(() -> budget.release(5));
        assertThat(budget.held()).isZero();
        assertThat(time.pending()).isZero();
    }

    @Test
    void collectsAChunkedBodyAndTrimsIt() throws Exception {
        try (RawClient client =
                client().send(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")) {
            assertThat(client.read().body()).isEqualTo("got 5");
        }
        assertThat((byte[]) outcome()).hasSize(5);
        assertThat(budget.held()).isEqualTo(5);
    }

    @Test
    void collectsALargeBodyWithoutHoldingMoreThanItAnnounced() throws Exception {
        byte[] body = new byte[(int) MAX];
        body[777_777] = 42;
        try (RawClient client =
                client().send(HEAD + "Content-Length: " + MAX + "\r\n\r\n").send(body)) {
            assertThat(client.read().body()).isEqualTo("got " + MAX);
        }
        assertThat((byte[]) outcome()).isEqualTo(body);
        assertThat(budget.held()).isEqualTo(MAX);
    }

    @Test
    void refusesAnAnnouncedLengthBeforeReading() throws Exception {
        try (RawClient client = client().send(HEAD + "Content-Length: " + (MAX + 1) + "\r\n\r\n")) {
            assertThat(client.read().status()).isEqualTo(413);
        }
        assertThat(failure()).isEqualTo(Kind.BODY_TOO_LARGE);
        assertThat(budget.held()).isZero();
    }

    @Test
    void refusesAChunkedBodyThatGrowsTooLarge() throws Exception {
        try (RawClient client = client().send(HEAD + "Transfer-Encoding: chunked\r\n\r\n")) {
            byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 17; i++) {
                client.send(chunk);
            }
            assertThat(client.read().status()).isEqualTo(413);
            assertThat(client.rest()).isEmpty();
        }
        assertThat(failure()).isEqualTo(Kind.BODY_TOO_LARGE);
        assertThat(budget.held()).isZero();
    }

    @Test
    void refusesWhenTheLoopHoldsTooManyBytes() throws Exception {
        assertThat(budget.tryTake(2 << 20)).isTrue();
        try (RawClient client = client().send(HEAD + "Content-Length: 5\r\n\r\nhello")) {
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.headers()).containsEntry("retry-after", "1");
        }
        assertThat(failure()).isEqualTo(Kind.OVERLOADED);
        assertThat(budget.held()).isEqualTo(2 << 20);
    }

    @Test
    void takesNothingForAnEmptyPromise() throws Exception {
        try (RawClient client = client().send(HEAD + "Content-Length: 1000000\r\n\r\n")) {
            onLoop(() -> {});
            assertThat(budget.held()).isZero();
            client.send("x");
            until(() -> budget.held() > 0);
            assertThat(budget.held()).isLessThanOrEqualTo(16 << 10);
        }
        assertThat(failure()).isEqualTo(Kind.CLIENT_GONE);
        assertThat(budget.held()).isZero();
    }

    @Test
    void cutsABodyThatComesTooSlowly() throws Exception {
        try (RawClient client = client().send(HEAD + "Content-Length: 100000\r\n\r\n0123456789")) {
            until(() -> budget.held() > 0);
            onLoop(() -> time.advance(Duration.ofSeconds(2)));
            assertThat(outcomes).isEmpty();
            onLoop(() -> time.advance(Duration.ofSeconds(1)));
            assertThat(client.read().status()).isEqualTo(408);
        }
        assertThat(failure()).isEqualTo(Kind.REQUEST_TIMEOUT);
        assertThat(budget.held()).isZero();
        assertThat(time.pending()).isZero();
    }

    @Test
    void cutsABodyThatIsFastEnoughButNeverEnds() throws Exception {
        try (RawClient client =
                client().send(HEAD + "Content-Length: 1000000\r\n\r\n").send(new byte[900_000])) {
            until(() -> budget.held() >= 900_000);
            onLoop(() -> time.advance(Duration.ofSeconds(59)));
            assertThat(outcomes).isEmpty();
            onLoop(() -> time.advance(Duration.ofSeconds(1)));
            assertThat(client.read().status()).isEqualTo(408);
        }
    }

    @Test
    void tellsThatTheClientHasGone() throws Exception {
        try (RawClient client = client().send(HEAD + "Content-Length: 10\r\n\r\nhel")) {
            until(() -> budget.held() > 0);
        }
        assertThat(failure()).isEqualTo(Kind.CLIENT_GONE);
        assertThat(budget.held()).isZero();
    }

    @Test
    void continuesOnlyWhatItWillRead() throws Exception {
        String expecting = HEAD + "Expect: 100-continue\r\n";
        try (RawClient good = client().send(expecting + "Content-Length: 2\r\n\r\n");
                RawClient bad = client().send(expecting + "Content-Length: 99999999\r\n\r\n")) {
            assertThat(good.read().status()).isEqualTo(100);
            assertThat(good.send("hi").read().body()).isEqualTo("got 2");
            assertThat(bad.read().status()).isEqualTo(413);
        }
    }

    @Test
    void wantsJsonAndSaysHow() throws Exception {
        String[] refused = {
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "Content-Type: text/plain\r\n",
            "Content-Type: application/jsonp\r\n",
            "Content-Type: application/json; charset=latin1\r\n",
            "",
        };
        for (String type : refused) {
            try (RawClient client =
                    client().send("POST / HTTP/1.1\r\nHost: a\r\n" + type + "Content-Length: 2\r\n\r\n{}")) {
                RawClient.Response response = client.read();
                assertThat(response.status()).as(type).isEqualTo(415);
                assertThat(response.body()).as(type).contains("--json");
            }
        }
        for (String type :
                new String[] {"application/json", "Application/JSON; charset=\"UTF-8\"", "application/json;"}) {
            String head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\nContent-Length: 2\r\n\r\n{}";
            try (RawClient client = client().send(head)) {
                assertThat(client.read().status()).as(type).isEqualTo(200);
            }
        }
    }

    @Test
    void refusesACompressedBody() throws Exception {
        try (RawClient client = client().send(HEAD + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")) {
            assertThat(client.read().status()).isEqualTo(415);
        }
    }

    @Test
    void readsTheSameFromHttp2() throws Exception {
        var client = edge.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        String answer = EdgeFixture.await(client.request(HttpMethod.POST, edge.port(), "localhost", "/")
                .compose(request ->
                        request.putHeader("content-type", "application/json").send(Buffer.buffer(new byte[(int) MAX])))
                .compose(response -> response.body().map(Buffer::toString)));
        assertThat(answer).isEqualTo("got " + MAX);
    }

    @Test
    void seesAnHttp2ClientLeave() throws Exception {
        var client = edge.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        EdgeFixture.await(
                client.request(HttpMethod.POST, edge.port(), "localhost", "/").compose(request -> {
                    request.putHeader("content-type", "application/json")
                            .setChunked(true)
                            .exceptionHandler(reset -> {});
                    return request.write("half").onSuccess(v -> request.reset(8));
                }));
        assertThat(failure()).isEqualTo(Kind.CLIENT_GONE);
        assertThat(budget.held()).isZero();
    }
}
