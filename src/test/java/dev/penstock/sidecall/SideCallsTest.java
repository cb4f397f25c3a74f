// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real server on loopback. */
final class SideCallsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final SideCalls calls = SideCalls.over(vertx);
    private final CompletableFuture<String> seenHost = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private int port;

    @BeforeEach
    void serve() throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(this::answer);
        port = await(server.listen(0, "127.0.0.1")).actualPort();
    }

    @AfterEach
    void close() throws Exception {
        calls.close();
        await(vertx.close());
    }

    @Test
    void anAnswerComesWholeWithItsStatusAndHeaders() throws Exception {
        SideReply reply = await(calls.send(SideCall.small(
                "PUT", url("localhost", "/echo?a=b%20c"), Map.of("x-one", "1"), Buffer.buffer("hello"), PATIENCE)));
        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.ok()).isTrue();
        assertThat(reply.header().apply("X-Seen")).isEqualTo("PUT /echo?a=b%20c 1");
        assertThat(reply.text()).isEqualTo("hello");
    }

    @Test
    void aRedirectIsAnAnswerAndNotFollowed() throws Exception {
        SideReply reply = await(calls.send(SideCall.get(url("localhost", "/elsewhere"), Map.of(), PATIENCE)));
        assertThat(reply.status()).isEqualTo(302);
        assertThat(reply.ok()).isFalse();
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void aPinnedAddressIsUsedWhateverTheNameWouldResolveTo() throws Exception {
        URI url = url("nowhere.invalid", "/echo");
        SideCall call = new SideCall(
                "GET", url, Map.of(), null, 1024, PATIENCE, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        assertThat(await(calls.send(call)).status()).isEqualTo(201);
        assertThat(seenHost.get(20, TimeUnit.SECONDS)).isEqualTo("nowhere.invalid:" + port);
    }

    @Test
    void aBodyOfTheSizeAllowedIsTakenAndOneByteMoreIsRefused() throws Exception {
        assertThat(await(calls.send(sized(100_000))).body()).hasSize(100_000);
        assertThatThrownBy(() -> await(calls.send(sized(99_999))))
                .isInstanceOf(SideCallFailed.class)
                .hasMessage("the answer is larger than 99999 bytes");
    }

    @Test
    void anEndlessAnswerIsRefusedWithoutReadingItAll() {
        SideCall call = new SideCall("GET", url("localhost", "/endless"), Map.of(), null, 1 << 20, PATIENCE, null);
        assertThatThrownBy(() -> await(calls.send(call)))
                .isInstanceOf(SideCallFailed.class)
                .hasMessageContaining("larger");
    }

    @Test
    void anAnswerThatAnnouncesTooMuchIsRefusedByItsHead() {
        SideCall call = new SideCall("GET", url("localhost", "/announced"), Map.of(), null, 1024, PATIENCE, null);
        assertThatThrownBy(() -> await(calls.send(call)))
                .isInstanceOf(SideCallFailed.class)
                .hasMessage("the answer is larger than 1024 bytes");
    }

    @Test
    void aCallThatIsGivenUpIsReset() throws Exception {
        Promise<Void> over = Promise.promise();
        Future<SideReply> answer =
                calls.send(SideCall.get(url("localhost", "/silent"), Map.of(), PATIENCE), over.future());
        seenHost.get(20, TimeUnit.SECONDS);
        over.complete();
        closed.get(20, TimeUnit.SECONDS);
        assertThatThrownBy(() -> await(answer))
                .isInstanceOf(SideCallFailed.class)
                .hasMessage("the call was given up");
    }

    @Test
    void aCallThatIsGivenUpInTheMiddleOfItsAnswerTakesNothingMore() throws Exception {
        Promise<Void> over = Promise.promise();
        SideCall call = new SideCall("GET", url("localhost", "/endless"), Map.of(), null, 1 << 30, PATIENCE, null);
        Future<SideReply> answer = calls.send(call, over.future());
        seenHost.get(20, TimeUnit.SECONDS);
        over.complete();
        assertThatThrownBy(() -> await(answer))
                .isInstanceOf(SideCallFailed.class)
                .hasMessage("the call was given up");
    }

    @Test
    void silenceFailsAfterTheTimeout() {
        assertThatThrownBy(() ->
                        await(calls.send(SideCall.get(url("localhost", "/silent"), Map.of(), Duration.ofMillis(50)))))
                .isInstanceOf(SideCallFailed.class);
    }

    @Test
    void failuresTellTheKindAndNoAddress() {
        assertThatThrownBy(() -> await(calls.send(SideCall.get(url("localhost", "/cut"), Map.of(), PATIENCE))))
                .isInstanceOf(SideCallFailed.class)
                .hasMessage("the connection failed before the answer was whole");
        assertThatThrownBy(() ->
                        await(calls.send(SideCall.get(URI.create("http://nowhere.invalid/"), Map.of(), PATIENCE))))
                .isInstanceOf(SideCallFailed.class)
                .hasMessage("the host name could not be resolved");
    }

    @Test
    void onlyAddressesOfTheWebCanBeCalled() {
        for (String url : new String[] {"file:///etc/passwd", "http://user@host/", "/path", "ftp://host/"}) {
            assertThatThrownBy(() -> SideCall.get(URI.create(url), Map.of(), PATIENCE))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private void answer(HttpServerRequest request) {
        request.connection().closeHandler(gone -> closed.complete(null));
        seenHost.complete(request.getHeader("host"));
        switch (request.path()) {
            case "/echo" ->
                request.body().onSuccess(body -> request.response()
                        .setStatusCode(201)
                        .putHeader("x-seen", request.method() + " " + request.uri() + " " + request.getHeader("x-one"))
                        .end(body));
            case "/elsewhere" ->
                request.response()
                        .setStatusCode(302)
                        .putHeader("location", "/echo")
                        .end();
            case "/large" -> request.response().end(Buffer.buffer(new byte[100_000]));
            case "/endless" -> request.response().setChunked(true).write(Buffer.buffer(new byte[4 << 20]));
            case "/announced" ->
                request.response().putHeader("content-length", "1025").write("the rest never comes");
            case "/cut" ->
                request.response()
                        .putHeader("content-length", "10")
                        .write("half")
                        .onComplete(sent -> request.connection().close());
            default -> {
                // Silence.
            }
        }
    }

    private SideCall sized(int max) {
        return new SideCall("GET", url("localhost", "/large"), Map.of(), null, max, PATIENCE, null);
    }

    private URI url(String host, String path) {
        return URI.create("http://" + host + ":" + port + path);
    }

    private static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
