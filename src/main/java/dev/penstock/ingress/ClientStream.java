// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Transcript;
import dev.penstock.pipeline.ClientResponse;
import dev.penstock.pipeline.ResponseHead;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one exchange over HTTP/1.1 or HTTP/2. When the client has left, every call does nothing: the exchange
 * hears of the departure by itself and settles.
 */
final class ClientStream implements ClientResponse {

    private static final CharSequence EVENT_STREAM = "text/event-stream; charset=utf-8";
    private static final CharSequence JSON = "application/json";
    private static final CharSequence NO_CACHE = "no-cache";
    /** Tells nginx not to collect the stream (nginx documentation, X-Accel-Buffering). */
    private static final CharSequence ACCEL_BUFFERING = "x-accel-buffering";

    private static final CharSequence REPLAYED = "idempotency-replayed";

    private static final int MAX_NAMES = 500;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ApiSchema schema;
    private final Cors cors;
    private final String requestId;
    private final UUID exchange;
    private final LastByte lastByte;
    /** Null for nearly all calls, and then it costs one look per write. */
    private final @Nullable Transcript transcript;

    private long written;

    ClientStream(
            HttpServerRequest request,
            ApiSchema schema,
            Cors cors,
            String requestId,
            UUID exchange,
            LastByte lastByte,
            @Nullable Transcript transcript) {
        this.schema = schema;
        this.request = request;
        this.response = request.response();
        this.cors = cors;
        this.requestId = requestId;
        this.exchange = exchange;
        this.lastByte = lastByte;
        this.transcript = transcript;
    }

    @Override
    public void refuse(GatewayError error, ResponseHead head) {
        if (gone()) {
            return;
        }
        describe(head);
        if (transcript != null) {
            transcript.answered(ErrorRenderer.body(schema, error, requestId));
        }
        ErrorRenderer.render(request, schema, error, requestId, head.outcome());
    }

    @Override
    public void respond(ResponseHead head, Buffer body) {
        if (gone()) {
            return;
        }
        describe(head);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, JSON);
        count(body);
        end(body);
    }

    @Override
    public void replay(ResponseHead head, boolean stream, Buffer body) {
        if (gone()) {
            return;
        }
        describe(head);
        response.headers().set(REPLAYED, "true");
        if (stream) {
            describeStream();
        } else {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, JSON);
        }
        count(body);
        response.end(body);
    }

    @Override
    public void startStream(ResponseHead head) {
        if (gone()) {
            return;
        }
        describe(head);
        describeStream();
        response.setChunked(true);
    }

    private void describeStream() {
        MultiMap headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, EVENT_STREAM);
        headers.set(HttpHeaderNames.CACHE_CONTROL, NO_CACHE);
        headers.set(ACCEL_BUFFERING, "no");
        if (transcript != null) {
            transcript.streams();
        }
    }

    /** Before it goes out: who sends it may free it. */
    private void count(Buffer bytes) {
        written += bytes.length();
        if (transcript != null) {
            transcript.answered(bytes);
        }
    }

    @Override
    public void sendHead() {
        if (!gone()) {
            response.writeHead();
        }
    }

    @Override
    public void write(Buffer events) {
        if (!gone()) {
            count(events);
            response.write(events);
        }
    }

    @Override
    public boolean full() {
        return !gone() && response.writeQueueFull();
    }

    @Override
    public void onDrain(Runnable room) {
        response.drainHandler(drained -> room.run());
    }

    @Override
    public void endStream(@Nullable Buffer lastEvents) {
        if (gone()) {
            return;
        }
        if (lastEvents == null) {
            end(Buffer.buffer());
        } else {
            count(lastEvents);
            end(lastEvents);
        }
    }

    @Override
    public void failStream(GatewayError error, @Nullable Buffer ownEvent) {
        if (gone()) {
            return;
        }
        if (error.kind() == GatewayError.Kind.SLOW_READER) {
            // It does not read: an event would never leave the queue.
            reset();
            return;
        }
        Buffer event = ownEvent != null ? ownEvent : ErrorRenderer.streamEvent(schema, error, requestId);
        count(event);
        lastByte.whenItMay(exchange, () -> {
            if (!gone()) {
                response.end(event);
                closeAfterAnswer();
            }
        });
    }

    private void end(Buffer last) {
        lastByte.whenItMay(exchange, () -> {
            if (!gone()) {
                response.end(last);
            }
        });
    }

    @Override
    public long bytesWritten() {
        return written;
    }

    private void describe(ResponseHead head) {
        MultiMap headers = response.headers();
        headers.set("x-request-id", requestId);
        Target target = head.target();
        if (target != null) {
            headers.set("x-penstock-model", target.model());
            headers.set("x-penstock-provider", target.provider());
            headers.set("x-penstock-attempts", Integer.toString(head.attempts()));
        }
        Outcome outcome = head.outcome();
        if (outcome != null) {
            headers.set("x-penstock-outcome", outcome.label());
        }
        String upstreamId = head.upstreamRequestId();
        if (upstreamId != null && RequestIds.isHarmless(upstreamId)) {
            headers.set("x-penstock-upstream-request-id", upstreamId);
        }
        if (!head.dropped().isEmpty()) {
            headers.set("x-penstock-dropped", names(head.dropped()));
        }
        LimitHeaders.write(head.limits(), schema, headers);
        headers.set("server-timing", serverTiming(head));
        cors.decorate(request, response);
    }

    /** Names of fields in the client's words: as far as a header can carry them. */
    private static String names(Set<String> fields) {
        StringBuilder list = new StringBuilder();
        for (String field : fields) {
            if (list.length() + field.length() > MAX_NAMES) {
                return list.append(list.isEmpty() ? "" : ", ").append("...").toString();
            }
            if (field.chars().allMatch(c -> c > ' ' && c < 0x7f && c != ',')) {
                list.append(list.isEmpty() ? "" : ", ").append(field);
            }
        }
        return list.toString();
    }

    /** W3C Server Timing: durations in milliseconds. */
    private static String serverTiming(ResponseHead head) {
        StringBuilder value = new StringBuilder(48).append("gw;dur=");
        millis(value, head.gatewayNanos());
        if (head.upstreamNanos() >= 0) {
            millis(value.append(", upstream;dur="), head.upstreamNanos());
        }
        return value.toString();
    }

    private static void millis(StringBuilder to, long nanos) {
        long micros = Math.max(0, nanos) / 1000;
        long rest = micros % 1000;
        to.append(micros / 1000).append('.').append((char) ('0' + rest / 100)).append((char) ('0' + rest / 10 % 10));
    }

    private void closeAfterAnswer() {
        if (request.version() != HttpVersion.HTTP_2) {
            request.connection().close();
        }
    }

    private void reset() {
        if (request.version() == HttpVersion.HTTP_2) {
            response.reset(0x8);
        } else {
            request.connection().close();
        }
    }

    private boolean gone() {
        return response.closed() || response.ended();
    }
}
