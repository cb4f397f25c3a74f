// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A request as the simulated provider saw it: its head as it stood on the wire, its body, when it came and how it ended.
 * It exists from the moment its head is complete; body and end are futures, so that a test can ask what a provider sees of a
 * request that never gets finished.
 */
public final class SeenRequest {

    /** How an exchange ended from the provider's point of view. */
    public enum How {
        /** The answer was sent to its end. */
        COMPLETED,
        /** The script itself broke the connection. */
        CUT_BY_SCRIPT,
        /** The other side closed the connection (FIN) before the answer was complete. */
        PEER_CLOSED,
        /** The other side reset the connection (TCP) or the stream (HTTP/2). */
        PEER_RESET
    }

    /**
     * The end of an exchange.
     *
     * @param how who ended it
     * @param atNanos when, by {@link System#nanoTime()}
     * @param code the HTTP/2 error code of a reset stream, otherwise -1
     * @param bytesSent payload bytes that had been handed to the operating system by then
     */
    public record Ending(How how, long atNanos, long code, long bytesSent) {

        /** True when the other side gave the exchange up. */
        public boolean cancelled() {
            return how == How.PEER_CLOSED || how == How.PEER_RESET;
        }
    }

    private static final JsonFactory JSON = new JsonFactory();

    private final String method;
    private final String target;
    private final String version;
    private final List<Header> headers;
    private final int connection;
    private final long arrivedNanos;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final CompletableFuture<Ending> end = new CompletableFuture<>();
    private final AtomicLong bytesSent = new AtomicLong();
    private volatile Asked asked;

    SeenRequest(String method, String target, String version, List<Header> headers, int connection, long arrivedNanos) {
        this.method = method;
        this.target = target;
        this.version = version;
        this.headers = List.copyOf(headers);
        this.connection = connection;
        this.arrivedNanos = arrivedNanos;
    }

    public String method() {
        return method;
    }

    /** The request target, query included. */
    public String target() {
        return target;
    }

    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** {@code HTTP/1.1} or {@code HTTP/2}. */
    public String version() {
        return version;
    }

    public List<Header> headers() {
        return headers;
    }

    public Optional<String> header(String name) {
        return Header.first(headers, name);
    }

    /** Number of the connection, in the order of arrival: equal numbers mean a connection that was used again. */
    public int connection() {
        return connection;
    }

    public long arrivedNanos() {
        return arrivedNanos;
    }

    /** Completes when the whole body has come. */
    public CompletableFuture<byte[]> body() {
        return body;
    }

    /** The body, waiting for it for at most ten seconds. */
    public byte[] awaitBody() {
        return await(body, Duration.ofSeconds(10), "body of " + this);
    }

    public String bodyText() {
        return new String(awaitBody(), StandardCharsets.UTF_8);
    }

    /** Completes when the exchange ends, however it ends. */
    public CompletableFuture<Ending> end() {
        return end;
    }

    public Ending awaitEnd(Duration atMost) {
        return await(end, atMost, "end of " + this);
    }

    /** Payload bytes that the operating system has taken so far: what a paused reader leaves outside does not count. */
    public long bytesSent() {
        return bytesSent.get();
    }

    /** The {@code model} field of the body, or the empty string. */
    public String model() {
        return asked().model;
    }

    /** Whether the body asks for a stream. */
    public boolean stream() {
        return asked().stream;
    }

    /** Whether the body asks for usage in the stream. */
    public boolean wantsUsage() {
        return asked().usage;
    }

    void sent(long bytes) {
        bytesSent.addAndGet(bytes);
    }

    void ended(How how, long code) {
        end.complete(new Ending(how, System.nanoTime(), code, bytesSent.get()));
    }

    private Asked asked() {
        Asked known = asked;
        if (known == null) {
            known = Asked.read(awaitBody());
            asked = known;
        }
        return known;
    }

    static <T> T await(CompletableFuture<T> future, Duration atMost, String what) {
        try {
            return future.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("still waiting after " + atMost + ": " + what, e);
        } catch (ExecutionException e) {
            throw new AssertionError(what + " failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted: " + what, e);
        }
    }

    @Override
    public String toString() {
        return method + " " + target + " " + version + " #" + connection;
    }

    private record Asked(String model, boolean stream, boolean usage) {

        static Asked read(byte[] body) {
            String model = "";
            boolean stream = false;
            boolean usage = false;
            try (JsonParser in = JSON.createParser(body)) {
                if (in.nextToken() != JsonToken.START_OBJECT) {
                    return new Asked("", false, false);
                }
                while (in.nextToken() == JsonToken.FIELD_NAME) {
                    String name = in.currentName();
                    in.nextToken();
                    if (name.equals("model")) {
                        model = in.getValueAsString("");
                    } else if (name.equals("stream")) {
                        stream = in.getValueAsBoolean(false);
                    } else if (name.equals("stream_options") && in.currentToken() == JsonToken.START_OBJECT) {
                        usage = readUsage(in);
                    } else {
                        in.skipChildren();
                    }
                }
            } catch (IOException e) {
                // Not JSON: nothing was asked that a script could go by.
                return new Asked(model, stream, usage);
            }
            return new Asked(model, stream, usage);
        }

        private static boolean readUsage(JsonParser in) throws IOException {
            boolean usage = false;
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                in.nextToken();
                if (name.equals("include_usage")) {
                    usage = in.getValueAsBoolean(false);
                } else {
                    in.skipChildren();
                }
            }
            return usage;
        }
    }
}
