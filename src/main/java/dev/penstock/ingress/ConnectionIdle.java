// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which nothing moves and nothing is owed. A model may think for minutes before it answers a request
 * without stream, so silence alone is no reason (the server's own {@code idleTimeout} would cut such answers); a request in
 * progress has its own timers. On HTTP/2, a stream whose window stays shut counts as nothing owed.
 *
 * <p>One flag per read and per flush and two timer ticks per period: Netty's {@code IdleStateHandler} allocates for each
 * write, and a write here is a token. A silent connection lives between one and one and a half periods.
 */
final class ConnectionIdle extends ChannelDuplexHandler {

    private final long tickNanos;
    private int silentTicks;
    private @Nullable ScheduledFuture<?> timer;

    ConnectionIdle(EdgeLimits limits) {
        this.tickNanos = limits.idle().toNanos() / 2;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        schedule(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        silentTicks = -1;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        silentTicks = -1;
        ctx.flush();
    }

    private void schedule(ChannelHandlerContext ctx) {
        timer = ctx.executor().schedule(() -> tick(ctx), tickNanos, TimeUnit.NANOSECONDS);
    }

    private void tick(ChannelHandlerContext ctx) {
        if (++silentTicks >= 2 && !owes(ctx)) {
            ChannelFuture unused = ctx.close();
        } else {
            schedule(ctx);
        }
    }

    private static boolean owes(ChannelHandlerContext ctx) {
        RequestGuard guard = ctx.pipeline().get(RequestGuard.class);
        if (guard != null) {
            return !guard.quiet();
        }
        Http2ConnectionHandler http2 = ctx.pipeline().get(Http2ConnectionHandler.class);
        return http2 != null && hasLiveStream(http2.connection());
    }

    private static boolean hasLiveStream(Http2Connection connection) {
        try {
            // forEachActiveStream stops at the first stream for which the visitor says false.
            return connection.forEachActiveStream(
                            stream -> !connection.remote().flowController().isWritable(stream))
                    != null;
        } catch (Http2Exception e) {
            return false;
        }
    }
}
