// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.kit.SeenRequest.How;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * One request of the simulated provider over HTTP/2 (or over a plain HTTP server, when the client chose HTTP/1.1 there). The
 * frames come from the Vert.x server; a cut is a RST_STREAM, an orderly close a GOAWAY and FIN.
 */
final class H2Answering {

    private static final long INTERNAL_ERROR = 0x2;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final SeenRequest seen;
    private ScriptRun run;
    private Future<Void> endSent = Future.failedFuture("the end was not sent");

    H2Answering(
            HttpServerRequest request,
            int connection,
            Consumer<SeenRequest> onHead,
            BiConsumer<SeenRequest, H2Answering> onRequest) {
        this.request = request;
        this.response = request.response();
        List<Header> headers = new ArrayList<>();
        if (request.authority() != null) {
            headers.add(new Header(":authority", request.authority().toString()));
        }
        request.headers().forEach((name, value) -> headers.add(new Header(name, value)));
        String version =
                switch (request.version()) {
                    case HTTP_2 -> "HTTP/2";
                    case HTTP_1_1 -> "HTTP/1.1";
                    case HTTP_1_0 -> "HTTP/1.0";
                };
        this.seen = new SeenRequest(
                request.method().name(), request.uri(), version, headers, connection, System.nanoTime());
        request.exceptionHandler(this::gone);
        response.exceptionHandler(this::gone);
        // A stream is closed after an orderly end as well, and the close is told before the end.
        response.closeHandler(
                v -> endSent.onComplete(sent -> ended(sent.succeeded() ? How.COMPLETED : How.PEER_CLOSED, -1)));
        onHead.accept(seen);
        request.body().onSuccess(body -> {
            seen.body().complete(body.getBytes());
            onRequest.accept(seen, this);
        });
    }

    void answer(Context context, Script script, Pacer pacer) {
        run = new ScriptRun(context, pacer, script, seen, new H2Line(script), () -> {});
        run.start();
    }

    private void gone(Throwable t) {
        if (t instanceof StreamResetException reset) {
            ended(How.PEER_RESET, reset.getCode());
        } else {
            ended(Sockets.isReset(t) ? How.PEER_RESET : How.PEER_CLOSED, -1);
        }
    }

    private void ended(How how, long code) {
        if (run != null) {
            run.stop();
        }
        seen.ended(how, code);
    }

    /** HTTP/2 as frames: one DATA frame for each piece. */
    private final class H2Line implements Line {
        private final Script script;
        private Buffer held = Buffer.buffer();
        private Future<Void> lastWrite = Future.succeededFuture();

        H2Line(Script script) {
            this.script = script;
        }

        @Override
        public void head() {
            response.setStatusCode(script.status);
            script.headers.forEach(h -> response.headers().add(h.name(), h.value()));
            if (script.framing == Script.Framing.CONTENT_LENGTH && script.declaredLength == script.payload().length) {
                response.putHeader("content-length", Long.toString(script.declaredLength));
            } else if (!seen.version().equals("HTTP/2")) {
                response.setChunked(true);
            }
            if (script.segments != Script.Segments.TOGETHER) {
                lastWrite = response.writeHead();
            }
        }

        @Override
        public void send(byte[] payload) {
            Buffer data = Buffer.buffer(payload);
            switch (script.segments) {
                case AS_SENT -> put(data);
                case TOGETHER -> held.appendBuffer(data);
                case ONE_BYTE -> {
                    for (int i = 0; i < payload.length; i++) {
                        put(data.slice(i, i + 1));
                    }
                }
            }
        }

        @Override
        public void raw(byte[] bytes) {
            // Below the frames of HTTP/2 there is nothing that a script could write.
        }

        @Override
        public void flush() {
            if (held.length() > 0) {
                Buffer all = held;
                held = Buffer.buffer();
                put(all);
            } else if (script.segments == Script.Segments.TOGETHER && headDue() && !response.headWritten()) {
                lastWrite = response.writeHead();
            }
        }

        @Override
        public Future<Void> endBody() {
            Promise<Void> sent = Promise.promise();
            endSent = sent.future();
            if (held.length() > 0) {
                Buffer all = held;
                held = Buffer.buffer();
                int length = all.length();
                response.end(all).onSuccess(v -> seen.sent(length)).onComplete(sent);
            } else {
                response.end().onComplete(sent);
            }
            return endSent;
        }

        @Override
        public void reset() {
            lastWrite.onComplete(v -> {
                ended(How.CUT_BY_SCRIPT, -1);
                response.reset(INTERNAL_ERROR);
            });
        }

        @Override
        public void close() {
            lastWrite.onComplete(v -> {
                ended(How.CUT_BY_SCRIPT, -1);
                request.connection().close();
            });
        }

        @Override
        public boolean full() {
            return !response.ended() && response.writeQueueFull();
        }

        @Override
        public void onDrain(Runnable task) {
            response.drainHandler(v -> task.run());
        }

        private boolean headDue() {
            return !script.steps.isEmpty() && script.steps.get(0) instanceof Script.Step.Head;
        }

        private void put(Buffer data) {
            lastWrite = response.write(data).onSuccess(v -> seen.sent(data.length()));
        }
    }
}
