// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON request body into one array, within limits of size, time and rate. What can be refused is refused before a
 * byte of the body is read, and {@code 100 Continue} is sent only after that. The array grows with what has arrived and never
 * beyond the announced length, so a body is held once, and a client that announces 32 MiB and sends nothing costs nothing.
 *
 * <p>Exactly one of the two handlers is called, once, on the event loop of the request. With a body the caller takes over its
 * share of the {@link BodyBudget}: it releases {@code body.length} bytes when it no longer holds the array.
 */
public final class BodyCollector {

    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;
    private static final int FIRST_ALLOCATION = 16 << 10;

    /** A body of known length up to this size gets its array at once. */
    private static final int TRUSTED_LENGTH = 64 << 10;

    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration CHECK_EVERY = Duration.ofSeconds(1);
    private static final String JSON = "application/json";

    private final HttpServerRequest request;
    private final long maxBytes;
    private final long announced;
    private final Duration timeout;
    private final long minBytesPerSecond;
    private final Timers timers;
    private final Ticker ticker;
    private final BodyBudget budget;
    private final Handler<byte[]> ok;
    private final Handler<GatewayError> failed;
    private final long startedNanos;

    private byte[] body = new byte[0];
    private int length;
    private boolean done;
    private Timers.@Nullable Timer timer;

    private BodyCollector(
            HttpServerRequest request,
            long maxBytes,
            long announced,
            Duration timeout,
            long minBytesPerSecond,
            Timers timers,
            Ticker ticker,
            BodyBudget budget,
            Handler<byte[]> ok,
            Handler<GatewayError> failed) {
        this.request = request;
        this.maxBytes = maxBytes;
        this.announced = announced;
        this.timeout = timeout;
        this.minBytesPerSecond = minBytesPerSecond;
        this.timers = timers;
        this.ticker = ticker;
        this.budget = budget;
        this.ok = ok;
        this.failed = failed;
        this.startedNanos = ticker.nanos();
    }

    /**
     * Starts to read. The request may be paused; this resumes it.
     *
     * @param timeout for the whole body
     * @param minBytesPerSecond what a body must keep on average after its first two seconds
     * @param budget of the event loop that this is called on
     */
    public static void collect(
            HttpServerRequest request,
            long maxBytes,
            Duration timeout,
            long minBytesPerSecond,
            Timers timers,
            Ticker ticker,
            BodyBudget budget,
            Handler<byte[]> ok,
            Handler<GatewayError> failed) {
        long limit = Math.min(maxBytes, MAX_ARRAY);
        long announced = announced(request);
        GatewayError refusal = refusal(request.headers(), announced, limit);
        if (refusal != null) {
            failed.handle(refusal);
            return;
        }
        new BodyCollector(request, limit, announced, timeout, minBytesPerSecond, timers, ticker, budget, ok, failed)
                .start();
    }

    // ---- before the first byte

    /** The announced length, or -1: the guard (HTTP/1.x) and {@link RequestChecks} (HTTP/2) let only digits pass. */
    private static long announced(HttpServerRequest request) {
        String value = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return value == null ? -1 : Long.parseLong(value);
    }

    private static @Nullable GatewayError refusal(MultiMap headers, long announced, long maxBytes) {
        String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return GatewayError.builder(Kind.UNSUPPORTED_MEDIA_TYPE, "Compressed request bodies are not accepted.")
                    .hint("Send the body without content-encoding.")
                    .build();
        }
        if (!isJson(headers.get(HttpHeaders.CONTENT_TYPE))) {
            return GatewayError.builder(Kind.UNSUPPORTED_MEDIA_TYPE, "The content-type must be application/json.")
                    .hint("With curl, add: -H 'content-type: application/json' (or use --json).")
                    .build();
        }
        return announced > maxBytes ? tooLarge(maxBytes) : null;
    }

    private static boolean isJson(@Nullable String type) {
        if (type == null || !type.regionMatches(true, 0, JSON, 0, JSON.length())) {
            return false;
        }
        String parameters = type.substring(JSON.length()).strip();
        if (parameters.isEmpty()) {
            return true;
        }
        String charset = parameters.substring(1).strip().replace("\"", "");
        return parameters.charAt(0) == ';' && (charset.isEmpty() || charset.equalsIgnoreCase("charset=utf-8"));
    }

    private static GatewayError tooLarge(long maxBytes) {
        return GatewayError.builder(Kind.BODY_TOO_LARGE, "The request body is larger than " + maxBytes + " bytes.")
                .hint("The limit is server.max_body of this gateway.")
                .build();
    }

    // ---- while it comes

    private void start() {
        request.exceptionHandler(
                gone -> fail(GatewayError.of(Kind.CLIENT_GONE, "The client left before it had sent its request.")));
        request.handler(this::onChunk);
        request.endHandler(end -> onEnd());
        timer = timers.after(min(timeout, GRACE.plus(CHECK_EVERY)), this::onTimer);
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        request.resume();
    }

    private void onChunk(Buffer chunk) {
        int n = chunk.length();
        if (done || n == 0) {
            return;
        }
        if (length + (long) n > maxBytes) {
            fail(tooLarge(maxBytes));
        } else if (makeRoom(length + n)) {
            ((BufferInternal) chunk).getByteBuf().getBytes(0, body, length, n);
            length += n;
        } else {
            fail(GatewayError.builder(Kind.OVERLOADED, "The gateway holds as many request bodies as it can.")
                    .retryAfter(Duration.ofSeconds(1))
                    .build());
        }
    }

    private boolean makeRoom(int needed) {
        if (needed <= body.length) {
            return true;
        }
        int size = capacity(needed);
        if (!budget.tryTake(size - body.length)) {
            return false;
        }
        body = Arrays.copyOf(body, size);
        return true;
    }

    private int capacity(int needed) {
        if (announced >= needed && announced <= TRUSTED_LENGTH) {
            return (int) announced;
        }
        long bound = announced >= needed ? announced : maxBytes;
        long grown = Math.max(Math.max(FIRST_ALLOCATION, needed), body.length * 2L);
        return (int) Math.min(grown, bound);
    }

    private void onEnd() {
        if (done) {
            return;
        }
        finish();
        if (length < body.length) {
            budget.release(body.length - length);
            body = Arrays.copyOf(body, length);
        }
        ok.handle(body);
    }

    private void onTimer() {
        if (done) {
            return;
        }
        Duration elapsed = Duration.ofNanos(ticker.nanos() - startedNanos);
        Duration left = timeout.minus(elapsed);
        if (!left.isPositive()) {
            fail(late("The request body was not complete within " + timeout.toSeconds() + " s."));
        } else if (length < owedAfter(elapsed)) {
            fail(late("The request body came slower than " + minBytesPerSecond + " bytes per second."));
        } else {
            timer = timers.after(min(left, CHECK_EVERY), this::onTimer);
        }
    }

    private long owedAfter(Duration elapsed) {
        Duration counted = elapsed.minus(GRACE);
        return counted.isPositive() ? minBytesPerSecond * counted.toMillis() / 1000 : 0;
    }

    private static GatewayError late(String message) {
        return GatewayError.of(Kind.REQUEST_TIMEOUT, message);
    }

    private void fail(GatewayError error) {
        if (done) {
            return;
        }
        finish();
        budget.release(body.length);
        body = new byte[0];
        failed.handle(error);
    }

    private void finish() {
        done = true;
        if (timer != null) {
            timer.cancel();
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
