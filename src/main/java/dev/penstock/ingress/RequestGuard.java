// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.net.impl.ShutdownEvent;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands in front of the HTTP/1.x codec and lets only bytes pass about which no two parsers can disagree, so that nothing
 * can be smuggled behind a request. It reads each head as a whole ({@link RequestHead}), follows the framing of each body,
 * and so knows itself where the next request begins. What is good goes on unchanged and uncopied; the first byte that is not
 * ends the connection: one canonical response, in its place after the responses that are still owed, then a lingering close
 * so that the client can read it. The codec never sees any part of a refused head.
 *
 * <p>The cost is one pass over each head; while body bytes pass it is an addition. A head that is not complete is held, at
 * most {@code maxHeadBytes}, and must be complete within {@code headTimeout}.
 *
 * <pre>
 *            head ok, no body            +--------------------------------------------+
 *   (start) -> HEAD --length--> LENGTH --+--> HEAD ...         (first bytes are the HTTP/2 preface: leaves the pipeline)
 *               |  --chunked--> CHUNKED -+
 *               +-- refused --> waits for owed responses --> speaks --> LINGERING --> closed
 * </pre>
 */
final class RequestGuard extends ChannelDuplexHandler {

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IGNORED = "ignored".getBytes(StandardCharsets.US_ASCII);

    /** Enough of any allowed method to differ from the preface, and too little to be a request. */
    private static final int OPENING = 4;

    private enum Reading {
        HEAD,
        LENGTH,
        CHUNKED,
        NOTHING
    }

    private final EdgeLimits limits;
    private final EdgeListener listener;
    private final RequestHead head;
    private final Runnable onPreface;
    private final boolean prefaceAllowed;
    private final ChunkedFraming chunks = new ChunkedFraming();
    private final ResponseWatch responses =
            new ResponseWatch(this::isBodyMissing, this::onResponse, this::onCloseAnnounced);

    private Reading reading = Reading.HEAD;
    private long bodyLeft;
    private int forwarded;

    private @Nullable ByteBuf held;
    private int scanned;
    private int lineStart;
    private boolean lineSeen;
    private @Nullable ScheduledFuture<?> headTimer;

    private @Nullable Refusal refusal;
    private boolean bodyBroken;
    private boolean lingering;
    private long thrownAway;
    private @Nullable ScheduledFuture<?> lingerTimer;
    private @Nullable ChannelHandlerContext context;

    /**
     * @param head the reader of this event loop
     * @param onPreface called when the client turns out to speak HTTP/2 with prior knowledge, or null where it may not
     */
    RequestGuard(EdgeLimits limits, EdgeListener listener, RequestHead head, @Nullable Runnable onPreface) {
        this.limits = limits;
        this.listener = listener;
        this.head = head;
        this.prefaceAllowed = onPreface != null;
        this.onPreface = onPreface != null ? onPreface : () -> {};
    }

    /** No request is being read or answered. */
    boolean quiet() {
        return reading == Reading.HEAD && held == null && responses.finished() == forwarded;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stopHeadTimer();
        if (lingerTimer != null) {
            lingerTimer.cancel(false);
        }
        if (held != null) {
            held.release();
            held = null;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (reading == Reading.NOTHING) {
            throwAway(ctx, in);
            return;
        }
        if (reading == Reading.LENGTH && in.readableBytes() < bodyLeft) {
            bodyLeft -= in.readableBytes();
            ctx.fireChannelRead(in);
            return;
        }
        read(ctx, held == null ? in : joined(held, in));
    }

    private void read(ChannelHandlerContext ctx, ByteBuf in) {
        held = null;
        int start = in.readerIndex();
        int end = in.writerIndex();
        int at = start;
        while (at < end && refusal == null) {
            int next = step(in, at, end);
            if (next < 0) {
                hold(ctx, in, start, at);
                return;
            }
            at = next;
        }
        if (refusal == null) {
            forward(ctx, in);
            return;
        }
        Refusal why = refusal;
        if (at > start) {
            forward(ctx, in.retainedSlice(start, at - start));
        }
        in.release();
        refuse(ctx, why);
    }

    /** Goes over one head, or over what there is of a body. Returns where it ends, or -1 when a head is not complete. */
    private int step(ByteBuf in, int at, int end) {
        if (reading == Reading.LENGTH) {
            int n = (int) Math.min(bodyLeft, end - at);
            bodyLeft -= n;
            reading = bodyLeft == 0 ? Reading.HEAD : Reading.LENGTH;
            return at + n;
        }
        if (reading == Reading.CHUNKED) {
            int next = chunks.skip(in, at, end);
            refusal = chunks.refusal();
            bodyBroken = refusal != null;
            reading = chunks.done() ? Reading.HEAD : Reading.CHUNKED;
            return next;
        }
        return head(in, at, end);
    }

    private int head(ByteBuf in, int at, int end) {
        if (prefaceAllowed && forwarded == 0 && isPreface(in, at, end)) {
            return -1;
        }
        if (scanned == 0 && !RequestHead.isToken(in.getByte(at)) && in.getByte(at) != '\r') {
            refusal = Refusal.NOT_HTTP;
            return at;
        }
        if (scanned == 0 && head.begins(in, at, end - at)) {
            headComplete(in, at);
            return at + head.length();
        }
        int headEnd = endOfHead(in, at, end);
        if (headEnd < 0 || refusal != null) {
            return refusal != null ? at : -1;
        }
        refusal = head.check(in, at, headEnd - at);
        if (refusal != null) {
            return at;
        }
        headComplete(in, at);
        return headEnd;
    }

    private void headComplete(ByteBuf in, int at) {
        forwarded++;
        scanned = 0;
        lineStart = 0;
        lineSeen = false;
        stopHeadTimer();
        if (head.ignoredUpgrade >= 0) {
            // RFC 9110 section 7.8 lets a server ignore an upgrade. The JDK's HttpClient offers h2c with the first
            // request of
            // every cleartext connection, so it cannot be refused; the name goes, so that the codec does not take it
            // up.
            in.setBytes(at + head.ignoredUpgrade, IGNORED);
        }
        bodyLeft = head.bodyLength;
        if (head.chunked) {
            chunks.restart();
            reading = Reading.CHUNKED;
        } else {
            reading = bodyLeft > 0 ? Reading.LENGTH : Reading.HEAD;
        }
    }

    /** True while everything so far is the HTTP/2 connection preface (RFC 9113 section 3.4), complete or not. */
    private static boolean isPreface(ByteBuf in, int at, int end) {
        int n = Math.min(end - at, PREFACE.length);
        for (int i = 0; i < n; i++) {
            if (in.getByte(at + i) != PREFACE[i]) {
                return false;
            }
        }
        return true;
    }

    /** Looks for the empty line, remembering how far it came. Sets a refusal when a line or the head is too long or odd. */
    private int endOfHead(ByteBuf in, int from, int end) {
        int at = from + scanned;
        while (true) {
            int lf = in.indexOf(at, end, (byte) '\n');
            if (lf < 0) {
                scanned = end - from;
                refusal = tooLarge(end - from);
                return -1;
            }
            if (lf == from || in.getByte(lf - 1) != '\r') {
                refusal = Refusal.BARE_LINE_FEED;
                return -1;
            }
            at = lf + 1;
            refusal = tooLarge(at - from);
            boolean empty = lf - 1 == from + lineStart;
            // One empty line before a request is ignored (RFC 9112 section 2.2); two are not.
            if (refusal != null || (empty && (lineSeen || lineStart > 0))) {
                return refusal == null ? at : -1;
            }
            lineSeen |= !empty;
            lineStart = at - from;
        }
    }

    private @Nullable Refusal tooLarge(int length) {
        if (!lineSeen && length - lineStart > limits.maxLineBytes()) {
            return Refusal.TARGET_TOO_LONG;
        }
        return length > limits.maxHeadBytes() ? Refusal.HEAD_TOO_LARGE : null;
    }

    /** The bytes from {@code at} on are the beginning of a head, or of a preface. */
    private void hold(ChannelHandlerContext ctx, ByteBuf in, int start, int at) {
        if (prefaceAllowed
                && forwarded == 0
                && in.writerIndex() - at >= PREFACE.length
                && isPreface(in, at, in.writerIndex())) {
            stepAside(ctx, in);
            return;
        }
        if (at > start) {
            // A copy, because a slice would keep the whole read alive for as long as the client takes.
            held = ctx.alloc().buffer(256).writeBytes(in, at, in.writerIndex() - at);
            in.writerIndex(at);
            forward(ctx, in);
        } else {
            held = in;
        }
        if (headTimer == null) {
            headTimer = ctx.executor()
                    .schedule(() -> headTimedOut(ctx), limits.headTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private static ByteBuf joined(ByteBuf first, ByteBuf second) {
        ByteBuf whole = first;
        if (first.writableBytes() < second.readableBytes()) {
            int size = first.readableBytes() + second.readableBytes();
            whole = first.alloc().buffer(Math.max(256, size * 2)).writeBytes(first);
            first.release();
        }
        whole.writeBytes(second);
        second.release();
        return whole;
    }

    private void forward(ChannelHandlerContext ctx, ByteBuf in) {
        if (!responses.added()) {
            // Vert.x puts its codec into the pipeline when it has seen the first bytes, and hands the request on in the
            // same
            // call. The opening makes it do the first without the second, so that the watch is there before any
            // response.
            ctx.fireChannelRead(in.readRetainedSlice(Math.min(OPENING, in.readableBytes())));
            ctx.pipeline().addBefore("handler", "responses", responses);
        }
        ctx.fireChannelRead(in);
    }

    private void stepAside(ChannelHandlerContext ctx, ByteBuf in) {
        stopHeadTimer();
        onPreface.run();
        ctx.fireChannelRead(in);
        ctx.pipeline().remove(this);
    }

    private void headTimedOut(ChannelHandlerContext ctx) {
        headTimer = null;
        if (reading != Reading.NOTHING) {
            refuse(ctx, Refusal.HEAD_TIMEOUT);
        }
    }

    private void stopHeadTimer() {
        if (headTimer != null) {
            headTimer.cancel(false);
            headTimer = null;
        }
    }

    // ---- the end of a connection

    /**
     * The server drains. Vert.x closes the idle connections that it knows; of one that never sent a request it knows nothing
     * yet, and would wait for it until the end of the grace period. Load balancers hold such connections ready.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ShutdownEvent && forwarded == 0) {
            drop(ctx);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void refuse(ChannelHandlerContext ctx, Refusal why) {
        reading = Reading.NOTHING;
        refusal = why;
        stopHeadTimer();
        if (held != null) {
            held.release();
            held = null;
        }
        listener.onRefused(why.status(), why.code());
        speakInTurn(ctx);
    }

    /** A refusal may not overtake a response that is owed to an earlier request, nor land inside of one. */
    private void speakInTurn(ChannelHandlerContext ctx) {
        Refusal why = refusal;
        if (why == null || lingering) {
            return;
        }
        int owed = forwarded - responses.finished() - (bodyBroken ? 1 : 0);
        if (owed > 0) {
            return;
        }
        boolean answered = bodyBroken && responses.started() == forwarded;
        if (!answered && owed == 0) {
            ChannelFuture unused = ctx.write(why.response());
        }
        linger(ctx);
    }

    /** The response that begins now belongs to a request whose body has not come to its end. */
    private boolean isBodyMissing() {
        return reading != Reading.HEAD && responses.started() == forwarded - 1;
    }

    private void onResponse() {
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        if (refusal != null) {
            speakInTurn(ctx);
        } else if (responses.finished() == forwarded && reading != Reading.HEAD) {
            // Answered before the body was read to its end: the rest of it is not worth reading, and what follows it
            // cannot
            // be trusted to be a request.
            reading = Reading.NOTHING;
            linger(ctx);
        }
    }

    /** The last response said {@code connection: close}. */
    private void onCloseAnnounced() {
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        if (!lingering) {
            reading = Reading.NOTHING;
            linger(ctx);
        }
    }

    /**
     * Closing a socket with unread bytes sends a reset, and the reset can overtake the response (RFC 9112 section 9.6). So
     * the writing half closes first, and for a moment what the client still sends is read and thrown away.
     */
    private void linger(ChannelHandlerContext ctx) {
        lingering = true;
        responses.seal();
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> closeOutput(ctx));
        lingerTimer = ctx.executor().schedule(() -> drop(ctx), limits.linger().toNanos(), TimeUnit.NANOSECONDS);
        ctx.channel().config().setAutoRead(true);
    }

    private static void closeOutput(ChannelHandlerContext ctx) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound().addListener(done -> closeSocketOutput(ctx));
        } else {
            closeSocketOutput(ctx);
        }
    }

    private static void closeSocketOutput(ChannelHandlerContext ctx) {
        if (ctx.channel() instanceof DuplexChannel socket && socket.isActive()) {
            ChannelFuture unused = socket.shutdownOutput();
        } else {
            drop(ctx);
        }
    }

    private void throwAway(ChannelHandlerContext ctx, ByteBuf in) {
        thrownAway += in.readableBytes();
        in.release();
        if (thrownAway > limits.maxLingerBytes()) {
            drop(ctx);
        }
    }

    private static void drop(ChannelHandlerContext ctx) {
        ChannelFuture unused = ctx.close();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        boolean unread = reading == Reading.LENGTH || reading == Reading.CHUNKED;
        if ((!lingering && !unread) || !ctx.channel().isActive()) {
            ChannelFuture unused = ctx.close(promise);
            return;
        }
        ctx.channel().closeFuture().addListener((ChannelFutureListener) closed -> promise.trySuccess());
        if (!lingering) {
            reading = Reading.NOTHING;
            linger(ctx);
        }
    }
}
