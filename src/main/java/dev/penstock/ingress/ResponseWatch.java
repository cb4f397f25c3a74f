// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.function.BooleanSupplier;

/**
 * Counts the responses of an HTTP/1.x connection on their way out, so that the {@link RequestGuard} knows which ones are
 * still owed. Two type checks per write. Once sealed it lets nothing more through: the guard has spoken the last word.
 */
final class ResponseWatch extends ChannelOutboundHandlerAdapter {

    private final BooleanSupplier early;
    private final Runnable onFinished;
    private final Runnable onCloseAnnounced;
    private int started;
    private int finished;
    private boolean closing;
    private boolean interim;
    private boolean sealed;
    private boolean added;

    /**
     * @param early whether the request that the next response belongs to is not read to its end
     */
    ResponseWatch(BooleanSupplier early, Runnable onFinished, Runnable onCloseAnnounced) {
        this.early = early;
        this.onFinished = onFinished;
        this.onCloseAnnounced = onCloseAnnounced;
    }

    boolean added() {
        return added;
    }

    int started() {
        return started;
    }

    int finished() {
        return finished;
    }

    void seal() {
        sealed = true;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        added = true;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (sealed) {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        if (message instanceof HttpResponse response) {
            start(response);
        }
        ChannelFuture unused = ctx.write(message, promise);
        if (message instanceof LastHttpContent && !interim) {
            finish();
        }
    }

    private void start(HttpResponse response) {
        interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (!interim) {
            if (early.getAsBoolean()) {
                // The rest of the body will not be read, so this connection ends with this response.
                response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
            started++;
            closing = response.headers().contains(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        }
    }

    private void finish() {
        finished++;
        onFinished.run();
        if (closing) {
            onCloseAnnounced.run();
        }
    }
}
