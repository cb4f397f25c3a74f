// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import org.jspecify.annotations.Nullable;

/**
 * Collects a body up to a bound. Beyond it, or when it is given up, nothing more is taken in: a call that waits for its answer is
 * reset, a sender stays paused until the idle timer of the connection closes it.
 */
final class CappedBody implements BodyCodec<byte[]>, BodyStream<byte[]> {

    private final int max;
    private final Runnable tooLarge;
    private final Promise<byte[]> whole = Promise.promise();
    private Buffer collected = Buffer.buffer();
    private boolean over;
    private @Nullable HttpContext<?> call;

    CappedBody(int max, Runnable tooLarge) {
        this.max = max;
        this.tooLarge = tooLarge;
    }

    /** The call that has no answer yet. */
    void awaitedBy(HttpContext<?> context) {
        call = context;
    }

    /** The head of the answer is there: judges the length that it announces. */
    void announced(@Nullable String contentLength) {
        call = null;
        try {
            if (contentLength != null && Long.parseLong(contentLength) > max) {
                refuse();
            }
        } catch (NumberFormatException e) {
            // No length; then what comes is counted.
        }
    }

    /** Takes nothing more in. */
    void giveUp() {
        over = true;
        collected = Buffer.buffer();
        HttpContext<?> waiting = call;
        if (waiting != null) {
            call = null;
            waiting.fail(new SideCallFailed("the call was given up"));
        }
    }

    boolean isGivenUp() {
        return over;
    }

    private void refuse() {
        tooLarge.run();
        giveUp();
    }

    @Override
    public BodyStream<byte[]> stream() {
        return this;
    }

    @Override
    public Future<Void> write(Buffer data) {
        if (!over && collected.length() + data.length() > max) {
            refuse();
        }
        if (!over) {
            collected.appendBuffer(data);
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> end() {
        whole.tryComplete(collected.getBytes());
        return Future.succeededFuture();
    }

    @Override
    public Future<byte[]> result() {
        return whole.future();
    }

    @Override
    public void handle(Throwable broken) {
        whole.tryFail(broken);
    }

    @Override
    public boolean writeQueueFull() {
        return over;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int size) {
        return this;
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
        return this;
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }
}
