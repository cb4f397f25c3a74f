// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The load client: raw Netty on the load loop, pre-built requests, no allocation per event, every byte checked.
 *
 * <p>Closed loop: {@link #closedLoop} keeps a number of connections busy, each with one request after another. Open loop:
 * {@link #openLoop} starts answers at a fixed rate whatever happens, on free kept-alive connections or new ones, and counts time
 * from the moment an answer was due, so that a slow gateway cannot hide its queue. All state belongs to the loop's thread.
 */
final class LoadClient implements AutoCloseable {
    private static final long CONNECT_MILLIS = 10_000;

    private final LoadLoop loop;
    private final String host;
    private final int port;
    private final String prefix;
    private final boolean translated;
    private final Tally tally = new Tally();
    private final List<Call> calls = new ArrayList<>();
    private final Deque<Call> free = new ArrayDeque<>();
    private boolean stopped;
    private boolean refusable;
    private boolean batch;
    private int active;
    private int started;

    /** @param prefix provider name and slash, or empty */
    LoadClient(LoadLoop loop, int port, String prefix) {
        this(loop, port, prefix, false);
    }

    /** @param translated whether to speak Messages instead of the provider's own chat */
    LoadClient(LoadLoop loop, int port, String prefix, boolean translated) {
        this.translated = translated;
        this.loop = loop;
        this.port = port;
        this.host = "127.0.0.1:" + port;
        this.prefix = prefix;
    }

    /** From now on a 503 is no failure; it is counted, and its connection goes on. */
    LoadClient refusable() {
        refusable = true;
        return this;
    }

    /** Says of each request that nobody waits for it. */
    LoadClient batch() {
        batch = true;
        return this;
    }

    /** What a plan asks of each of its connections. */
    record Plan(Mode mode, int receiveBuffer, boolean read, boolean repeat) {
        static Plan of(Mode mode) {
            return new Plan(mode, 0, true, false);
        }

        Plan repeating() {
            return new Plan(mode, receiveBuffer, read, true);
        }

        /** Reads nothing at all and offers the smallest window. */
        Plan stalled() {
            return new Plan(mode, 4096, false, false);
        }
    }

    /** Opens {@code connections}, one every {@code gapMicros}, each with requests one after another until {@link #stop}. */
    void closedLoop(Mode mode, int connections, long gapMicros) {
        each(Plan.of(mode).repeating(), connections, gapMicros);
    }

    /** Opens {@code connections}, one every {@code gapMicros}, each with one request. */
    void each(Plan plan, int connections, long gapMicros) {
        ByteBuf request = request(plan.mode(), "bench");
        long begin = System.nanoTime();
        loop.run(() -> stopped = false);
        loop.run(() -> spread(connections, gapMicros, begin, 0, i -> open(plan, request, System.nanoTime())));
    }

    /** Starts answers at {@code perSecond} for {@code seconds}. */
    void openLoop(Mode mode, double perSecond, double seconds) {
        ByteBuf request = request(mode, "bench");
        Plan plan = Plan.of(mode);
        long gapNanos = (long) (1e9 / perSecond);
        int count = (int) (perSecond * seconds);
        long begin = System.nanoTime();
        loop.run(() -> stopped = false);
        loop.run(() -> arrive(plan, request, count, gapNanos, begin, 0));
    }

    /** One request whose {@code user} names it, for the fake provider's abort log. */
    Call one(Mode mode, String user) {
        ByteBuf request = request(mode, user);
        return loop.ask(() -> {
            stopped = false;
            return open(Plan.of(mode), request, System.nanoTime());
        });
    }

    /** No new requests; answers in progress go on. */
    void stop() {
        loop.run(() -> stopped = true);
    }

    /** Waits until nothing is in progress. */
    boolean drained(long millis) {
        return Wait.until(millis, () -> loop.ask(() -> active == 0));
    }

    int active() {
        return loop.ask(() -> active);
    }

    /** Answers whose first content has arrived or that have ended, since the last {@link #reset}. */
    int started() {
        return loop.ask(() -> started);
    }

    Tally.Snapshot snapshot() {
        return loop.ask(tally::snapshot);
    }

    void reset() {
        loop.run(() -> {
            tally.reset();
            started = 0;
        });
    }

    /** Cuts every connection without counting it as a failure. */
    @Override
    public void close() {
        loop.run(() -> {
            stopped = true;
            for (Call call : List.copyOf(calls)) {
                call.abandon();
            }
            calls.clear();
            free.clear();
        });
    }

    private ByteBuf request(Mode mode, String user) {
        boolean stream = !(mode instanceof Mode.Unary);
        return translated
                ? Wire.messagesRequest(host, prefix + mode.model(), stream)
                : Wire.request(host, prefix + mode.model(), stream, user, batch);
    }

    private interface Step {
        void run(int index);
    }

    private void spread(int count, long gapMicros, long begin, int from, Step step) {
        int index = from;
        while (index < count && !stopped && System.nanoTime() - begin >= index * gapMicros * 1_000) {
            step.run(index++);
        }
        int reached = index;
        if (reached < count && !stopped) {
            long wait = begin + reached * gapMicros * 1_000 - System.nanoTime();
            loop.loop()
                    .schedule(
                            () -> spread(count, gapMicros, begin, reached, step),
                            Math.max(wait, 1_000),
                            TimeUnit.NANOSECONDS);
        }
    }

    private void arrive(Plan plan, ByteBuf request, int count, long gapNanos, long begin, int from) {
        int index = from;
        while (index < count && !stopped && System.nanoTime() - begin >= index * gapNanos) {
            long due = begin + index * gapNanos;
            Call call = free.pollFirst();
            if (call == null) {
                open(plan, request, due);
            } else {
                call.begin(due);
            }
            index++;
        }
        int reached = index;
        if (reached < count && !stopped) {
            long wait = begin + reached * gapNanos - System.nanoTime();
            loop.loop()
                    .schedule(
                            () -> arrive(plan, request, count, gapNanos, begin, reached),
                            Math.max(wait, 1_000),
                            TimeUnit.NANOSECONDS);
        }
    }

    private Call open(Plan plan, ByteBuf request, long due) {
        Call call = new Call(plan, request, due);
        calls.add(call);
        active++;
        Bootstrap bootstrap = new Bootstrap()
                .group(loop.group())
                .channel(loop.channel())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, plan.read())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_MILLIS)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(call);
                    }
                });
        if (plan.receiveBuffer() > 0) {
            bootstrap.option(ChannelOption.SO_RCVBUF, plan.receiveBuffer());
        }
        ChannelFuture connected = bootstrap.connect("127.0.0.1", port);
        call.channel = connected.channel();
        connected.addListener(done -> {
            if (!done.isSuccess()) {
                call.end("connect: " + done.cause());
            }
        });
        return call;
    }

    private enum Framing {
        HEAD,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILER,
        LENGTH,
        CLOSE
    }

    /** One connection and the answer that it is receiving. */
    final class Call extends ChannelInboundHandlerAdapter implements AnswerCheck.Sink {
        private final Plan plan;
        private final ByteBuf request;
        private final AnswerCheck check = translated ? new MessagesCheck(this) : new StreamCheck(this);
        private final StringBuilder head = new StringBuilder(512);
        private @Nullable Channel channel;
        private Framing framing = Framing.HEAD;
        private long remaining;
        private boolean sizeStarted;
        private int skipped;
        private long due;
        private boolean first;
        private boolean busy = true;
        private boolean dead;
        private boolean keep;
        private boolean turnedAway;

        Call(Plan plan, ByteBuf request, long due) {
            this.plan = plan;
            this.request = request;
            this.due = due;
        }

        /** Leaves without a word, as a client does that was closed. */
        void abandon() {
            if (busy) {
                busy = false;
                active--;
            }
            dead = true;
            if (channel != null) {
                channel.close();
            }
        }

        /** Whether content has arrived; read it on the loop. */
        boolean sawContent() {
            return !first;
        }

        boolean connected() {
            return channel != null && channel.isActive();
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            send(ctx.channel());
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (framing == Framing.CLOSE && check.complete()) {
                answered();
            } else if (busy) {
                end("closed in " + framing + " after " + tally.events + " events of this window");
            }
            dead = true;
            free.remove(this);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(cause.toString());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                while (in.isReadable() && busy) {
                    step(in);
                }
            } finally {
                in.release();
            }
        }

        @Override
        public void onContent(long stamp) {
            tally.events++;
            if (stamp == 0 && !first) {
                return;
            }
            long now = System.nanoTime();
            if (stamp != 0) {
                tally.transit.recordValue(Math.max(0, now - stamp));
            }
            if (first) {
                first = false;
                started++;
                tally.firstContent.recordValue(Math.max(0, now - due));
            }
        }

        private void begin(long dueAt) {
            due = dueAt;
            busy = true;
            active++;
            if (channel != null) {
                send(channel);
            }
        }

        private void send(Channel to) {
            framing = Framing.HEAD;
            head.setLength(0);
            first = true;
            check.begin(plan.mode());
            to.writeAndFlush(request.retainedDuplicate(), to.voidPromise());
        }

        private void step(ByteBuf in) {
            switch (framing) {
                case HEAD -> readHead(in);
                case CHUNK_SIZE -> readSize(in);
                case CHUNK_DATA, LENGTH -> readBody(in);
                case CHUNK_END -> {
                    in.skipBytes(1);
                    if (++skipped == 2) {
                        framing = Framing.CHUNK_SIZE;
                        sizeStarted = false;
                        remaining = 0;
                    }
                }
                case TRAILER -> {
                    in.skipBytes(1);
                    if (++skipped == 2) {
                        answered();
                    }
                }
                case CLOSE -> {
                    check.accept(in, in.readerIndex(), in.readableBytes());
                    in.skipBytes(in.readableBytes());
                }
            }
        }

        private void readHead(ByteBuf in) {
            int from = Math.max(0, head.length() - 3);
            head.append(in.toString(StandardCharsets.ISO_8859_1));
            int end = head.indexOf("\r\n\r\n", from);
            if (end < 0) {
                in.skipBytes(in.readableBytes());
                return;
            }
            in.readerIndex(in.writerIndex() - (head.length() - end - 4));
            head.setLength(end);
            String text = head.toString().toLowerCase(Locale.ROOT);
            turnedAway = refusable && text.startsWith("http/1.1 503");
            if (!turnedAway && !text.startsWith("http/1.1 200")) {
                throw new AnswerCheck.Mismatch(
                        "answered " + text.lines().findFirst().orElse("nothing"));
            }
            keep = !text.contains("\r\nconnection: close");
            int length = text.indexOf("\r\ncontent-length:");
            if (text.contains("\r\ntransfer-encoding: chunked")) {
                framing = Framing.CHUNK_SIZE;
                sizeStarted = false;
                remaining = 0;
            } else if (length >= 0) {
                int start = length + "\r\ncontent-length:".length();
                int stop = text.indexOf('\r', start);
                remaining = Long.parseLong(
                        text.substring(start, stop < 0 ? text.length() : stop).trim());
                framing = Framing.LENGTH;
            } else {
                framing = Framing.CLOSE;
            }
        }

        private void readSize(ByteBuf in) {
            while (in.isReadable()) {
                byte b = in.readByte();
                if (b == '\n') {
                    if (!sizeStarted) {
                        throw new AnswerCheck.Mismatch("chunk without a size");
                    }
                    skipped = 0;
                    framing = remaining == 0 ? Framing.TRAILER : Framing.CHUNK_DATA;
                    return;
                }
                if (b != '\r') {
                    remaining = remaining * 16 + Character.digit(b, 16);
                    sizeStarted = true;
                }
            }
        }

        private void readBody(ByteBuf in) {
            int length = (int) Math.min(remaining, in.readableBytes());
            if (!turnedAway) {
                check.accept(in, in.readerIndex(), length);
            }
            in.skipBytes(length);
            remaining -= length;
            if (remaining > 0) {
                return;
            }
            if (framing == Framing.LENGTH) {
                answered();
            } else {
                framing = Framing.CHUNK_END;
                skipped = 0;
            }
        }

        private void answered() {
            if (turnedAway) {
                wasRefused();
                return;
            }
            if (!check.complete()) {
                end("ended early, and as if complete");
                return;
            }
            busy = false;
            active--;
            tally.answers++;
            tally.complete++;
            tally.whole.recordValue(Math.max(0, System.nanoTime() - due));
            if (!keep || framing == Framing.CLOSE) {
                retire();
                if (plan.repeat() && !stopped) {
                    open(plan, request, System.nanoTime());
                }
            } else if (plan.repeat() && !stopped) {
                begin(System.nanoTime());
            } else {
                free.addFirst(this);
            }
        }

        private void wasRefused() {
            busy = false;
            active--;
            tally.refused++;
            tally.refusal.recordValue(Math.max(0, System.nanoTime() - due));
            if (keep) {
                free.addFirst(this);
            } else {
                retire();
            }
        }

        private void end(String why) {
            if (!dead && busy) {
                tally.fail(why);
                busy = false;
                active--;
            }
            retire();
        }

        private void retire() {
            dead = true;
            calls.remove(this);
            free.remove(this);
            if (channel != null) {
                channel.close();
            }
        }
    }
}
