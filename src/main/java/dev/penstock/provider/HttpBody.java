// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.Timers;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The body of an HTTP answer. Created inside the response callback, where it pauses before anything can be lost. */
final class HttpBody implements ByteSource {

    /** RFC 9113, section 7: CANCEL. Netty does not count it against the encoder's reset limit. */
    static final long H2_CANCEL = 0x8;

    /** How long and how much a provider may go on after the end of its answer. The end of the body is one packet away. */
    private static final Duration EPILOGUE = Duration.ofSeconds(1);

    private static final int EPILOGUE_BYTES = 64 << 10;

    private final HttpClientResponse response;
    private final BooleanSupplier requestSent;
    private final ReadEnd readEnd;
    private final Timers timers;
    private boolean ended;
    private boolean finished;
    private boolean cancelled;
    private int thrownAway;
    private Timers.@Nullable Timer epilogue;

    HttpBody(HttpClientResponse response, BooleanSupplier requestSent, Timers timers) {
        this.response = response;
        this.requestSent = requestSent;
        this.readEnd = ReadEnd.of(response.request().connection());
        this.timers = timers;
        response.pause();
    }

    @Override
    public void handler(Handler<Buffer> handler) {
        response.handler(chunk -> {
            if (finished) {
                throwAway(chunk);
            } else if (!cancelled) {
                handler.handle(chunk);
            }
        });
    }

    @Override
    public void endHandler(Handler<@Nullable Void> handler) {
        response.endHandler(end -> {
            over();
            if (!cancelled) {
                if (!requestSent.getAsBoolean()) {
                    giveUpRequest();
                }
                if (!finished) {
                    handler.handle(null);
                }
            }
        });
    }

    /**
     * The answer is over and half of the request has left. On HTTP/1.1 nothing may follow it on this connection, and to reset the
     * request now would do the opposite: with its answer complete, Vert.x 5.0.8 takes the connection back as a good one.
     */
    private void giveUpRequest() {
        if (response.version() == HttpVersion.HTTP_2) {
            cancel();
        } else {
            cancelled = true;
            readEnd.cut();
        }
    }

    @Override
    public void exceptionHandler(Handler<Throwable> handler) {
        response.exceptionHandler(failure -> {
            over();
            if (!cancelled && !finished) {
                handler.handle(failure);
            }
        });
    }

    @Override
    public void pause() {
        response.pause();
    }

    @Override
    public void resume() {
        response.resume();
    }

    @Override
    public Executor readEnd() {
        return readEnd;
    }

    @Override
    public void finish() {
        if (!ended && !cancelled && !finished) {
            finished = true;
            epilogue = timers.after(EPILOGUE, this::cancel);
            response.resume();
        }
    }

    private void throwAway(Buffer chunk) {
        thrownAway += chunk.length();
        if (thrownAway > EPILOGUE_BYTES) {
            cancel();
        }
    }

    private void over() {
        ended = true;
        if (epilogue != null) {
            epilogue.cancel();
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            over();
            response.request().reset(H2_CANCEL);
        }
    }
}
