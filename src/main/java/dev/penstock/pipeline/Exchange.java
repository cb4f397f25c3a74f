// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.accounting.ExchangeRecord.PassedOver;
import dev.penstock.accounting.ExchangeRecord.Trace;
import dev.penstock.accounting.Settlement;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Origin;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.OnCut;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TraceContext;
import dev.penstock.exchange.UnsupportedParams;
import dev.penstock.exchange.Usage;
import dev.penstock.idempotency.Beginning;
import dev.penstock.idempotency.KeptAnswer;
import dev.penstock.quota.Admission.Decision;
import dev.penstock.quota.Standings;
import dev.penstock.routing.Route;
import dev.penstock.routing.RouteQuestion;
import dev.penstock.streaming.StreamMeter;
import dev.penstock.streaming.StreamResult;
import dev.penstock.switches.Refusal;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client request from arrival to settlement. Read it from top to bottom: {@link #run} reads and routes, the {@link Allowance} says
 * whether it may begin, the {@link AttemptLoop} finds an answer or gives up, {@link Attempts} says what that means for the client,
 * {@link #settle} ends. It lives on one event loop and needs no lock.
 *
 * <p>Client gone: {@link #clientGone} gives every attempt up in the same turn. Provider stalls: the attempt hears of it first.
 * Process drains: {@link #end}.
 */
public final class Exchange {

    private final ShardTools tools;
    private final Arrival arrival;
    private final @Nullable Once once;
    private final ClientResponse client;
    private final Consumer<Exchange> ended;
    private final Settlement settlement;
    private final Timeline times;
    private final Allowance allowance;
    private MultiMap upstreamHeaders = MultiMap.caseInsensitiveMultiMap();
    private @Nullable Asked request;
    private @Nullable Route route;
    private @Nullable AttemptLoop loop;
    private @Nullable Runnable release;

    private boolean committed;
    private boolean streaming;
    private boolean clientLeft;
    private boolean leftBeforeCommit;
    private long requestBytes;

    Exchange(ShardTools tools, Arrival arrival, ClientResponse client, Consumer<Exchange> ended) {
        this.tools = tools;
        this.arrival = arrival;
        String name = arrival.terms().name();
        this.once = name == null ? null : new Once(tools.idempotency(), arrival, name, client);
        this.client = once == null ? client : once;
        this.ended = ended;
        this.settlement = new Settlement(tools.settlements());
        this.times = new Timeline(tools.ticker());
        this.allowance = new Allowance(tools.admission(), tools.prices(), arrival, times.arrivedAt());
    }

    public String id() {
        return arrival.id();
    }

    Identity who() {
        return arrival.who();
    }

    // ---- from the request to its first attempt

    /** The whole request has arrived: read it and find out where it goes. */
    public void run(byte[] requestBody, MultiMap headersForUpstream) {
        if (settlement.isSettled()) {
            return;
        }
        requestBytes = requestBody.length;
        times.requestWhole();
        upstreamHeaders = headersForUpstream;
        Asked asked;
        try {
            asked = Asked.read(arrival.schema(), requestBody);
        } catch (GatewayError refused) {
            end(refused);
            return;
        }
        request = asked;
        GatewayError forbidden = arrival.models().refusal(asked.model());
        if (forbidden != null) {
            end(forbidden);
            return;
        }
        Refusal off = off(asked);
        if (off != null) {
            end(off.error(tools.ticker().now()));
            return;
        }
        if (once == null) {
            orEnd(() -> make(asked, requestBody));
        } else {
            once.begin(requestBody, beginning -> orEnd(() -> begin(beginning, asked, requestBody)));
        }
    }

    /** A call that has a name: made, answered from what was kept, or refused. */
    private void begin(Beginning beginning, Asked asked, byte[] body) {
        switch (beginning) {
            case Beginning.First first -> make(asked, body);
            case Beginning.Again again -> replay(again.answer());
            case Beginning.Refused refused -> end(refused.error());
        }
    }

    private void make(Asked asked, byte[] requestBody) {
        times.routingBegins();
        Priority wished = arrival.terms().priority();
        RequestFacts known = AskedFacts.of(
                arrival.schema(), requestBody, asked, arrival.who(), wished == null ? Priority.INTERACTIVE : wished);
        route(asked.model(), known, decided -> admit(decided, asked, known, requestBody));
    }

    private void route(String model, RequestFacts known, Consumer<Route> next) {
        tools.router().route(new RouteQuestion(model, known)).onComplete(decision -> {
            times.routingEnds();
            if (settlement.isSettled()) {
                return;
            }
            if (decision.succeeded()) {
                orEnd(() -> next.accept(decision.result()));
            } else {
                end(asGatewayError(decision.cause()));
            }
        });
    }

    /** Asked when the way is known, because a model that nobody has costs nothing, and before anything is spent. */
    private void admit(Route decided, Asked asked, RequestFacts known, byte[] body) {
        route = decided;
        allowance.ask(
                asked, known, decided.first(), decision -> orEnd(() -> decided(decision, decided, asked, known, body)));
    }

    private void decided(Decision decision, Route decided, Asked asked, RequestFacts known, byte[] body) {
        times.admitted();
        switch (decision) {
            case Decision.Admitted admitted -> attempt(decided, asked, known, body);
            case Decision.Redirected other ->
                route(other.model(), known, instead -> attempt(instead, asked, known, body));
            case Decision.Refused refused -> end(refused.error());
        }
    }

    /** A bug leaves nobody without an answer, and no limit held: what stores say comes in turns in which nobody else would catch it. */
    private void orEnd(Runnable turn) {
        try {
            turn.run();
        } catch (RuntimeException bug) {
            end(GatewayError.of(Kind.INTERNAL, "The gateway failed to handle the request."));
            throw bug;
        }
    }

    /** Frees something that the request held, once, at settlement. */
    public void onSettled(Runnable action) {
        if (settlement.isSettled()) {
            action.run();
        } else {
            release = action;
        }
    }

    private void attempt(Route decided, Asked asked, RequestFacts known, byte[] body) {
        route = decided;
        Priority wished = arrival.terms().priority();
        AttemptShared shared = new AttemptShared(
                tools,
                arrival.id(),
                arrival.trace(),
                decided,
                upstreamHeaders,
                client,
                times,
                times.arrived() + total(decided).toNanos(),
                wished == null ? decided.resilience().priority() : wished,
                known,
                new AskedFor(arrival.schema(), body, asked, continuation(decided, asked, body)),
                allowance);
        AttemptLoop attempts = new AttemptLoop(shared, new Attempts());
        loop = attempts;
        attempts.begin();
    }

    private @Nullable TextContinuation continuation(Route decided, Asked asked, byte[] body) {
        boolean wished = decided.resilience().onCut() == OnCut.CONTINUE_TEXT && asked.stream();
        return wished ? TextContinuation.of(arrival.schema(), body) : null;
    }

    /** The client may be in more of a hurry than the model's setting, never in less. */
    private Duration total(Route decided) {
        Duration most = decided.timeouts().total();
        Duration wished = arrival.terms().timeout();
        return wished != null && wished.compareTo(most) < 0 ? wished : most;
    }

    // ---- the answer

    /** What comes of the attempts. */
    private final class Attempts implements AttemptLoop.Owner {

        @Override
        public boolean committed() {
            return committed;
        }

        @Override
        public boolean waits() {
            return !clientLeft;
        }

        @Override
        public @Nullable GatewayError switchedOff(String provider) {
            Refusal off = tools.switches().ofProvider(arrival.who(), provider);
            return off == null ? null : off.error(tools.ticker().now());
        }

        @Override
        public void commitEarly() {
            if (!committed) {
                Exchange.this.commit();
                client.sendHead();
            }
        }

        @Override
        public void commit() {
            if (!committed && !settlement.isSettled()) {
                Exchange.this.commit();
            }
        }

        @Override
        public void answered(Attempt attempt, Speech.Whole whole) {
            Exchange.this.answered(attempt, whole);
        }

        @Override
        public void streamed(StreamResult seen) {
            Outcome ending = seen.limited() ? Outcome.LIMITED : successOutcome();
            settle(clientLeft ? Outcome.CANCELLED : ending, null, seen);
        }

        @Override
        public void failed(GatewayError error, @Nullable StreamResult seen) {
            finish(error, seen);
        }
    }

    private void answered(Attempt attempt, Speech.Whole whole) {
        // Asked before the answer goes out: whoever closes right after it has had it.
        Outcome outcome = clientLeft ? Outcome.CANCELLED : successOutcome();
        long firstContent = times.untilHead();
        meter(attempt).firstToken(firstContent);
        committed = true;
        times.committed();
        client.respond(head(), whole.body());
        StreamResult seen = new StreamResult(
                null, true, 0, whole.usage(), whole.finishReason(), whole.contentBytes(), firstContent, -1, -1, false);
        if (loop != null) {
            loop.ended(attempt, null, false, seen);
        }
        settle(outcome, null, seen);
    }

    private void replay(KeptAnswer kept) {
        committed = true;
        ResponseHead head = new ResponseHead(
                arrival.id(),
                kept.target(),
                0,
                Outcome.CACHED,
                times.overhead(),
                times.waited(),
                kept.upstreamRequestId(),
                null,
                kept.dropped());
        client.replay(head, kept.stream(), MediaTypes.wrap(kept.body()));
        settle(Outcome.CACHED, null, null);
    }

    private void commit() {
        committed = true;
        times.committed();
        streaming = true;
        tools.meters().streamOpened();
        client.startStream(head());
    }

    // ---- the end

    /** The client has left. Nobody reads an answer any more, so nobody shall produce it. */
    public void clientGone() {
        if (settlement.isSettled() || clientLeft) {
            return;
        }
        clientLeft = true;
        leftBeforeCommit = !committed;
        boolean drains = route != null && route.stream().onDisconnect() == StreamPolicy.OnDisconnect.DRAIN;
        if (drains && loop != null && loop.isCalling()) {
            loop.readerLeft();
        } else {
            end(GatewayError.of(Kind.CLIENT_GONE, "The client closed the connection."));
        }
    }

    /** A switch was flipped while it ran. Before its request is read, {@link #run} asks all of them. */
    void switched(SwitchObject flipped) {
        Asked asked = request;
        if (asked == null || settlement.isSettled()) {
            return;
        }
        if (flipped.kind() == SwitchObject.Kind.PROVIDER) {
            if (loop != null) {
                loop.switched(flipped.name());
            }
            return;
        }
        boolean concerned =
                flipped.kind() != SwitchObject.Kind.MODEL || flipped.name().equals(asked.model());
        Refusal off = concerned ? off(asked) : null;
        if (off != null && off.object().equals(flipped)) {
            end(off.error(tools.ticker().now()));
        }
    }

    private @Nullable Refusal off(Asked asked) {
        return tools.switches().refusal(arrival.who(), arrival.terms().feature(), asked.model());
    }

    /** Ends the exchange with an error, in whatever state it is: an ordinary HTTP error before commit, an error event after. */
    public void end(GatewayError why) {
        if (settlement.isSettled()) {
            return;
        }
        StreamResult heard = loop == null ? null : loop.abort(why);
        finish(why, heard);
    }

    private void finish(GatewayError why, @Nullable StreamResult seen) {
        if (committed) {
            byte[] ownEvent = loop == null ? null : loop.errorEvent(why);
            client.failStream(why, ownEvent == null ? null : MediaTypes.wrap(ownEvent));
        } else {
            client.refuse(why, head(Outcomes.of(why, false)));
        }
        settle(outcomeOf(why), why, seen);
    }

    /** The one end. */
    private void settle(Outcome outcome, @Nullable GatewayError error, @Nullable StreamResult seen) {
        if (settlement.isSettled()) {
            return;
        }
        if (release != null) {
            release.run();
        }
        if (once != null) {
            once.end();
        }
        if (streaming) {
            tools.meters().streamClosed();
        }
        List<AttemptRecord> tries = loop == null ? List.of() : loop.past();
        long nanoUsd = allowance.end(tries, loop != null && loop.reached());
        ended.accept(this);
        settlement.settle(record(outcome, error, seen, tries, nanoUsd));
    }

    private ExchangeRecord record(
            Outcome outcome,
            @Nullable GatewayError error,
            @Nullable StreamResult seen,
            List<AttemptRecord> tries,
            long nanoUsd) {
        Attempt last = speaker();
        return new ExchangeRecord(
                arrival.uuid(),
                arrival.id(),
                trace(),
                times.arrivedAt(),
                arrival.schema(),
                request == null ? null : request.model(),
                target(),
                request != null && request.stream(),
                outcome,
                status(error),
                error == null ? null : error.kind(),
                seen == null ? null : seen.finishReason(),
                usage(seen),
                calls(),
                tries,
                last == null ? null : last.keyName(),
                seen == null ? 0 : seen.events(),
                requestBytes,
                client.bytesWritten(),
                times.sinceArrival(),
                seen == null ? -1 : seen.firstTokenNanos(),
                times.overhead(),
                times.routingNanos(),
                seen == null ? -1 : seen.maxGapNanos(),
                dropped(),
                seen == null ? -1 : seen.gapP99Nanos(),
                new Caller(
                        arrival.who().tenant(),
                        arrival.who().user(),
                        arrival.who().keyId(),
                        arrival.terms().feature(),
                        arrival.terms().session()),
                nanoUsd,
                allowance.priceVersion(),
                allowance.limits(),
                passedOver(),
                times.times());
    }

    /** What routing left out, and what was out when its turn had come. */
    private List<PassedOver> passedOver() {
        List<Route.LeftOut> leftOut = route == null ? List.of() : route.leftOut();
        List<PassedOver> passed = loop == null ? List.of() : loop.passedOver();
        if (leftOut.isEmpty()) {
            return passed;
        }
        List<PassedOver> all = new ArrayList<>(leftOut.size() + passed.size());
        leftOut.forEach(other -> all.add(new PassedOver(other.target(), other.why())));
        all.addAll(passed);
        return all;
    }

    private @Nullable Trace trace() {
        TraceContext context = arrival.trace();
        return context == null ? null : new Trace(context, times.routingFrom(), arrival.authNanos());
    }

    private Usage usage(@Nullable StreamResult seen) {
        Usage parts = loop == null ? null : loop.usageOfParts();
        if (parts != null) {
            return parts;
        }
        Attempt last = speaker();
        return last == null || seen == null ? Usage.NONE : last.told(seen);
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
        Outcome outcome = successOutcome();
        return head(outcome == Outcome.OK ? null : outcome);
    }

    private ResponseHead head(@Nullable Outcome outcome) {
        Attempt last = speaker();
        return new ResponseHead(
                arrival.id(),
                target(),
                calls(),
                outcome,
                times.overhead(),
                times.waited(),
                last == null ? null : last.upstreamRequestId(),
                limits(),
                announced());
    }

    private ResponseHead.@Nullable Limits limits() {
        Standings how = allowance.standings();
        boolean none = how.requests() == null && how.tokens() == null;
        return none
                ? null
                : new ResponseHead.Limits(
                        how.requests(), how.tokens(), tools.ticker().now());
    }

    /** What the client is told to have been left out. */
    private Set<String> announced() {
        return route != null && route.unsupportedParams() == UnsupportedParams.DROP ? Set.of() : dropped();
    }

    private Set<String> dropped() {
        Attempt last = speaker();
        return last == null ? Set.of() : last.dropped();
    }

    private @Nullable Attempt speaker() {
        return loop == null ? null : loop.speaker();
    }

    private int calls() {
        return loop == null ? 0 : loop.calls();
    }

    private StreamMeter meter(Attempt attempt) {
        return route == null
                ? StreamMeter.NONE
                : tools.meters()
                        .forStream(route.alias(), attempt.target().target().provider());
    }

    /** Where a model drains, the provider can still fail when the client has left long since. */
    private Outcome outcomeOf(GatewayError failure) {
        return clientLeft ? Outcome.CANCELLED : Outcomes.of(failure, committed);
    }

    private Outcome successOutcome() {
        Attempt answering = speaker();
        if (answering != null && answering.target().degraded()) {
            return Outcome.DEGRADED;
        }
        return loop != null && loop.fellBack() ? Outcome.FALLBACK : Outcome.OK;
    }

    private @Nullable Target target() {
        Attempt last = speaker();
        if (last != null) {
            return last.target().target();
        }
        return route == null ? null : route.first().target();
    }

    private static GatewayError asGatewayError(Throwable cause) {
        return cause instanceof GatewayError known
                ? known
                : GatewayError.of(Kind.INTERNAL, "The gateway failed to route the request.");
    }
}
