// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A fake provider that costs little: raw Netty on the load loop, pre-built bytes, and one timer wheel for all paced streams.
 *
 * <p>It reads just enough HTTP/1.1 to find the model name and answers by {@link Mode}. Each event is its own HTTP chunk. The wheel
 * turns every {@value #TICK_MICROS} us, so a thousand streams with random phases wake the process under test as evenly as a
 * thousand independent providers would, within that grain. All state belongs to the loop's thread.
 */
final class LoadProvider {
    private static final int TICK_MICROS = 250;
    private static final int SLOTS = 8192;
    /** Thousands of floods must not fill the kernel's memory for all of TCP (tcp_mem), or everyone would suffer. */
    private static final int FLOOD_SEND_BUFFER = 32 << 10;

    private static final int MAX_REQUEST = 1 << 20;

    private final LoadLoop loop;
    private final Channel listener;
    private final @Nullable PacedStream[] wheel = new PacedStream[SLOTS];
    private final Map<Integer, ByteBuf> bursts = new HashMap<>();
    private final ByteBuf flood = Unpooled.directBuffer();
    private final ByteBuf head = chunked(Wire.STREAM_HEAD, Wire.ROLE);
    private final ByteBuf finish = ending(false);
    private final ByteBuf finishWithUsage = ending(true);
    private final ByteBuf unary =
            Unpooled.directBuffer().writeBytes(Wire.UNARY_HEAD).writeBytes(Wire.UNARY_BODY);
    private final ByteBuf content = Wire.chunk(Wire.CONTENT);
    private final int eventAt = content.readableBytes() - 2 - Wire.CONTENT.length;

    private Consumer<String> onAbort = user -> {};
    private long tick;
    private long epoch;
    private int paced;
    private boolean ticking;
    private int open;

    LoadProvider(LoadLoop loop) {
        this.loop = loop;
        Wire.writeUnstamped(flood, Wire.FLOOD_BLOCK);
        listener = new ServerBootstrap()
                .group(loop.group())
                .channel(loop.serverChannel())
                .option(ChannelOption.SO_BACKLOG, 8192)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new io.netty.channel.WriteBufferWaterMark(8 << 10, 16 << 10))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Connection());
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Called on the loop with the request's {@code user} when a connection goes away before its answer is complete. */
    void onAbort(Consumer<String> listener) {
        onAbort = listener;
    }

    /** Answers in progress; read it on the loop. */
    int open() {
        return open;
    }

    void close() {
        listener.close().syncUninterruptibly();
    }

    private static ByteBuf chunked(byte[] head, byte[] event) {
        ByteBuf out = Unpooled.directBuffer().writeBytes(head);
        Wire.writeChunk(out, event);
        return out;
    }

    private static ByteBuf ending(boolean usage) {
        ByteBuf out = Unpooled.directBuffer();
        Wire.writeChunk(out, Wire.FINISH);
        if (usage) {
            Wire.writeChunk(out, Wire.USAGE);
        }
        Wire.writeChunk(out, Wire.DONE);
        return out.writeBytes(Wire.LAST_CHUNK);
    }

    private ByteBuf burst(int events) {
        return bursts.computeIfAbsent(events, n -> {
            ByteBuf out = Unpooled.directBuffer();
            Wire.writeUnstamped(out, n);
            return out;
        });
    }

    private void schedule(PacedStream stream) {
        if (!ticking) {
            ticking = true;
            epoch = System.nanoTime();
            tick = 0;
            stream.due = 1;
            loop.loop().schedule(this::turn, TICK_MICROS, TimeUnit.MICROSECONDS);
        }
        int slot = (int) (stream.due % SLOTS);
        stream.next = wheel[slot];
        wheel[slot] = stream;
    }

    /** One turn of the wheel: every slot up to now, then sleep until the next tick that lies ahead. */
    private void turn() {
        long now = (System.nanoTime() - epoch) / (TICK_MICROS * 1_000L);
        while (tick < now) {
            tick++;
            int slot = (int) (tick % SLOTS);
            PacedStream stream = wheel[slot];
            wheel[slot] = null;
            while (stream != null) {
                PacedStream next = stream.next;
                if (stream.due > tick) {
                    schedule(stream);
                } else if (stream.emit()) {
                    stream.due = Math.max(stream.due + stream.period, tick + 1);
                    schedule(stream);
                } else {
                    paced--;
                }
                stream = next;
            }
        }
        if (paced == 0) {
            ticking = false;
            return;
        }
        long wait = epoch + (tick + 1) * TICK_MICROS * 1_000L - System.nanoTime();
        loop.loop().schedule(this::turn, Math.max(wait, 1_000), TimeUnit.NANOSECONDS);
    }

    /** A stream in the wheel. */
    private final class PacedStream {
        private final ChannelHandlerContext ctx;
        private final Connection owner;
        private final int events;
        private final long period;
        private int seq;
        private long due;
        private @Nullable PacedStream next;

        PacedStream(ChannelHandlerContext ctx, Connection owner, Mode.Paced mode) {
            this.ctx = ctx;
            this.owner = owner;
            this.events = mode.events();
            this.period = Math.max(1, 1_000_000L / mode.perSecond() / TICK_MICROS);
        }

        /** @return whether there is more to come */
        boolean emit() {
            if (!ctx.channel().isActive()) {
                return false;
            }
            owner.writeStamped(ctx, seq++);
            if (seq < events) {
                ctx.flush();
                return true;
            }
            owner.finish(ctx);
            return false;
        }
    }

    /** One connection: requests one after another, each answered by its mode. */
    private final class Connection extends ChannelInboundHandlerAdapter {
        private @Nullable ByteBuf partial;
        private boolean answering;
        private boolean usage;
        private boolean flooding;
        private String user = "";

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            if (partial != null) {
                partial.writeBytes(in);
                in.release();
                in = partial;
                partial = null;
            }
            int length = requestLength(in);
            if (length < 0 || in.readableBytes() < length) {
                if (in.readableBytes() > MAX_REQUEST) {
                    throw new IllegalStateException("request too large for the fake provider");
                }
                partial = ctx.alloc().buffer(in.readableBytes() + 2048).writeBytes(in);
                in.release();
                return;
            }
            String text = in.toString(in.readerIndex(), length, StandardCharsets.ISO_8859_1);
            in.release();
            answer(ctx, text);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (partial != null) {
                partial.release();
                partial = null;
            }
            if (answering) {
                answering = false;
                open--;
                onAbort.accept(user);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (flooding && ctx.channel().isWritable()) {
                loop.loop().execute(() -> pour(ctx));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!(cause instanceof java.io.IOException)) {
                cause.printStackTrace();
            }
            ctx.close();
        }

        private void answer(ChannelHandlerContext ctx, String text) {
            Mode mode = Mode.parse(between(text, "\"model\":\"", "\""));
            usage = text.contains("\"include_usage\":true");
            user = between(text, "\"user\":\"", "\"");
            answering = true;
            open++;
            switch (mode) {
                case Mode.Unary u -> {
                    done();
                    ctx.writeAndFlush(unary.retainedDuplicate(), ctx.voidPromise());
                }
                case Mode.Burst burst -> {
                    ctx.write(head.retainedDuplicate(), ctx.voidPromise());
                    spill(ctx, burst);
                }
                case Mode.Paced p -> {
                    ctx.writeAndFlush(head.retainedDuplicate(), ctx.voidPromise());
                    PacedStream stream = new PacedStream(ctx, this, p);
                    if (stream.emit()) {
                        paced++;
                        stream.due = ticking ? tick + stream.period : 0;
                        schedule(stream);
                    }
                }
                case Mode.Idle i -> {
                    ctx.write(head.retainedDuplicate(), ctx.voidPromise());
                    writeStamped(ctx, 0);
                    ctx.flush();
                }
                case Mode.Preamble p -> ctx.writeAndFlush(head.retainedDuplicate(), ctx.voidPromise());
                case Mode.Silent s -> {}
                case Mode.Flood f -> {
                    flooding = true;
                    ctx.channel().config().setOption(ChannelOption.SO_SNDBUF, FLOOD_SEND_BUFFER);
                    ctx.writeAndFlush(head.retainedDuplicate(), ctx.voidPromise());
                    pour(ctx);
                }
            }
        }

        private void done() {
            answering = false;
            open--;
        }

        private void writeStamped(ChannelHandlerContext ctx, int seq) {
            ByteBuf out = ctx.alloc().directBuffer(content.readableBytes());
            out.writeBytes(content, content.readerIndex(), content.readableBytes());
            Wire.putDigits(out, eventAt + Wire.SEQ_AT, Wire.SEQ_DIGITS, seq);
            Wire.putDigits(out, eventAt + Wire.STAMP_AT, Wire.STAMP_DIGITS, System.nanoTime());
            ctx.write(out, ctx.voidPromise());
        }

        private void finish(ChannelHandlerContext ctx) {
            done();
            ctx.writeAndFlush((usage ? finishWithUsage : finish).retainedDuplicate(), ctx.voidPromise());
        }

        /** The whole burst in one turn of the loop, {@code perWrite} events in each write. */
        private void spill(ChannelHandlerContext ctx, Mode.Burst burst) {
            ByteBuf rest = burst(burst.events()).duplicate();
            int block = content.readableBytes() * burst.perWrite();
            while (rest.isReadable()) {
                ctx.writeAndFlush(rest.readRetainedSlice(Math.min(block, rest.readableBytes())), ctx.voidPromise());
            }
            finish(ctx);
        }

        /** Blocks until the channel is full; the next turn comes with its writability. */
        private void pour(ChannelHandlerContext ctx) {
            if (ctx.channel().isActive() && ctx.channel().isWritable()) {
                ctx.writeAndFlush(flood.retainedDuplicate(), ctx.voidPromise());
                if (ctx.channel().isWritable()) {
                    loop.loop().execute(() -> pour(ctx));
                }
            }
        }
    }

    /** Bytes of the first request in {@code in} once its head is complete, else -1. Understands both body framings. */
    private static int requestLength(ByteBuf in) {
        String text = in.toString(StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return -1;
        }
        String head = text.substring(0, end).toLowerCase(java.util.Locale.ROOT);
        int at = head.indexOf("\r\ncontent-length:");
        if (at >= 0) {
            int from = at + "\r\ncontent-length:".length();
            int to = head.indexOf("\r\n", from);
            return end
                    + 4
                    + Integer.parseInt(
                            head.substring(from, to < 0 ? head.length() : to).trim());
        }
        if (head.contains("\r\ntransfer-encoding: chunked")) {
            int last = text.indexOf("\r\n0\r\n\r\n", end);
            return last < 0 ? -1 : last + 7;
        }
        return end + 4;
    }

    private static String between(String text, String open, String close) {
        int from = text.indexOf(open);
        if (from < 0) {
            return "";
        }
        int start = from + open.length();
        return text.substring(start, text.indexOf(close, start));
    }
}
