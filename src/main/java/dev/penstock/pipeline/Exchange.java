// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.Settlement;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Origin;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.UnsupportedParams;
import dev.penstock.exchange.Usage;
import dev.penstock.fetch.Fetching;
import dev.penstock.provider.KeyUse;
import dev.penstock.provider.ProviderCall;
import dev.penstock.provider.ProviderReply;
import dev.penstock.routing.Route;
import dev.penstock.sse.EventReader;
import dev.penstock.streaming.BodyGatherer;
import dev.penstock.streaming.BodyGatherer.Overflow;
import dev.penstock.streaming.Downstream;
import dev.penstock.streaming.StreamMeter;
import dev.penstock.streaming.StreamPipe;
import dev.penstock.streaming.StreamResult;
import dev.penstock.streaming.Watch;
import dev.penstock.streaming.Watch.Deadline;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client request from arrival to settlement. Read it from top to bottom: {@link #run} reads and routes, {@link #attempt}
 * fetches what the provider will not, {@link #call} calls, {@link #replied} decides between error, stream and whole answer,
 * {@link #providerFailed} whether another key may do better, {@link #settle} ends. It lives on one event loop and needs no lock.
 *
 * <p>Client gone: {@link #clientGone} cancels the attempt in the same turn, wherever it is. Provider stalls: the
 * {@link Watch} calls {@link #expired} before the head and the pipe after it. Process drains: {@link #end}.
 */
public final class Exchange {

    /** More of an error body than this helps nobody. */
    private static final long MAX_ERROR_BODY = 64 << 10;

    private final ShardTools tools;
    private final ApiSchema schema;
    private final String id;
    private final @Nullable String traceId;
    private final ClientResponse client;
    private final Consumer<Exchange> ended;
    private final Settlement settlement;
    private final Timeline times;

    private MultiMap upstreamHeaders = MultiMap.caseInsensitiveMultiMap();
    private @Nullable Asked request;
    private @Nullable Speech speech;
    private @Nullable Route route;
    private @Nullable Watch watch;
    private @Nullable Fetching fetching;
    private @Nullable ProviderCall call;
    private @Nullable StreamPipe pipe;
    /** Knows what the client has heard so far of the stream. */
    private @Nullable EventReader reader;

    private @Nullable BodyGatherer gatherer;
    private @Nullable String upstreamRequestId;
    private @Nullable Runnable release;

    private boolean committed;
    private boolean streaming;
    private boolean clientLeft;
    private boolean leftBeforeCommit;
    private int attempts;
    private long requestBytes;

    Exchange(
            ShardTools tools,
            ApiSchema schema,
            String id,
            @Nullable String traceId,
            ClientResponse client,
            Consumer<Exchange> ended) {
        this.tools = tools;
        this.schema = schema;
        this.id = id;
        this.traceId = traceId;
        this.client = client;
        this.ended = ended;
        this.settlement = new Settlement(tools.settlements());
        this.times = new Timeline(tools.ticker());
    }

    public String id() {
        return id;
    }

    /** The whole request has arrived: read it and find out where it goes. */
    public void run(byte[] requestBody, MultiMap headersForUpstream) {
        if (settlement.isSettled()) {
            return;
        }
        requestBytes = requestBody.length;
        times.requestWhole();
        upstreamHeaders = headersForUpstream;
        Asked head;
        try {
            head = Asked.read(schema, requestBody);
        } catch (GatewayError refused) {
            end(refused);
            return;
        }
        request = head;
        times.routingBegins();
        tools.router()
                .route(new dev.penstock.routing.RouteQuestion(
                        head.model(), dev.penstock.exchange.RequestFacts.ofModel(head.model())))
                .onComplete(decision -> {
                    times.routingEnds();
                    if (settlement.isSettled()) {
                        return;
                    }
                    if (decision.succeeded()) {
                        attempt(decision.result(), head);
                    } else {
                        end(asGatewayError(decision.cause()));
                    }
                });
    }

    /** Frees something that the request held, once, at settlement. */
    public void onSettled(Runnable action) {
        if (settlement.isSettled()) {
            action.run();
        } else {
            release = action;
        }
    }

    /** The client has left. Nobody reads an answer any more, so nobody shall produce it. */
    public void clientGone() {
        if (settlement.isSettled() || clientLeft) {
            return;
        }
        clientLeft = true;
        leftBeforeCommit = !committed;
        boolean drains =
                route != null && route.stream().onDisconnect() == StreamPolicy.OnDisconnect.DRAIN && call != null;
        if (!drains) {
            end(GatewayError.of(Kind.CLIENT_GONE, "The client closed the connection."));
        } else if (pipe != null) {
            pipe.readerLeft();
        }
    }

    /** Ends the exchange with an error, in whatever state it is: an ordinary HTTP error before commit, an error event after. */
    public void end(GatewayError why) {
        if (settlement.isSettled()) {
            return;
        }
        if (pipe != null) {
            // The pipe knows what was relayed; it comes back through streamed().
            pipe.abort(why);
            return;
        }
        if (fetching != null) {
            fetching.cancel();
            fetchEnded();
        } else if (gatherer != null) {
            gatherer.cancel();
        } else if (call != null) {
            call.cancel();
        }
        answerFailure(why);
        settle(outcomeOf(why), why, null);
    }

    private void attempt(Route decided, Asked head) {
        route = decided;
        Watch deadlines = deadlines(decided);
        Speech found;
        try {
            found = head.to(decided.first());
        } catch (GatewayError unspeakable) {
            end(unspeakable);
            return;
        }
        speech = found;
        Fetching images = found.fetch(tools.images());
        if (images == null) {
            call(decided, head, found, deadlines);
            return;
        }
        fetching = images;
        times.fetchBegins();
        images.whole().onComplete(fetched -> {
            fetchEnded();
            if (fetched.succeeded()) {
                found.fetched(fetched.result());
                call(decided, head, found, deadlines);
            } else {
                end(asGatewayError(fetched.cause()));
            }
        });
    }

    private Watch deadlines(Route decided) {
        Watch deadlines = new Watch(tools.timers(), tools.ticker(), this::expired);
        watch = deadlines;
        deadlines.moveTo(
                Deadline.TOTAL, times.arrived() + decided.timeouts().total().toNanos());
        return deadlines;
    }

    private void fetchEnded() {
        fetching = null;
        times.fetchEnds();
    }

    private void call(Route decided, Asked head, Speech found, Watch deadlines) {
        List<Buffer> pieces;
        try {
            pieces = found.request();
        } catch (GatewayError unspeakable) {
            end(unspeakable);
            return;
        }
        if (decided.unsupportedParams() == UnsupportedParams.REJECT
                && !found.dropped().isEmpty()) {
            end(Asked.unsupported(found.dropped()));
            return;
        }
        Speech.Whole own = found.ownAnswer();
        if (own != null) {
            answer(own);
            return;
        }
        if (head.stream() && decided.stream().earlyCommit()) {
            commit();
            client.sendHead();
            deadlines.set(Deadline.KEEP_ALIVE, decided.stream().keepAlive());
        }
        long length = 0;
        for (Buffer piece : pieces) {
            length += piece.length();
        }
        times.handedOver();
        ProviderCall.Request told = new ProviderCall.Request(
                decided.first().target(),
                found.schema(),
                head.stream(),
                pieces,
                length,
                upstreamHeaders,
                head.promptBytes());
        send(new ProviderCall(told, new AttemptListener()), decided, deadlines);
    }

    private void send(ProviderCall made, Route decided, Watch deadlines) {
        deadlines.set(Deadline.CONNECT, decided.timeouts().connect());
        attempts++;
        call = made;
        tools.providers().call(made);
    }

    /** Hears of an attempt. After a cancel it hears nothing. */
    private final class AttemptListener implements ProviderCall.Listener {

        @Override
        public void connected() {
            if (watch != null) {
                watch.clear(Deadline.CONNECT);
            }
        }

        @Override
        public void sent() {
            long sentNanos = tools.ticker().nanos();
            if (watch != null && route != null && request != null && request.stream()) {
                watch.moveTo(
                        Deadline.FIRST_TOKEN,
                        sentNanos + route.timeouts().firstToken().toNanos());
            }
        }

        @Override
        public void replied(ProviderReply reply) {
            Exchange.this.replied(reply);
        }

        @Override
        public void failed(GatewayError error) {
            end(error);
        }
    }

    private void replied(ProviderReply reply) {
        Asked head = request;
        Route decided = route;
        Speech spoken = speech;
        if (head == null || decided == null || watch == null || spoken == null) {
            reply.body().cancel();
            return;
        }
        times.headArrived();
        upstreamRequestId = reply.requestId();
        watch.clear(Deadline.CONNECT);
        if (reply.status() / 100 != 2) {
            watch.clear(Deadline.FIRST_TOKEN);
            gather(reply, MAX_ERROR_BODY, Overflow.CUT, errorBody -> refused(reply, spoken, errorBody));
        } else if (!head.stream()) {
            gather(reply, decided.stream().maxResponseBytes(), Overflow.FAIL, whole -> answered(spoken, head, whole));
        } else if (spoken.isStream(reply.contentType())) {
            stream(reply, decided, head, spoken, watch);
        } else {
            gather(reply, MAX_ERROR_BODY, Overflow.CUT, notAStream -> refused(reply, spoken, notAStream));
        }
    }

    private void gather(ProviderReply reply, long limit, Overflow overflow, Consumer<Buffer> whole) {
        providerLives();
        BodyGatherer gathering = new BodyGatherer(reply.body(), limit, overflow, this::providerLives, whole, this::end);
        gatherer = gathering;
        gathering.start();
    }

    private void providerLives() {
        if (watch != null && route != null) {
            watch.set(Deadline.IDLE, route.timeouts().idle());
        }
    }

    /** An error status, or a 200 that is neither a stream nor the answer that was asked for. */
    private void refused(ProviderReply reply, Speech spoken, Buffer errorBody) {
        providerFailed(spoken.error(reply, errorBody.getBytes(), tools.ticker().now()));
    }

    /** The attempt is over. The provider's error goes to the client unless another key gets a chance. */
    private void providerFailed(GatewayError error) {
        if (!triesAnotherKey(error)) {
            end(error);
        }
    }

    /** Sets the attempt's key aside if the error is about it, and sends the request again as long as nobody has heard a word. */
    private boolean triesAnotherKey(GatewayError error) {
        ProviderCall failed = call;
        KeyUse used = failed == null ? null : failed.key();
        boolean hasOther = used != null && used.failed(error);
        if (!hasOther || failed == null || committed || clientLeft || route == null || watch == null) {
            return false;
        }
        watch.close();
        gatherer = null;
        pipe = null;
        reader = null;
        upstreamRequestId = null;
        times.headAwaitedAgain();
        // What a refused attempt took was the provider's time, not the gateway's.
        send(new ProviderCall(failed.request(), new AttemptListener(), used), route, deadlines(route));
        return true;
    }

    private void answered(Speech spoken, Asked head, Buffer answer) {
        Speech.Whole seen;
        try {
            seen = spoken.answer(answer.getBytes(), context(head));
        } catch (GatewayError error) {
            providerFailed(error);
            return;
        }
        answer(seen);
    }

    private void answer(Speech.Whole seen) {
        // Asked before the answer goes out: whoever closes right after it has had it.
        Outcome outcome = clientLeft ? Outcome.CANCELLED : successOutcome();
        long firstContent = times.untilHead();
        meter().firstToken(firstContent);
        committed = true;
        client.respond(head(), seen.body());
        settle(
                outcome,
                null,
                new StreamResult(
                        null, true, 0, seen.usage(), seen.finishReason(), seen.contentBytes(), firstContent, -1));
    }

    private Speech.AnswerContext context(Asked head) {
        return new Speech.AnswerContext(id, head.model(), times.arrivedAt());
    }

    private void stream(ProviderReply reply, Route decided, Asked head, Speech spoken, Watch deadlines) {
        EventReader reads = spoken.reader(context(head));
        reader = reads;
        StreamPipe.Settings settings = new StreamPipe.Settings(
                decided.stream(),
                decided.timeouts().idle(),
                spoken.hidesUsage(),
                times.arrived(),
                tools.ticker(),
                meter(),
                spoken.framer(),
                reads);
        StreamPipe created = new StreamPipe(reply.body(), new ClientSide(), deadlines, settings, this::streamed);
        pipe = created;
        created.start(committed);
    }

    /** What the pipe writes to. With {@code on_disconnect: drain} the answer flows on after the client has left, into nothing. */
    private final class ClientSide implements Downstream {

        @Override
        public void commit() {
            Exchange.this.commit();
        }

        @Override
        public void write(Buffer events) {
            client.write(events);
        }

        @Override
        public boolean full() {
            return !clientLeft && client.full();
        }

        @Override
        public void onDrain(Runnable room) {
            client.onDrain(room);
        }

        @Override
        public void end(@Nullable Buffer lastEvents) {
            client.endStream(lastEvents);
        }
    }

    private void commit() {
        committed = true;
        streaming = true;
        tools.meters().streamOpened();
        client.startStream(head());
    }

    private void streamed(StreamResult result) {
        GatewayError failure = result.failure();
        if (failure == null) {
            settle(clientLeft ? Outcome.CANCELLED : successOutcome(), null, result);
            return;
        }
        if (triesAnotherKey(failure)) {
            return;
        }
        answerFailure(failure);
        settle(outcomeOf(failure), failure, result);
    }

    private void answerFailure(GatewayError why) {
        if (committed) {
            byte[] ownEvent = reader == null ? null : reader.errorEvent(why, id);
            client.failStream(why, ownEvent == null ? null : MediaTypes.wrap(ownEvent));
        } else {
            client.refuse(why, head(Outcomes.of(why, false)));
        }
    }

    private void expired(Deadline deadline) {
        switch (deadline) {
            case CONNECT -> end(GatewayError.of(Kind.CONNECT_TIMEOUT, "The provider could not be reached in time."));
            case FIRST_TOKEN -> end(GatewayError.of(Kind.FIRST_TOKEN_TIMEOUT, "The provider sent no content in time."));
            case IDLE ->
                end(GatewayError.of(Kind.IDLE_TIMEOUT, "The provider fell silent in the middle of the answer."));
            case TOTAL -> end(GatewayError.of(Kind.TOTAL_TIMEOUT, "The exchange took longer than its total timeout."));
            case KEEP_ALIVE -> keepAliveBeforeHead();
            case WRITE_STALL -> {}
        }
    }

    private void keepAliveBeforeHead() {
        if (watch != null && route != null) {
            client.write(StreamPipe.keepAliveComment());
            watch.set(Deadline.KEEP_ALIVE, route.stream().keepAlive());
        }
    }

    /** The one end. */
    private void settle(Outcome outcome, @Nullable GatewayError error, @Nullable StreamResult seen) {
        if (settlement.isSettled()) {
            return;
        }
        if (watch != null) {
            watch.close();
        }
        if (release != null) {
            release.run();
        }
        if (streaming) {
            tools.meters().streamClosed();
        }
        ended.accept(this);
        settlement.settle(record(outcome, error, seen));
    }

    private ExchangeRecord record(Outcome outcome, @Nullable GatewayError error, @Nullable StreamResult seen) {
        return new ExchangeRecord(
                id,
                traceId,
                times.arrivedAt(),
                schema,
                request == null ? null : request.model(),
                target(),
                request != null && request.stream(),
                outcome,
                status(error),
                error == null ? null : error.kind(),
                seen == null ? null : seen.finishReason(),
                request == null || seen == null ? Usage.NONE : request.usage(seen),
                attempts,
                keyName(),
                seen == null ? 0 : seen.events(),
                requestBytes,
                client.bytesWritten(),
                times.sinceArrival(),
                seen == null ? -1 : seen.firstTokenNanos(),
                times.overhead(),
                times.routingNanos(),
                seen == null ? -1 : seen.maxGapNanos(),
                dropped());
    }

    private @Nullable String keyName() {
        KeyUse used = call == null ? null : call.key();
        return used == null ? null : used.name();
    }

    private int status(@Nullable GatewayError error) {
        if (leftBeforeCommit) {
            return Kind.CLIENT_GONE.status();
        }
        if (error == null || (committed && error.origin() != Origin.CLIENT)) {
            return 200;
        }
        return error.status();
    }

    private ResponseHead head() {
        return head(route != null && route.first().degraded() ? Outcome.DEGRADED : null);
    }

    private ResponseHead head(@Nullable Outcome outcome) {
        return new ResponseHead(
                id, target(), attempts, outcome, times.overhead(), times.waited(), upstreamRequestId, announced());
    }

    /** What the client is told to have been left out. */
    private Set<String> announced() {
        return route != null && route.unsupportedParams() == UnsupportedParams.DROP ? Set.of() : dropped();
    }

    private Set<String> dropped() {
        return speech == null ? Set.of() : speech.dropped();
    }

    private StreamMeter meter() {
        Route decided = route;
        return decided == null
                ? StreamMeter.NONE
                : tools.meters()
                        .forStream(decided.alias(), decided.first().target().provider());
    }

    /** Where a model drains, the provider can still fail when the client has left long since. */
    private Outcome outcomeOf(GatewayError failure) {
        return clientLeft ? Outcome.CANCELLED : Outcomes.of(failure, committed);
    }

    private Outcome successOutcome() {
        return route != null && route.first().degraded() ? Outcome.DEGRADED : Outcome.OK;
    }

    private @Nullable Target target() {
        return route == null ? null : route.first().target();
    }

    private static GatewayError asGatewayError(Throwable cause) {
        return cause instanceof GatewayError known
                ? known
                : GatewayError.of(Kind.INTERNAL, "The gateway failed to route the request.");
    }
}
