// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * An HTTP/2 client that can do what a polite client does not: reset a stream with any code at any moment, send half a body,
 * and leave an answer unread. All streams share one connection. For HTTP/1.1 there is {@link RawClient}.
 */
public final class H2Client implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How a stream ended. */
    public enum End {
        /** END_STREAM. */
        COMPLETE,
        /** RST_STREAM from the other side. */
        RESET,
        /** The connection went away. */
        CONNECTION_LOST
    }

    private final Vertx vertx;
    private final HttpClientAgent client;
    private final int port;
    private final boolean tls;

    private H2Client(int port, boolean tls, int streamWindow) {
        this.port = port;
        this.tls = tls;
        this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setHttp2ClearTextUpgrade(false)
                        .setSsl(tls)
                        .setUseAlpn(tls)
                        .setTrustAll(tls)
                        .setVerifyHost(false)
                        .setHttp2ConnectionWindowSize(16 << 20)
                        .setHttp2MultiplexingLimit(-1)
                        .setInitialSettings(new Http2Settings().setInitialWindowSize(streamWindow)),
                new PoolOptions().setHttp2MaxSize(1));
    }

    /** HTTP/2 in clear text, by prior knowledge. */
    public static H2Client clear(int port) {
        return new H2Client(port, false, 1 << 20);
    }

    /** HTTP/2 over TLS by ALPN; trusts every certificate, because that is not what is being tested. */
    public static H2Client tls(int port) {
        return new H2Client(port, true, 1 << 20);
    }

    /** Clear text with a stream window of that size: what is not read stays with the sender. */
    public static H2Client clearWithWindow(int port, int streamWindow) {
        return new H2Client(port, false, streamWindow);
    }

    public Exchange post(String path, String json, Header... headers) {
        Exchange exchange = begin(HttpMethod.POST, path, headers);
        exchange.finish(json);
        return exchange;
    }

    public Exchange get(String path, Header... headers) {
        Exchange exchange = begin(HttpMethod.GET, path, headers);
        exchange.finish("");
        return exchange;
    }

    /** Opens a stream without sending its body; {@link Exchange#send} and {@link Exchange#finish} do that. */
    public Exchange begin(HttpMethod method, String path, Header... headers) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost("localhost")
                .setPort(port)
                .setSsl(tls)
                .setURI(path);
        if (method.equals(HttpMethod.POST)) {
            options.putHeader("content-type", "application/json");
        }
        for (Header header : headers) {
            options.addHeader(header.name(), header.value());
        }
        return new Exchange(ProviderSimulator.await(client.request(options)));
    }

    @Override
    public void close() {
        ProviderSimulator.await(client.close());
        ProviderSimulator.await(vertx.close());
    }

    /** One stream. */
    public static final class Exchange {
        private final HttpClientRequest request;
        private final CompletableFuture<HttpClientResponse> head = new CompletableFuture<>();
        private final CompletableFuture<End> end = new CompletableFuture<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final List<Waiter> waiters = new ArrayList<>();
        private volatile long resetCode = -1;
        private volatile boolean unread;

        private record Waiter(String text, CompletableFuture<Void> found) {}

        private Exchange(HttpClientRequest request) {
            this.request = request;
            request.exceptionHandler(this::failed);
            request.response().onSuccess(this::answered).onFailure(this::failed);
        }

        /** Sends a part of the body; the stream stays open. */
        public Exchange send(String part) {
            request.setChunked(true);
            ProviderSimulator.await(request.write(Buffer.buffer(part)));
            return this;
        }

        /** Sends the rest of the body and END_STREAM. */
        public Exchange finish(String rest) {
            request.end(Buffer.buffer(rest));
            return this;
        }

        /** Takes no byte of the answer, for ever. Call it before the answer comes. */
        public Exchange dontRead() {
            unread = true;
            return this;
        }

        /** RST_STREAM. 0x8 is CANCEL, what a client sends whose user pressed stop. */
        public void reset(long code) {
            request.reset(code);
        }

        public int status() {
            return SeenRequest.await(head, PATIENCE, "response head").statusCode();
        }

        public Optional<String> header(String name) {
            return Optional.ofNullable(
                    SeenRequest.await(head, PATIENCE, "response head").getHeader(name));
        }

        /** Waits until the body so far contains the text. */
        public Exchange awaitText(String text) {
            CompletableFuture<Void> found = new CompletableFuture<>();
            synchronized (body) {
                waiters.add(new Waiter(text, found));
            }
            look();
            SeenRequest.await(found, PATIENCE, "'" + text + "' in the body");
            return this;
        }

        public End awaitEnd() {
            return SeenRequest.await(end, PATIENCE, "end of the stream");
        }

        /** The error code of RST_STREAM, or -1. */
        public long resetCode() {
            return resetCode;
        }

        public byte[] body() {
            synchronized (body) {
                return body.toByteArray();
            }
        }

        public String bodyText() {
            return new String(body(), StandardCharsets.UTF_8);
        }

        public SseEvents events() {
            return SseEvents.parse(body());
        }

        private void answered(HttpClientResponse response) {
            response.exceptionHandler(this::failed);
            response.endHandler(v -> {
                end.complete(End.COMPLETE);
                look();
            });
            if (unread) {
                response.pause();
            }
            response.handler(data -> {
                synchronized (body) {
                    body.writeBytes(data.getBytes());
                }
                look();
            });
            head.complete(response);
        }

        private void failed(Throwable t) {
            if (t instanceof StreamResetException reset) {
                resetCode = reset.getCode();
                end.complete(End.RESET);
            } else {
                end.complete(End.CONNECTION_LOST);
            }
            head.completeExceptionally(t);
            look();
        }

        private void look() {
            synchronized (body) {
                String text = body.toString(StandardCharsets.UTF_8);
                waiters.removeIf(waiter -> {
                    if (text.contains(waiter.text)) {
                        waiter.found.complete(null);
                    } else if (end.isDone()) {
                        waiter.found.completeExceptionally(
                                new AssertionError("the stream ended without '" + waiter.text + "': " + text));
                    }
                    return waiter.found.isDone();
                });
            }
        }
    }
}
