// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.kit.SeenRequest.How;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.io.ByteArrayOutputStream;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * One connection of the simulated provider, HTTP/1.1 written by hand on a bare socket: no HTTP server would send what a
 * broken provider sends. Requests are read strictly and answered one after the other; the socket is never paused, so that
 * the departure of the other side is seen at once, whatever the script is doing.
 */
final class H1Connection {

    private static final int MAX_HEAD = 1 << 20;

    private final NetSocket socket;
    private final Context context;
    private final int number;
    private final BiConsumer<SeenRequest, H1Connection> onRequest;
    private final Consumer<SeenRequest> onHead;
    private final Runnable onClosed;
    private Buffer input = Buffer.buffer();
    private SeenRequest current;
    private ByteArrayOutputStream body;
    private ChunkedBody chunked;
    private long remaining;
    private boolean answering;
    private boolean reset;
    private ScriptRun run;

    H1Connection(
            NetSocket socket,
            Context context,
            int number,
            Consumer<SeenRequest> onHead,
            BiConsumer<SeenRequest, H1Connection> onRequest,
            Runnable onClosed) {
        this.socket = socket;
        this.context = context;
        this.number = number;
        this.onHead = onHead;
        this.onRequest = onRequest;
        this.onClosed = onClosed;
        socket.exceptionHandler(t -> reset |= Sockets.isReset(t));
        socket.closeHandler(v -> closed());
        socket.handler(this::received);
    }

    /** Answers the request that has just come. */
    void answer(Script script, SeenRequest seen, Pacer pacer) {
        run = new ScriptRun(context, pacer, script, seen, new H1Line(script, seen), this::finished);
        run.start();
    }

    void reset() {
        Sockets.reset(socket);
    }

    private void received(Buffer data) {
        input.appendBuffer(data);
        proceed();
    }

    private void proceed() {
        if (answering || (current == null && !readHead())) {
            return;
        }
        readBody();
    }

    private void finished() {
        run = null;
        current = null;
        answering = false;
        proceed();
    }

    private void closed() {
        if (run != null) {
            run.stop();
        }
        if (current != null) {
            current.ended(reset ? How.PEER_RESET : How.PEER_CLOSED, -1);
        }
        onClosed.run();
    }

    private boolean readHead() {
        byte[] bytes = input.getBytes();
        int end = MessageHead.endOfHead(bytes, 0, bytes.length);
        if (end < 0) {
            if (bytes.length > MAX_HEAD) {
                reset();
            }
            return false;
        }
        MessageHead head = MessageHead.parse(bytes, end);
        String[] parts = head.startLine().split(" ", 3);
        if (parts.length != 3) {
            socket.end(Buffer.buffer("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
            return false;
        }
        input = input.getBuffer(end, input.length());
        current = new SeenRequest(parts[0], parts[1], parts[2], head.headers(), number, System.nanoTime());
        body = new ByteArrayOutputStream();
        boolean isChunked = Header.first(head.headers(), "transfer-encoding")
                .map(v -> v.equalsIgnoreCase("chunked"))
                .orElse(false);
        chunked = isChunked ? new ChunkedBody(body) : null;
        remaining = Header.first(head.headers(), "content-length")
                .map(Long::parseLong)
                .orElse(0L);
        onHead.accept(current);
        return true;
    }

    private void readBody() {
        byte[] bytes = input.getBytes();
        int used;
        boolean complete;
        if (chunked != null) {
            used = chunked.feed(bytes, 0, bytes.length);
            complete = chunked.done();
        } else {
            used = (int) Math.min(remaining, bytes.length);
            body.write(bytes, 0, used);
            remaining -= used;
            complete = remaining == 0;
        }
        input = Buffer.buffer().appendBytes(bytes, used, bytes.length - used);
        if (chunked != null && chunked.broken()) {
            reset();
        } else if (complete) {
            answering = true;
            current.body().complete(body.toByteArray());
            onRequest.accept(current, this);
        }
    }

    /** HTTP/1.1 as bytes. */
    private final class H1Line implements Line {
        private final Script script;
        private final SeenRequest seen;
        private Buffer held = Buffer.buffer();
        private long heldPayload;
        private Future<Void> lastWrite = Future.succeededFuture();
        private final Buffer drops = Buffer.buffer();
        private int dripped;
        private long droppedPayload;
        private Runnable whenDry = () -> {};

        H1Line(Script script, SeenRequest seen) {
            this.script = script;
            this.seen = seen;
        }

        @Override
        public void head() {
            StringBuilder head = new StringBuilder("HTTP/1.1 ")
                    .append(script.status)
                    .append(' ')
                    .append(HttpResponseStatus.valueOf(script.status).reasonPhrase())
                    .append("\r\n");
            script.headers.forEach(
                    h -> head.append(h.name()).append(": ").append(h.value()).append("\r\n"));
            switch (script.framing) {
                case CHUNKED -> head.append("transfer-encoding: chunked\r\n");
                case CONTENT_LENGTH ->
                    head.append("content-length: ")
                            .append(script.declaredLength)
                            .append("\r\n");
                case UNTIL_CLOSE -> head.append("connection: close\r\n");
            }
            write(Buffer.buffer(head.append("\r\n").toString(), "ISO-8859-1"), 0);
        }

        @Override
        public void send(byte[] payload) {
            if (script.framing != Script.Framing.CHUNKED) {
                write(Buffer.buffer(payload), payload.length);
            } else if (payload.length > 0) {
                write(
                        Buffer.buffer(payload.length + 16)
                                .appendString(Integer.toHexString(payload.length))
                                .appendString("\r\n")
                                .appendBytes(payload)
                                .appendString("\r\n"),
                        payload.length);
            }
        }

        @Override
        public void raw(byte[] bytes) {
            write(Buffer.buffer(bytes), 0);
        }

        @Override
        public Future<Void> endBody() {
            if (script.framing == Script.Framing.CHUNKED) {
                write(Buffer.buffer("0\r\n\r\n"), 0);
            }
            flush();
            if (script.framing == Script.Framing.UNTIL_CLOSE) {
                return lastWrite.onSuccess(v -> {
                    seen.ended(How.COMPLETED, -1);
                    Sockets.finish(socket);
                });
            }
            return lastWrite;
        }

        @Override
        public void reset() {
            lastWrite.onComplete(v -> {
                seen.ended(How.CUT_BY_SCRIPT, -1);
                Sockets.reset(socket);
            });
        }

        @Override
        public void close() {
            lastWrite.onComplete(v -> {
                seen.ended(How.CUT_BY_SCRIPT, -1);
                Sockets.finish(socket);
            });
        }

        @Override
        public boolean full() {
            return dripped < drops.length() || socket.writeQueueFull();
        }

        @Override
        public void onDrain(Runnable task) {
            if (dripped < drops.length()) {
                whenDry = task;
            } else {
                socket.drainHandler(v -> task.run());
            }
        }

        @Override
        public void flush() {
            if (held.length() > 0) {
                Buffer all = held;
                long payload = heldPayload;
                held = Buffer.buffer();
                heldPayload = 0;
                put(all, payload);
            }
        }

        private void write(Buffer wire, long payload) {
            switch (script.segments) {
                case AS_SENT -> put(wire, payload);
                case TOGETHER -> {
                    held.appendBuffer(wire);
                    heldPayload += payload;
                }
                case ONE_BYTE -> drip(wire, payload);
            }
        }

        /** One write in each turn of the loop, so that a waiting reader has a chance to take each byte alone. */
        private void drip(Buffer wire, long payload) {
            boolean dripping = dripped < drops.length();
            drops.appendBuffer(wire);
            droppedPayload += payload;
            if (!dripping) {
                Promise<Void> dry = Promise.promise();
                lastWrite = dry.future();
                nextDrop(dry);
            }
        }

        private void nextDrop(Promise<Void> dry) {
            Future<Void> written = socket.write(drops.slice(dripped, ++dripped));
            if (dripped < drops.length()) {
                context.runOnContext(v -> nextDrop(dry));
                return;
            }
            seen.sent(droppedPayload);
            droppedPayload = 0;
            written.onComplete(dry);
            Runnable waiting = whenDry;
            whenDry = () -> {};
            waiting.run();
        }

        private void put(Buffer wire, long payload) {
            lastWrite = socket.write(wire).onSuccess(v -> seen.sent(payload));
        }
    }
}
