// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.AttemptRecord.Why;
import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import dev.penstock.exchange.Usage;
import dev.penstock.fetch.Fetching;
import dev.penstock.provider.KeyUse;
import dev.penstock.provider.ProviderCall;
import dev.penstock.provider.ProviderReply;
import dev.penstock.resilience.Permit;
import dev.penstock.routing.Route;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.sse.EventReader;
import dev.penstock.streaming.BodyGatherer;
import dev.penstock.streaming.BodyGatherer.Overflow;
import dev.penstock.streaming.Downstream;
import dev.penstock.streaming.OutputCap;
import dev.penstock.streaming.StreamPipe;
import dev.penstock.streaming.StreamResult;
import dev.penstock.streaming.Watch;
import dev.penstock.streaming.Watch.Deadline;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One try against one target: fetches what the provider will not, calls, and reads the reply, as a stream or whole. How it went is
 * said once to its {@link AttemptHost}; what that means for the exchange is decided there. Another key of the same provider is tried here,
 * because to the exchange that is the same target. Lives on the event loop of the exchange.
 *
 * <p>Given up: {@link #abort}, at every moment and in the same turn. Provider stalls: the {@link Watch} calls {@link #expired}
 * before the reply and the pipe after it.
 */
final class Attempt {

    /** More of an error body than this helps nobody. */
    private static final long MAX_ERROR_BODY = 64 << 10;

    private final AttemptShared shared;
    private final AttemptHost host;
    private final int index;
    private final RouteTarget target;
    private final Why why;
    private final Hold hold;
    private final long began;

    /** The request as this target shall hear it. */
    private Asked asked;

    private Watch watch;

    private @Nullable Speech speech;
    private @Nullable Fetching fetching;
    private @Nullable ProviderCall call;
    private @Nullable BodyGatherer gatherer;
    private @Nullable StreamPipe pipe;
    /** Knows what the client has heard so far of the stream. */
    private @Nullable EventReader reader;

    private @Nullable String upstreamRequestId;
    private @Nullable StreamResult aborted;
    private boolean over;
    private int calls;

    /**
     * @param index of the target in the route
     * @param permit of the target, which ends with this attempt
     */
    Attempt(AttemptShared shared, AttemptHost host, int index, Why why, Permit permit) {
        this.shared = shared;
        this.host = host;
        this.asked = shared.request().asked();
        this.index = index;
        this.target = shared.route().targets().get(index);
        this.why = why;
        this.hold = new Hold(permit, shared.tools().ticker());
        this.began = shared.times().sinceArrival();
        watch = deadlines();
    }

    private Watch deadlines() {
        return new Watch(shared.tools().timers(), shared.tools().ticker(), this::expired);
    }

    // ---- what others ask

    int index() {
        return index;
    }

    RouteTarget target() {
        return target;
    }

    Why why() {
        return why;
    }

    /** Whether a request has gone out to the provider. */
    boolean isCalling() {
        return call != null;
    }

    @Nullable
    String upstreamRequestId() {
        return upstreamRequestId;
    }

    Set<String> dropped() {
        return speech == null ? Set.of() : speech.dropped();
    }

    @Nullable
    String keyName() {
        KeyUse used = call == null ? null : call.key();
        return used == null ? null : used.name();
    }

    /** The error event in the words that fit what the client has heard; null for the usual one. */
    byte @Nullable [] errorEvent(GatewayError why) {
        return reader == null ? null : reader.errorEvent(why, shared.exchangeId());
    }

    AttemptRecord record(@Nullable GatewayError error, boolean lost, @Nullable StreamResult seen) {
        Usage used = usage(error, seen);
        return new AttemptRecord(
                target.target(),
                why,
                error == null ? null : error.kind(),
                error == null ? 0 : error.status(),
                lost,
                began,
                shared.times().sinceArrival() - began,
                used,
                shared.allowance().nanoUsd(target.target(), used),
                seen == null || seen.firstTokenNanos() < 0 ? -1 : seen.firstTokenNanos() - began,
                upstreamRequestId,
                calls);
    }

    /** What its answer took. A prepared one took nothing, also where nobody says so. */
    Usage told(StreamResult seen) {
        return target.remote() || seen.usage() != null ? asked.usage(seen) : Usage.reported(0, 0, 0, 0);
    }

    private Usage usage(@Nullable GatewayError error, @Nullable StreamResult seen) {
        if (seen != null && (seen.usage() != null || seen.contentBytes() > 0)) {
            return told(seen);
        }
        // Given up in silence: the provider has read the prompt, and nobody will ever tell what it made of it.
        return hold.isSent() && error == null ? asked.promptUsage() : Usage.NONE;
    }

    // ---- the way to the provider

    void begin() {
        watch.moveTo(Deadline.TOTAL, shared.deadline());
        ConcurrencySettings room = shared.route().resilience().concurrency();
        if (room == null) {
            prepare();
            return;
        }
        ShardTools tools = shared.tools();
        shared.times().standsStill();
        hold.queue(
                tools.resilience().gate(target.target(), room),
                shared.priority(),
                shared.deadline(),
                tools.loop(),
                tools.timers(),
                this::admitted,
                this::turnedAway);
    }

    private void admitted() {
        shared.times().goesOn();
        prepare();
    }

    private void turnedAway(GatewayError why) {
        shared.times().goesOn();
        refuse(why);
    }

    private void prepare() {
        Speech found;
        try {
            asked = shared.request().with(shared.allowance().edits(target, asked));
            found = shared.request().to(target, asked, why == Why.CONTINUATION);
        } catch (GatewayError unspeakable) {
            refuse(unspeakable);
            return;
        }
        speech = found;
        Fetching images = found.fetch(shared.tools().images());
        if (images == null) {
            call(found);
            return;
        }
        fetching = images;
        shared.times().standsStill();
        images.whole().onComplete(fetched -> {
            fetchEnded();
            if (over) {
                return;
            }
            if (fetched.succeeded()) {
                found.fetched(fetched.result());
                call(found);
            } else {
                fail(asGatewayError(fetched.cause()), null);
            }
        });
    }

    private void fetchEnded() {
        fetching = null;
        shared.times().goesOn();
    }

    private void call(Speech found) {
        List<Buffer> pieces;
        try {
            pieces = found.request();
        } catch (GatewayError unspeakable) {
            refuse(unspeakable);
            return;
        }
        // The rest of an answer is asked for in a translated request, which may leave out what passed through the first
        // time.
        if (why != Why.CONTINUATION
                && shared.route().unsupportedParams() == UnsupportedParams.REJECT
                && !found.dropped().isEmpty()) {
            refuse(Asked.unsupported(found.dropped()));
            return;
        }
        Speech.Whole own = found.ownAnswer();
        if (own != null) {
            answered(own);
            return;
        }
        long length = 0;
        for (Buffer piece : pieces) {
            length += piece.length();
        }
        shared.times().handedOver();
        ProviderCall.Request told = new ProviderCall.Request(
                target.target(),
                found.schema(),
                asked.stream(),
                pieces,
                length,
                shared.headers(began),
                asked.promptBytes(),
                shared.facts());
        send(new ProviderCall(told, new CallListener()));
    }

    /** What this target cannot be told or has no room for, another one perhaps can. */
    private void refuse(GatewayError why) {
        release();
        hold.abandoned();
        host.refused(this, why);
    }

    private void send(ProviderCall made) {
        watch.set(Deadline.CONNECT, shared.route().timeouts().connect());
        calls++;
        call = made;
        host.calling(this);
        shared.tools().providers().call(made);
    }

    /** Hears of the call. After a cancel it hears nothing. */
    private final class CallListener implements ProviderCall.Listener {

        @Override
        public void connected() {
            watch.clear(Deadline.CONNECT);
        }

        @Override
        public void sent() {
            long now = hold.sent();
            Timeouts limits = shared.route().timeouts();
            if (asked.stream()) {
                watch.moveTo(Deadline.FIRST_TOKEN, now + limits.firstToken().toNanos());
            } else if (!limits.answer().equals(limits.total())) {
                watch.moveTo(Deadline.FIRST_TOKEN, now + limits.answer().toNanos());
            }
            host.sent(Attempt.this);
        }

        @Override
        public void replied(ProviderReply reply) {
            Attempt.this.replied(reply);
        }

        @Override
        public void failed(GatewayError error) {
            fail(error, null);
        }
    }

    /** Keeps the client's line alive while nothing is known of an answer, from now on. */
    void keepAliveAfter(Duration silence) {
        watch.set(Deadline.KEEP_ALIVE, silence);
    }

    // ---- the way back

    private void replied(ProviderReply reply) {
        Speech spoken = speech;
        if (over || spoken == null) {
            reply.body().cancel();
            return;
        }
        shared.times().headArrived();
        upstreamRequestId = reply.requestId();
        watch.clear(Deadline.CONNECT);
        if (reply.status() / 100 != 2) {
            watch.clear(Deadline.FIRST_TOKEN);
            gather(reply, MAX_ERROR_BODY, Overflow.CUT, errorBody -> refused(reply, spoken, errorBody));
        } else if (!asked.stream()) {
            gather(reply, shared.route().stream().maxResponseBytes(), Overflow.FAIL, whole -> read(spoken, whole));
        } else if (spoken.isStream(reply.contentType())) {
            stream(reply, spoken);
        } else {
            gather(reply, MAX_ERROR_BODY, Overflow.CUT, notAStream -> refused(reply, spoken, notAStream));
        }
    }

    private void gather(ProviderReply reply, long limit, Overflow overflow, Consumer<Buffer> whole) {
        providerLives();
        BodyGatherer gathering =
                new BodyGatherer(reply.body(), limit, overflow, this::providerLives, whole, error -> fail(error, null));
        gatherer = gathering;
        gathering.start();
    }

    private void providerLives() {
        watch.set(Deadline.IDLE, shared.route().timeouts().idle());
    }

    /** An error status, or a 200 that is neither a stream nor the answer that was asked for. */
    private void refused(ProviderReply reply, Speech spoken, Buffer errorBody) {
        providerFailed(
                spoken.error(
                        reply, errorBody.getBytes(), shared.tools().ticker().now()),
                null);
    }

    private void read(Speech spoken, Buffer answer) {
        Speech.Whole seen;
        try {
            seen = spoken.answer(answer.getBytes(), context());
        } catch (GatewayError error) {
            providerFailed(error, null);
            return;
        }
        answered(seen);
    }

    private void answered(Speech.Whole whole) {
        over = true;
        watch.close();
        hold.wholeAnswer();
        host.answered(this, whole);
    }

    private Speech.AnswerContext context() {
        return new Speech.AnswerContext(
                shared.exchangeId(), asked.model(), shared.times().arrivedAt());
    }

    private void stream(ProviderReply reply, Speech spoken) {
        OutputCap cap = shared.allowance().cap(target, asked);
        EventReader reads = cap == OutputCap.NONE ? spoken.reader(context()) : spoken.endingReader(context());
        reader = reads;
        Route route = shared.route();
        StreamPipe.Settings settings = new StreamPipe.Settings(
                route.stream(),
                route.timeouts().idle(),
                spoken.hidesUsage(),
                shared.times().arrived(),
                shared.tools().ticker(),
                shared.tools().meters().forStream(route.alias(), target.target().provider()),
                spoken.framer(),
                reads,
                cap);
        StreamPipe created = new StreamPipe(reply.body(), new ClientSide(), watch, settings, this::streamEnded);
        pipe = created;
        if (why == Why.CONTINUATION) {
            created.goOn();
        } else {
            created.start(host.committed());
        }
    }

    /** What the pipe writes to. With {@code on_disconnect: drain} the answer flows on after the client has left, into nothing. */
    private final class ClientSide implements Downstream {

        @Override
        public void commit() {
            hold.firstToken();
            if (speech != null) {
                speech.spoken();
            }
            host.speaks(Attempt.this);
        }

        @Override
        public void write(Buffer events) {
            shared.client().write(events);
        }

        @Override
        public boolean full() {
            return shared.client().full();
        }

        @Override
        public void onDrain(Runnable room) {
            shared.client().onDrain(room);
        }

        @Override
        public void end(@Nullable Buffer lastEvents) {
            shared.client().endStream(lastEvents);
        }
    }

    private void streamEnded(StreamResult result) {
        if (over) {
            // It was given up, and whoever did that takes the result from here.
            aborted = result;
            return;
        }
        GatewayError failure = result.failure();
        if (failure == null) {
            over = true;
            hold.succeeded();
            host.streamed(this, result);
        } else {
            providerFailed(failure, result);
        }
    }

    // ---- the end

    /** The target has failed unless another of its keys gets a chance. */
    private void providerFailed(GatewayError error, @Nullable StreamResult seen) {
        if (!triesAnotherKey(error, seen)) {
            fail(error, seen);
        }
    }

    /** Sets the key aside if the error is about it, and sends the request again as long as nobody has heard a word. */
    private boolean triesAnotherKey(GatewayError error, @Nullable StreamResult seen) {
        ProviderCall failed = call;
        KeyUse used = failed == null ? null : failed.key();
        boolean hasOther = used != null && used.failed(error);
        if (!hasOther || failed == null || (seen != null && seen.committed()) || !host.waits()) {
            return false;
        }
        watch.close();
        watch = deadlines();
        watch.moveTo(Deadline.TOTAL, shared.deadline());
        gatherer = null;
        pipe = null;
        reader = null;
        hold.sendsAgain();
        upstreamRequestId = null;
        // What a refused attempt took was the provider's time, not the gateway's.
        shared.times().headAwaitedAgain();
        send(new ProviderCall(failed.request(), new CallListener(), used));
        return true;
    }

    private void fail(GatewayError error, @Nullable StreamResult seen) {
        if (over) {
            return;
        }
        release();
        hold.failed(error);
        host.failed(this, error, seen);
    }

    private void expired(Deadline deadline) {
        switch (deadline) {
            case CONNECT ->
                fail(GatewayError.of(Kind.CONNECT_TIMEOUT, "The provider could not be reached in time."), null);
            case FIRST_TOKEN ->
                fail(GatewayError.of(Kind.FIRST_TOKEN_TIMEOUT, "The provider sent no content in time."), null);
            case IDLE ->
                fail(GatewayError.of(Kind.IDLE_TIMEOUT, "The provider fell silent in the middle of the answer."), null);
            case TOTAL ->
                fail(GatewayError.of(Kind.TOTAL_TIMEOUT, "The exchange took longer than its total timeout."), null);
            case KEEP_ALIVE -> host.keepAlive(this);
            case WRITE_STALL -> {}
        }
    }

    /**
     * Gives it up in this very turn, wherever it is; the host hears nothing more.
     *
     * @return what was seen of its stream, or null when there was none
     */
    @Nullable
    StreamResult abort(GatewayError reason) {
        if (over) {
            return aborted;
        }
        over = true;
        hold.abandoned();
        if (pipe != null) {
            // The pipe knows what was relayed; it comes back through streamEnded().
            pipe.abort(reason);
        } else {
            release();
        }
        return aborted;
    }

    /** Another target was faster: gives it up, and remembers that its first token would have taken longer than this. */
    @Nullable
    StreamResult overtaken() {
        if (!over) {
            hold.overtaken();
        }
        return abort(GatewayError.of(Kind.CLIENT_GONE, "Another target was faster."));
    }

    /** The client has left, and the rest is taken all the same ({@code on_disconnect: drain}). */
    void readerLeft() {
        if (pipe != null) {
            pipe.readerLeft();
        }
    }

    private void release() {
        over = true;
        watch.close();
        if (fetching != null) {
            fetching.cancel();
            fetchEnded();
        } else if (gatherer != null) {
            gatherer.cancel();
        } else if (call != null && pipe == null) {
            call.cancel();
        }
    }

    private static GatewayError asGatewayError(Throwable cause) {
        return cause instanceof GatewayError known
                ? known
                : GatewayError.of(Kind.INTERNAL, "The gateway failed to prepare the request.");
    }
}
