// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Timers;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A provider that speaks OpenAI's chat completions over HTTP. The key goes to the configured host and nowhere else: redirects
 * are not followed, and no header of the client can change where a request goes.
 */
final class OpenAiProvider implements Provider {

    private static final CharSequence EVENT_STREAM = "text/event-stream";
    private static final CharSequence JSON = "application/json";

    private final HttpClient client;
    private final Timers timers;
    private final RequestOptions chat;
    private final @Nullable CharSequence authorization;

    OpenAiProvider(ProviderConfig config, HttpClient client, Timers timers) {
        this.client = client;
        this.timers = timers;
        this.chat = optionsFor(Objects.requireNonNull(config.baseUrl(), "base_url"), "/chat/completions");
        this.authorization =
                config.apiKey() == null ? null : "Bearer " + config.apiKey().reveal();
    }

    private static RequestOptions optionsFor(URI base, String path) {
        boolean tls = "https".equals(base.getScheme());
        int port = base.getPort() > 0 ? base.getPort() : (tls ? 443 : 80);
        String prefix = base.getRawPath() == null ? "" : base.getRawPath().replaceFirst("/+$", "");
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(base.getHost())
                .setPort(port)
                .setSsl(tls)
                .setFollowRedirects(false)
                .setURI(prefix + path);
    }

    @Override
    public void call(ProviderCall call) {
        new Attempt(call).start();
    }

    /** One request on its way: connect, send, await the head. Each callback may come after the call was given up. */
    private final class Attempt {

        private final ProviderCall call;
        private boolean wholeRequestSent;

        Attempt(ProviderCall call) {
            this.call = call;
        }

        void start() {
            client.request(new RequestOptions(chat)).onComplete(result -> {
                if (result.succeeded()) {
                    connected(result.result());
                } else {
                    call.fail(connectFailure(result.cause()));
                }
            });
        }

        private void connected(HttpClientRequest connected) {
            if (!call.wanted()) {
                connected.reset(HttpBody.H2_CANCEL);
                return;
            }
            call.onCancel(() -> connected.reset(HttpBody.H2_CANCEL));
            // Before the answer can begin, so that its first read is seen from the start.
            ReadEnd.of(connected.connection());
            call.connected();
            connected.exceptionHandler(failure -> call.fail(brokenBeforeHead()));
            connected.response().onComplete(result -> {
                if (result.succeeded()) {
                    replied(result.result());
                } else {
                    call.fail(brokenBeforeHead());
                }
            });
            send(connected);
        }

        private void send(HttpClientRequest connected) {
            MultiMap headers = connected.headers();
            ProviderCall.Request wanted = call.request();
            headers.addAll(wanted.headers());
            headers.set(HttpHeaderNames.ACCEPT, wanted.stream() ? EVENT_STREAM : JSON);
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(wanted.bodyLength()));
            if (authorization != null) {
                headers.set(HttpHeaderNames.AUTHORIZATION, authorization);
            }
            new BodySender(connected, wanted.body(), call, this::sent).run();
        }

        private void sent() {
            wholeRequestSent = true;
            call.sent();
        }

        private void replied(HttpClientResponse response) {
            // A provider may answer before it has read the request; such a connection cannot be used again.
            HttpBody body = new HttpBody(response, () -> wholeRequestSent, timers);
            call.onCancel(body::cancel);
            MultiMap headers = response.headers();
            call.reply(new ProviderReply(
                    response.statusCode(),
                    headers.get(HttpHeaderNames.CONTENT_TYPE),
                    headers.get(HttpHeaderNames.RETRY_AFTER),
                    headers.get("x-request-id"),
                    contentLength(headers),
                    body));
        }

        private GatewayError brokenBeforeHead() {
            return GatewayError.of(Kind.TRUNCATED, "The provider closed the connection before it answered.");
        }
    }

    private static long contentLength(MultiMap headers) {
        String value = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        try {
            return value == null ? -1 : Long.parseLong(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static GatewayError connectFailure(Throwable cause) {
        // The message of the cause may hold addresses; the class of failure is what a caller may know.
        String what =
                switch (cause) {
                    case UnknownHostException e -> "The provider's host name could not be resolved.";
                    case SSLException e -> "The TLS handshake with the provider failed.";
                    case ConnectException e -> "The provider refused the connection.";
                    default -> "The provider could not be reached.";
                };
        return GatewayError.of(Kind.CONNECT_FAILED, what);
    }

    /** Writes a body in slices and waits when the connection is full, so that a large prompt is not copied as a whole. */
    private static final class BodySender implements Runnable {

        private static final int SLICE = 64 << 10;

        private final HttpClientRequest request;
        private final List<Buffer> pieces;
        private final ProviderCall call;
        private final Runnable sent;
        private int piece;
        private int offset;

        BodySender(HttpClientRequest request, List<Buffer> pieces, ProviderCall call, Runnable sent) {
            this.request = request;
            this.sent = sent;
            this.pieces = pieces;
            this.call = call;
        }

        @Override
        public void run() {
            while (!call.cancelled()) {
                Buffer current = pieces.get(piece);
                int end = Math.min(current.length(), offset + SLICE);
                Buffer slice = offset == 0 && end == current.length() ? current : current.slice(offset, end);
                offset = end;
                if (end == current.length()) {
                    piece++;
                    offset = 0;
                }
                if (piece == pieces.size()) {
                    request.end(slice);
                    sent.run();
                    return;
                }
                request.write(slice);
                if (request.writeQueueFull()) {
                    request.drainHandler(drained -> run());
                    return;
                }
            }
        }
    }
}
