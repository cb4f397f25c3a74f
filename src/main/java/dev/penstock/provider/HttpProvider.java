// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
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
 * A provider over HTTP. The key goes to the configured host and nowhere else: redirects are not followed, and neither a header
 * of the client nor the name of a model can change where a request goes. Which paths it has, its {@link Endpoint} knows, and
 * how to sign in, its {@link Credentials}.
 */
final class HttpProvider implements Provider {

    private static final CharSequence JSON = "application/json";

    /** Under which names the providers tell their own id of a request: OpenAI and most others, Anthropic, AWS, Azure. */
    private static final List<String> REQUEST_IDS =
            List.of("x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "x-debug-trace-id");

    private final HttpClient client;
    private final Endpoint endpoint;
    private final Credentials credentials;
    private final Timers timers;
    private final Ticker ticker;
    private final RequestOptions base;
    private final String prefix;
    private final String host;

    HttpProvider(ProviderConfig config, HttpClient client, Credentials credentials, Timers timers, Ticker ticker) {
        this.client = client;
        this.endpoint = Endpoint.of(config);
        this.credentials = credentials;
        this.timers = timers;
        this.ticker = ticker;
        URI url = Objects.requireNonNull(config.baseUrl(), "base_url");
        boolean tls = "https".equals(url.getScheme());
        int usual = tls ? 443 : 80;
        int port = url.getPort() > 0 ? url.getPort() : usual;
        this.base = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(url.getHost())
                .setPort(port)
                .setSsl(tls)
                .setFollowRedirects(false);
        this.prefix = url.getRawPath() == null ? "" : url.getRawPath().replaceFirst("/+$", "");
        this.host = port == usual ? url.getHost() : url.getHost() + ":" + port;
    }

    @Override
    public void call(ProviderCall call) {
        ProviderCall.Request wanted = call.request();
        try {
            String target =
                    prefix + endpoint.target(wanted.schema(), wanted.target().model(), wanted.stream());
            Future<RequestSigner> signer = credentials.next(call.lastKey());
            if (signer.succeeded()) {
                new Attempt(call, target, signer.result()).start();
            } else {
                signer.onComplete(
                        fetched -> new Attempt(call, target, fetched).start(), failure -> call.fail(unsigned(failure)));
            }
        } catch (GatewayError unsendable) {
            call.fail(unsendable);
        }
    }

    private static GatewayError unsigned(Throwable failure) {
        return failure instanceof GatewayError error
                ? error
                : GatewayError.of(Kind.CONNECT_FAILED, "No credentials for the provider could be had.");
    }

    /** One request on its way: connect, send, await the head. Each callback may come after the call was given up. */
    private final class Attempt {

        private final ProviderCall call;
        private final String target;
        private final RequestSigner signer;
        private boolean wholeRequestSent;

        Attempt(ProviderCall call, String target, RequestSigner signer) {
            this.call = call;
            this.target = target;
            this.signer = signer;
            if (signer instanceof KeyRing.KeySigner key) {
                call.signsWith(new KeyUse(key.ring(), key.state(), call.lastKey()));
            }
        }

        void start() {
            if (!call.wanted()) {
                // Given up while the credentials were fetched.
                return;
            }
            client.request(new RequestOptions(base).setURI(target)).onComplete(result -> {
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
            FeatureHeaders.removeForeign(headers, endpoint);
            headers.set(HttpHeaderNames.ACCEPT, wanted.stream() ? endpoint.streamType() : JSON);
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(wanted.bodyLength()));
            endpoint.addHeaders(headers);
            int length = Math.toIntExact(wanted.bodyLength());
            signer.sign(headers, new Outgoing("POST", host, target, wanted.body(), length, ticker.now()));
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
                    requestId(headers),
                    contentLength(headers),
                    name -> headers.get(name),
                    body));
        }

        private GatewayError brokenBeforeHead() {
            return GatewayError.of(Kind.TRUNCATED, "The provider closed the connection before it answered.");
        }
    }

    private static @Nullable String requestId(MultiMap headers) {
        for (String name : REQUEST_IDS) {
            String id = headers.get(name);
            if (id != null) {
                return id;
            }
        }
        return null;
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
