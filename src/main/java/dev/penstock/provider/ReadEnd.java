// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Runs work at the end of the read that is under way on an upstream connection: one read may bring many events, and they shall
 * leave in one write; but they shall not wait for the reads of other sockets, as they would at the end of the loop's turn
 * (measured: with 1,000 paced streams that wait was the larger part of the added latency). Sits first in the pipeline, so
 * that everything behind it, TLS and codec included, has seen the end of the read before the work runs. Belongs to the
 * channel's event loop.
 *
 * <p>Reaches the channel through {@link ConnectionBase} (Vert.x 5.0.8, internal API): Vert.x tells nobody where a read ends.
 */
final class ReadEnd extends ChannelInboundHandlerAdapter implements Executor {

    /** What one read may bring for a client that has just stopped to read; 60 events of a usual size. */
    private static final int MAX_READ = 16 << 10;
    /** Before another socket has its turn. */
    private static final int READS_IN_A_ROW = 4;

    private final Channel channel;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean reading;

    private ReadEnd(Channel channel) {
        this.channel = channel;
    }

    static ReadEnd of(HttpConnection connection) {
        Channel channel = ((ConnectionBase) connection).channel();
        ReadEnd known = channel.pipeline().get(ReadEnd.class);
        if (known != null) {
            return known;
        }
        channel.config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(512, 2048, MAX_READ).maxMessagesPerRead(READS_IN_A_ROW));
        ReadEnd created = new ReadEnd(channel);
        channel.pipeline().addFirst(created);
        return created;
    }

    /** Closes the connection at once, whatever still waits to be written: a peer that does not read would hold it open. */
    void cut() {
        ChannelHandlerContext here = channel.pipeline().context(this);
        if (here != null) {
            ChannelFuture unused = here.close();
        }
    }

    /** Outside a read, as when a paused answer flows again, the end of the loop's turn is the next best moment. */
    @Override
    public void execute(Runnable task) {
        if (reading) {
            waiting.add(task);
        } else {
            channel.eventLoop().execute(task);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        ctx.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        reading = false;
        runWaiting();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        reading = false;
        runWaiting();
        ctx.fireChannelInactive();
    }

    private void runWaiting() {
        Runnable task;
        while ((task = waiting.poll()) != null) {
            task.run();
        }
    }
}
