// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the responses of an HTTP/1.x connection on their way out, so that the {@link RequestGuard} knows which ones are
 * still owed. Once sealed it lets nothing more through: the guard has spoken the last word. The pieces of an event stream it
 * frames itself and hands on behind the codec, see {@link ChunkFrame}.
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
    /** Whether the response under way is an event stream in chunks. */
    private boolean stream;
    /** Of Vert.x's encoder: what it hands on goes past the encoder. */
    private @Nullable ChannelHandlerContext encoder;

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
        } else if (stream && message instanceof HttpContent piece && !(message instanceof LastHttpContent)) {
            frame(ctx, piece, promise);
            return;
        }
        ChannelFuture unused = ctx.write(message, promise);
        if (message instanceof LastHttpContent && !interim) {
            finish();
        }
    }

    private void frame(ChannelHandlerContext ctx, HttpContent piece, ChannelPromise promise) {
        if (encoder == null) {
            encoder = ctx.pipeline().context(HttpResponseEncoder.class);
        }
        ByteBuf frame =
                piece.content().isReadable() ? ChunkFrame.of(ctx.alloc(), piece.content()) : Unpooled.EMPTY_BUFFER;
        piece.release();
        ChannelFuture unused = encoder.write(frame, promise);
    }

    private void start(HttpResponse response) {
        interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (!interim) {
            if (early.getAsBoolean()) {
                // The rest of the body will not be read, so this connection ends with this response.
                response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
            started++;
            // Nobody asks for the mere head of a stream, so that there is a body is certain.
            stream = HttpUtil.isTransferEncodingChunked(response)
                    && HttpHeaderValues.TEXT_EVENT_STREAM.contentEqualsIgnoreCase(HttpUtil.getMimeType(response));
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
