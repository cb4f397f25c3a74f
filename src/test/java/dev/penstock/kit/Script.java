// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What a simulated provider does with one request, as a value: a head, then steps on the wire. A script can be as wrong as a
 * real provider: stop before the head, lie about its length, end in the middle of a chunk, reset, or fall silent. The same
 * script runs over HTTP/1.1, TLS and HTTP/2; what a transport cannot express becomes its nearest misbehaviour (a cut is an
 * RST on TCP and a RST_STREAM on HTTP/2).
 *
 * <p>The head goes out with the first byte of the body unless {@link Builder#head()} sends it earlier. A script that does not
 * say how it ends, ends well.
 */
public final class Script implements Answer {

    /** How the end of the body is told on HTTP/1.1. */
    public enum Framing {
        CHUNKED,
        CONTENT_LENGTH,
        UNTIL_CLOSE
    }

    /** How bytes become segments. */
    public enum Segments {
        /** One write for each {@code send}. */
        AS_SENT,
        /** One write for each byte, the head and the chunk framing included. */
        ONE_BYTE,
        /** One write for everything up to the next pause, gate or end. */
        TOGETHER
    }

    /** One thing that happens on the wire. */
    sealed interface Step {
        record Head() implements Step {}

        record Send(byte[] payload) implements Step {}

        /** Bytes as they are, past the framing. Only HTTP/1.1 can do it; HTTP/2 skips it. */
        record Raw(byte[] bytes) implements Step {}

        /** Many payloads that are made when they are due, with a gap after each. */
        record Repeat(int count, IntFunction<byte[]> payload, Duration gap) implements Step {}

        record Pause(Duration length) implements Step {}

        record WaitFor(Gate gate) implements Step {}

        /** The body ends as the framing says; the connection stays. */
        record EndBody() implements Step {}

        /** TCP RST, or RST_STREAM on HTTP/2. */
        record Reset() implements Step {}

        /** FIN without ending the body, or GOAWAY and FIN on HTTP/2. */
        record Close() implements Step {}

        /** Nothing more, for ever. */
        record Stall() implements Step {}
    }

    final int status;
    final List<Header> headers;
    final Framing framing;
    final long declaredLength;
    final Segments segments;
    final List<Step> steps;

    private Script(Builder b) {
        this.status = b.status;
        this.headers = List.copyOf(b.headers);
        this.framing = b.framing;
        this.segments = b.segments;
        this.steps = List.copyOf(b.steps);
        boolean measure = framing == Framing.CONTENT_LENGTH && b.declaredLength < 0;
        this.declaredLength = measure ? payloadLength(steps) : b.declaredLength;
    }

    @Override
    public Script to(SeenRequest request) {
        return this;
    }

    /** A server-sent event stream, status 200, chunked. */
    public static Builder stream() {
        return new Builder(200)
                .header("content-type", "text/event-stream; charset=utf-8")
                .header("cache-control", "no-cache");
    }

    /** A complete JSON answer. */
    public static Script json(int status, String body) {
        return whole(status, "application/json", body).build();
    }

    /** A complete answer of known length, to add headers to. */
    public static Builder whole(int status, String contentType, String body) {
        return new Builder(status)
                .header("content-type", contentType)
                .framing(Framing.CONTENT_LENGTH)
                .send(body);
    }

    /** An empty script: no header fields, chunked. */
    public static Builder status(int status) {
        return new Builder(status);
    }

    /** The same script with other segments. */
    public Script withSegments(Segments other) {
        return toBuilder().segments(other).build();
    }

    public Builder toBuilder() {
        Builder b = new Builder(status).framing(framing).segments(segments);
        b.headers.addAll(headers);
        b.steps.addAll(steps);
        b.declaredLength = declaredLength;
        return b;
    }

    /** All payload bytes of the script, in order, up to its end. */
    public byte[] payload() {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (Step step : steps) {
            if (step instanceof Step.Send send) {
                out.writeBytes(send.payload);
            } else if (step instanceof Step.Repeat repeat) {
                for (int i = 0; i < repeat.count; i++) {
                    out.writeBytes(repeat.payload.apply(i));
                }
            }
        }
        return out.toByteArray();
    }

    private static long payloadLength(List<Step> steps) {
        long length = 0;
        for (Step step : steps) {
            if (step instanceof Step.Send send) {
                length += send.payload.length;
            } else if (step instanceof Step.Repeat repeat) {
                for (int i = 0; i < repeat.count; i++) {
                    length += repeat.payload.apply(i).length;
                }
            }
        }
        return length;
    }

    /** Collects steps. */
    public static final class Builder {
        private final int status;
        private final List<Header> headers = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();
        private Framing framing = Framing.CHUNKED;
        private Segments segments = Segments.AS_SENT;
        private long declaredLength = -1;

        private Builder(int status) {
            this.status = status;
        }

        public Builder header(String name, String value) {
            headers.add(new Header(name, value));
            return this;
        }

        public Builder framing(Framing value) {
            this.framing = value;
            return this;
        }

        public Builder segments(Segments value) {
            this.segments = value;
            return this;
        }

        /** A content-length that need not be true. */
        public Builder contentLength(long declared) {
            this.framing = Framing.CONTENT_LENGTH;
            this.declaredLength = declared;
            return this;
        }

        /** Sends the head now, before any byte of the body. */
        public Builder head() {
            if (!steps.contains(new Step.Head())) {
                steps.add(new Step.Head());
            }
            return this;
        }

        public Builder send(String text) {
            return send(text.getBytes(StandardCharsets.UTF_8));
        }

        public Builder send(byte[] payload) {
            head();
            steps.add(new Step.Send(payload.clone()));
            return this;
        }

        /** Sends the payload in pieces that end at the given offsets. */
        public Builder sendSplit(byte[] payload, int... offsets) {
            int from = 0;
            for (int offset : Arrays.stream(offsets).sorted().distinct().toArray()) {
                if (offset > from && offset < payload.length) {
                    send(Arrays.copyOfRange(payload, from, offset));
                    from = offset;
                }
            }
            return send(Arrays.copyOfRange(payload, from, payload.length));
        }

        /** Sends each byte as a chunk of its own. */
        public Builder sendByteByByte(byte[] payload) {
            head();
            steps.add(new Step.Repeat(payload.length, i -> new byte[] {payload[i]}, Duration.ZERO));
            return this;
        }

        /** Sends many payloads that are made when they are due. */
        public Builder repeat(int count, IntFunction<byte[]> payload, Duration gap) {
            head();
            steps.add(new Step.Repeat(count, payload, gap));
            return this;
        }

        /** Bytes past the framing, such as half a chunk; HTTP/1.1 only. */
        public Builder raw(String text) {
            return raw(text.getBytes(StandardCharsets.UTF_8));
        }

        public Builder raw(byte[] bytes) {
            steps.add(new Step.Raw(bytes.clone()));
            return this;
        }

        public Builder pause(Duration length) {
            steps.add(new Step.Pause(length));
            return this;
        }

        public Builder waitFor(Gate gate) {
            steps.add(new Step.WaitFor(gate));
            return this;
        }

        /** Ends the body as the framing says, and keeps the connection. */
        public Builder endBody() {
            head();
            steps.add(new Step.EndBody());
            return this;
        }

        /** TCP RST (SO_LINGER 0); RST_STREAM(INTERNAL_ERROR) on HTTP/2. */
        public Script cutRst() {
            steps.add(new Step.Reset());
            return new Script(this);
        }

        /** FIN where the script stands: in the middle of the body this is a truncation. */
        public Script closeOrderly() {
            steps.add(new Step.Close());
            return new Script(this);
        }

        /** Silence with an open connection, until the other side leaves. */
        public Script stall() {
            steps.add(new Step.Stall());
            return new Script(this);
        }

        public Script build() {
            if (steps.isEmpty() || !endsItself(steps.get(steps.size() - 1))) {
                endBody();
            }
            return new Script(this);
        }

        private static boolean endsItself(Step last) {
            return last instanceof Step.EndBody
                    || last instanceof Step.Reset
                    || last instanceof Step.Close
                    || last instanceof Step.Stall;
        }
    }
}
