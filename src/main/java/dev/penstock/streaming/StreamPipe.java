// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.sse.TranslatingReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leads a stream from the provider to the client. In the same schema the provider's bytes go to the client unchanged, event by
 * event, and are only looked at; in another one each event is replaced by what it becomes in the client's schema, in the same
 * turn. Everything around that is one: when the head goes out, what a silence, a cut, a slow reader or a departure mean.
 *
 * <pre>
 *   HOLDING --content or clean end--> COMMITTED --terminal marker--> CLOSED (complete)
 *      |                                 |
 *      +----------- anything else -------+-------------------------> CLOSED (failed)
 * </pre>
 *
 * While HOLDING, complete events are kept, so that the exchange can still fail with an ordinary HTTP error. Once COMMITTED
 * each event leaves in the turn of the event loop in which its last byte arrived: events of one read are joined into one
 * write. Only whole events leave, so a comment can go out at any time and a cut never shows half an event.
 *
 * <p>Who resumes: this pipe, when the client has room again. Who cancels the source: this pipe, at every end but the orderly
 * one, after which the source looks after its own end. When the client leaves or the process drains, the exchange calls
 * {@link #abort}. When the provider stalls, the watch calls. Everything runs on the event loop of the exchange.
 */
public final class StreamPipe {

    private static final int CONTENT_OR_FINISH = EventReader.CONTENT | EventReader.FINISH;
    /** Of events that are not forwarded without a second look. */
    private static final int SPECIAL =
            EventReader.DONE | EventReader.ERROR | EventReader.MALFORMED | EventReader.USAGE_ONLY | EventReader.COMMENT;

    /**
     * From here on the end of the read is not awaited: Netty reads up to 16 times 64 KiB before it ends one, and only a write
     * tells that the client is full. A larger write would not save anything either.
     */
    private static final int WRITE_AT_ONCE = 16 << 10;

    private static final Buffer KEEP_ALIVE_COMMENT = Buffer.buffer(": keep-alive\n\n");

    private enum State {
        HOLDING,
        COMMITTED,
        CLOSED
    }

    /**
     * What a pipe needs beside its two ends.
     *
     * @param policy limits and keep-alive
     * @param idle silence of the upstream that ends the stream
     * @param hideUsage whether the extra usage chunk was asked for by Penstock only
     * @param arrivedNanos when the request arrived, on the ticker
     * @param ticker time
     * @param meter takes the timings
     * @param framer finds the events of the provider's schema
     * @param reader looks at them, or translates them when it is a {@link TranslatingReader}
     * @param cap how much of the answer may be had; with one, the reader is an {@link dev.penstock.sse.EndingReader}
     */
    public record Settings(
            StreamPolicy policy,
            Duration idle,
            boolean hideUsage,
            long arrivedNanos,
            Ticker ticker,
            StreamMeter meter,
            Framer framer,
            EventReader reader,
            OutputCap cap) {}

    private final ByteSource source;
    private final Downstream client;
    private final Watch watch;
    private final StreamPolicy policy;
    private final Ticker ticker;
    private final Executor readEnd;
    private final StreamMeter meter;
    private final Consumer<StreamResult> done;
    private final boolean hideUsage;
    private final long arrivedNanos;
    private final long idleNanos;
    private final long keepAliveNanos;

    private final Framer framer;
    private final EventReader reader;
    /** The reader, when what it reads is not what the client shall see; else null. */
    private final @Nullable TranslatingReader translator;

    private final OutputCap cap;

    private final PendingWrite pending = new PendingWrite();
    private final Carry carry;
    private final Runnable flushAtReadEnd = this::flush;

    private State state = State.HOLDING;
    private boolean goesOn;
    private boolean flushScheduled;
    private boolean paused;
    private long received;
    private long events;
    private long firstTokenNanos = -1;
    private long lastChunkNanos;
    private long lastEventNanos;
    private final Gaps gaps = new Gaps();
    /** Bytes of content from which on the cap is asked. */
    private long mayHave;

    private @Nullable Usage cutAt;

    public StreamPipe(
            ByteSource source, Downstream client, Watch watch, Settings settings, Consumer<StreamResult> done) {
        this.source = source;
        this.client = client;
        this.watch = watch;
        this.policy = settings.policy();
        this.ticker = settings.ticker();
        this.readEnd = source.readEnd();
        this.meter = settings.meter();
        this.framer = settings.framer();
        this.reader = settings.reader();
        this.translator = reader instanceof TranslatingReader other ? other : null;
        this.carry = new Carry(policy.maxEventBytes());
        this.cap = settings.cap();
        this.mayHave = cap.bytes();
        this.hideUsage = settings.hideUsage();
        this.arrivedNanos = settings.arrivedNanos();
        this.idleNanos = settings.idle().toNanos();
        this.keepAliveNanos = settings.policy().keepAlive().toNanos();
        this.done = done;
    }

    /**
     * Takes the source over and lets it flow.
     *
     * @param keepsAlive whether the client hears a sign of life before the first content too, because the head went out before the
     *     provider answered ({@code early_commit})
     */
    public void start(boolean keepsAlive) {
        watch.listener(this::expired);
        long now = ticker.nanos();
        watch.moveTo(Watch.Deadline.IDLE, now + idleNanos);
        if (keepsAlive) {
            watch.moveTo(Watch.Deadline.KEEP_ALIVE, now + keepAliveNanos);
        }
        source.handler(this::onChunk);
        source.endHandler(end -> onEnd());
        source.exceptionHandler(failure -> fail(Kind.TRUNCATED, "The provider broke the connection off."));
        source.resume();
    }

    /**
     * Takes the source over and lets it flow into an answer whose beginning another pipe has relayed to the same client before its own
     * source broke off. The head has gone out, and the first content of this one is not the first token of the answer.
     */
    public void goOn() {
        goesOn = true;
        start(true);
    }

    /** The comment that goes out while a provider is silent. A copy each time: a buffer remembers how far it was read. */
    public static Buffer keepAliveComment() {
        return KEEP_ALIVE_COMMENT.copy();
    }

    /** Ends the stream from outside: the client has left, the process drains. Cancels the upstream in this very turn. */
    public void abort(GatewayError why) {
        if (state != State.CLOSED) {
            close(why);
        }
    }

    /** Nobody reads any more, and the rest is taken all the same: nothing has to wait for a reader's room from now on. */
    public void readerLeft() {
        clientHasRoom();
    }

    private void onChunk(Buffer chunk) {
        if (state == State.CLOSED) {
            return;
        }
        long now = ticker.nanos();
        watch.moveTo(Watch.Deadline.IDLE, now + idleNanos);
        lastChunkNanos = now;
        received += chunk.length();
        if (received > policy.maxResponseBytes()) {
            fail(
                    Kind.RESPONSE_TOO_LARGE,
                    "The answer is larger than max_response (" + policy.maxResponseBytes() + " bytes).");
            return;
        }
        ByteBuf data = ((BufferInternal) chunk).getByteBuf();
        if (data.hasArray()) {
            int from = data.arrayOffset() + data.readerIndex();
            scan(chunk, data.array(), from, from + data.readableBytes(), now);
        } else {
            byte[] copy = chunk.getBytes();
            scan(chunk, copy, 0, copy.length, now);
        }
    }

    /** Walks over the events that end in this chunk; forwards runs of them as slices, keeps what has no end yet. */
    private void scan(Buffer chunk, byte[] bytes, int from, int to, long now) {
        int position = from;
        int runStart = from;
        int end;
        while ((end = framer.nextEventEnd(bytes, position, to)) >= 0) {
            boolean carried = !carry.isEmpty();
            byte[] event = bytes;
            int eventFrom = position;
            int eventTo = end;
            int flags;
            if (carried) {
                if (!keep(bytes, position, end)) {
                    return;
                }
                event = carry.bytes();
                eventFrom = 0;
                eventTo = carry.length();
                flags = reader.read(event, eventFrom, eventTo);
            } else if (end - position > policy.maxEventBytes()) {
                forward(chunk, runStart - from, position - from);
                eventTooLarge();
                return;
            } else {
                flags = reader.read(bytes, position, end);
            }
            if (firstTokenNanos >= 0 && lastEventNanos != now && (flags & EventReader.COMMENT) == 0) {
                measureGap(now);
            }
            if (translator != null) {
                carry.forget();
                runStart = end;
                if (!translated(translator, flags, now)) {
                    return;
                }
            } else if ((flags & SPECIAL) != 0) {
                // Something other than a plain event: write what came before it, then decide.
                if (!carried) {
                    forward(chunk, runStart - from, position - from);
                }
                boolean goesOn = special(flags, carried ? carry.take() : chunk.slice(position - from, end - from), now);
                if (!goesOn) {
                    return;
                }
                runStart = end;
            } else {
                events++;
                if (carried) {
                    pending.add(carry.take());
                    runStart = end;
                }
                if (firstTokenNanos < 0 && (flags & CONTENT_OR_FINISH) != 0) {
                    firstContent(now);
                }
            }
            if ((flags & CONTENT_OR_FINISH) == EventReader.CONTENT && reader.contentBytes() >= mayHave && isAtEnd()) {
                forward(chunk, runStart - from, end - from);
                cut(event, eventFrom, eventTo);
                return;
            }
            position = end;
        }
        forward(chunk, runStart - from, position - from);
        if (position < to && !keep(bytes, position, to)) {
            return;
        }
        if (state == State.COMMITTED || goesOn) {
            if (pending.length() >= WRITE_AT_ONCE) {
                flush();
            } else {
                scheduleFlush();
            }
        } else if (pending.length() > policy.maxEventBytes()) {
            fail(Kind.RESPONSE_TOO_LARGE, "The provider sent " + pending.length() + " bytes without any content.");
        }
    }

    /** Puts what an event has become in its place. False when the stream has ended with it. */
    private boolean translated(TranslatingReader other, int flags, long now) {
        // Of a broken event too: what could be read of it counts in the numbers of the events that follow.
        addSaid(other);
        if ((flags & (EventReader.ERROR | EventReader.MALFORMED)) != 0) {
            return special(flags, Buffer.buffer(), now);
        }
        if ((flags & EventReader.COMMENT) == 0) {
            events++;
        }
        if (firstTokenNanos < 0 && (flags & CONTENT_OR_FINISH) != 0) {
            firstContent(now);
        }
        if ((flags & EventReader.DONE) != 0) {
            complete();
            return false;
        }
        return true;
    }

    private void addSaid(TranslatingReader other) {
        byte[] said = other.take();
        if (said.length > 0) {
            pending.add(BufferInternal.buffer(Unpooled.wrappedBuffer(said)));
        }
    }

    /** Decides about an event that is not plain. False when the stream has ended with it. */
    private boolean special(int flags, Buffer event, long now) {
        if ((flags & EventReader.ERROR) != 0) {
            GatewayError error = reader.error();
            close(error != null ? error : GatewayError.of(Kind.PROVIDER_ERROR, "The provider reported an error."));
            return false;
        }
        if ((flags & EventReader.DONE) != 0) {
            return terminal(event, now);
        }
        if ((flags & EventReader.MALFORMED) != 0) {
            fail(Kind.INVALID_UPSTREAM, "The provider sent an event that is not valid JSON.");
            return false;
        }
        if ((flags & EventReader.USAGE_ONLY) != 0 && hideUsage) {
            if (event.getByte(0) == '\n') {
                // It ends the line before: the second half of a CRLF that came in two segments.
                pending.add(event.slice(0, 1));
            }
            return true;
        }
        if ((flags & EventReader.COMMENT) == 0) {
            events++;
        }
        pending.add(event);
        return true;
    }

    private boolean terminal(Buffer event, long now) {
        if (!reader.complete()) {
            fail(Kind.TRUNCATED, "The provider ended the stream without a finish reason.");
            return false;
        }
        if (firstTokenNanos < 0) {
            firstContent(now);
        }
        events++;
        pending.add(event);
        if (LineEnds.endsInsideCrlf(event)) {
            // The other half is still on the wire, and nobody will wait for it.
            pending.add(Buffer.buffer(1).appendByte((byte) '\n'));
        }
        complete();
        return false;
    }

    private void onEnd() {
        if (state == State.CLOSED) {
            return;
        }
        if (translator != null) {
            translationEnds(translator);
            return;
        }
        if (!carry.isEmpty() && carry.hasWords()) {
            // Some servers leave the last blank line out. Only a terminal marker can be understood without it.
            int flags = reader.read(carry.bytes(), 0, carry.length());
            if ((flags & EventReader.ERROR) != 0) {
                special(flags, carry.take(), ticker.nanos());
                return;
            }
            if ((flags & EventReader.DONE) != 0 && reader.complete()) {
                terminal(carry.take(), ticker.nanos());
                return;
            }
            fail(Kind.TRUNCATED, "The provider ended the stream in the middle of an event.");
            return;
        }
        if (!reader.complete()) {
            fail(Kind.TRUNCATED, "The provider ended the stream before the answer was complete.");
            return;
        }
        if (!carry.isEmpty()) {
            pending.add(carry.take());
        }
        complete();
    }

    private void translationEnds(TranslatingReader other) {
        if (!carry.isEmpty() && carry.hasWords()) {
            // Some servers leave the last blank line out, and some leave the format altogether when they fail.
            int flags = other.read(carry.bytes(), 0, carry.length());
            carry.forget();
            if ((flags & EventReader.MALFORMED) != 0) {
                addSaid(other);
                fail(Kind.TRUNCATED, "The provider ended the stream in the middle of an event.");
                return;
            }
            if (!translated(other, flags, ticker.nanos())) {
                return;
            }
        }
        if (!other.complete()) {
            fail(Kind.TRUNCATED, "The provider ended the stream before the answer was complete.");
            return;
        }
        other.finish();
        addSaid(other);
        if (firstTokenNanos < 0) {
            firstContent(ticker.nanos());
        }
        complete();
    }

    private void firstContent(long now) {
        firstTokenNanos = now - arrivedNanos;
        lastEventNanos = now;
        watch.clear(Watch.Deadline.FIRST_TOKEN);
        if (!goesOn) {
            meter.firstToken(firstTokenNanos);
        }
        if (state == State.HOLDING) {
            state = State.COMMITTED;
            client.commit();
            watch.moveTo(Watch.Deadline.KEEP_ALIVE, now + keepAliveNanos);
        }
    }

    private void measureGap(long now) {
        long gap = now - lastEventNanos;
        meter.gap(gap);
        gaps.record(gap);
        lastEventNanos = now;
    }

    private void forward(Buffer chunk, int from, int to) {
        if (from < to) {
            pending.add(from == 0 && to == chunk.length() ? chunk : chunk.slice(from, to));
        }
    }

    private boolean keep(byte[] bytes, int from, int to) {
        if (!carry.add(bytes, from, to)) {
            eventTooLarge();
            return false;
        }
        return true;
    }

    private void eventTooLarge() {
        fail(
                Kind.RESPONSE_TOO_LARGE,
                "The provider sent an event larger than max_event (" + policy.maxEventBytes() + " bytes).");
    }

    private void scheduleFlush() {
        if (!flushScheduled && !pending.isEmpty()) {
            flushScheduled = true;
            readEnd.execute(flushAtReadEnd);
        }
    }

    private void flush() {
        flushScheduled = false;
        if (state == State.CLOSED) {
            return;
        }
        Buffer out = pending.take();
        if (out == null) {
            return;
        }
        client.write(out);
        watch.moveTo(Watch.Deadline.KEEP_ALIVE, lastChunkNanos + keepAliveNanos);
        if (client.full() && !paused && state != State.CLOSED) {
            pauseForClient();
        }
    }

    private void pauseForClient() {
        paused = true;
        source.pause();
        watch.clear(Watch.Deadline.IDLE);
        watch.clear(Watch.Deadline.KEEP_ALIVE);
        watch.set(Watch.Deadline.WRITE_STALL, policy.writeStall());
        client.onDrain(this::clientHasRoom);
    }

    private void clientHasRoom() {
        if (state == State.CLOSED || !paused) {
            return;
        }
        paused = false;
        long now = ticker.nanos();
        watch.clear(Watch.Deadline.WRITE_STALL);
        watch.moveTo(Watch.Deadline.IDLE, now + idleNanos);
        watch.moveTo(Watch.Deadline.KEEP_ALIVE, now + keepAliveNanos);
        source.resume();
    }

    private void expired(Watch.Deadline deadline) {
        if (state == State.CLOSED) {
            return;
        }
        switch (deadline) {
            case CONNECT -> {}
            case FIRST_TOKEN -> fail(Kind.FIRST_TOKEN_TIMEOUT, "The provider sent no content in time.");
            case IDLE -> fail(Kind.IDLE_TIMEOUT, "The provider fell silent in the middle of the answer.");
            case TOTAL -> fail(Kind.TOTAL_TIMEOUT, "The exchange took longer than its total timeout.");
            case WRITE_STALL -> fail(Kind.SLOW_READER, "The client did not read for longer than write_stall.");
            case KEEP_ALIVE -> keepAlive();
        }
    }

    private void keepAlive() {
        client.write(keepAliveComment());
        watch.moveTo(Watch.Deadline.KEEP_ALIVE, ticker.nanos() + keepAliveNanos);
    }

    /** The content has come to where the cap wants to be asked: whether no more of it may be had. */
    private boolean isAtEnd() {
        long soFar = reader.contentBytes();
        mayHave = cap.more(soFar);
        return mayHave <= soFar;
    }

    /** Ends the answer behind this event, well for the client, and lets the provider make no more of it. */
    private void cut(byte[] event, int from, int to) {
        EarlyEnd early = EarlyEnd.of(reader, cap, event, from, to);
        Buffer ending = early.events();
        if (ending == null) {
            fail(Kind.RATE_LIMITED, "The answer has reached a limit of the caller.");
            return;
        }
        cutAt = early.used();
        pending.add(ending);
        state = State.CLOSED;
        watch.close();
        source.cancel();
        client.end(pending.take());
        done.accept(result(null, true));
    }

    private void complete() {
        if (state == State.HOLDING) {
            client.commit();
        }
        state = State.CLOSED;
        watch.close();
        source.finish();
        client.end(pending.take());
        done.accept(result(null, true));
    }

    private void fail(Kind kind, String safeMessage) {
        close(GatewayError.of(kind, safeMessage));
    }

    private void close(GatewayError why) {
        // Of an answer that goes on, nothing is taken back: whoever tells it has counted every word.
        boolean committed = state == State.COMMITTED || goesOn;
        state = State.CLOSED;
        watch.close();
        source.cancel();
        Buffer rest = pending.take();
        // What arrived whole before the failure belongs to the client, unless the client itself is the failure.
        if (committed && rest != null && why.origin() != GatewayError.Origin.CLIENT) {
            client.write(rest);
        }
        done.accept(result(why, committed));
    }

    private StreamResult result(@Nullable GatewayError failure, boolean committed) {
        return new StreamResult(
                failure,
                committed,
                events,
                cutAt == null ? reader.usage() : cutAt,
                reader.finishReason(),
                reader.contentBytes(),
                firstTokenNanos,
                gaps.max(),
                gaps.p99(),
                cutAt != null);
    }
}
