// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.AttemptRecord.Why;
import dev.penstock.accounting.ExchangeRecord.PassedOver;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.HedgeSettings;
import dev.penstock.exchange.Timers.Timer;
import dev.penstock.exchange.Usage;
import dev.penstock.resilience.Next;
import dev.penstock.resilience.Permit;
import dev.penstock.resilience.Resilience;
import dev.penstock.resilience.TargetState;
import dev.penstock.resilience.Tries;
import dev.penstock.routing.Route;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.streaming.StreamPipe;
import dev.penstock.streaming.StreamResult;
import dev.penstock.translation.continuation.Continuation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one exchange, until one of them is the answer or none is left to make. Read it from top to bottom: {@link #start}
 * begins an attempt, {@link Tries} says what follows one that did not go well, {@link #hedge} races a second one against a silent
 * first, {@link #settleOn} ends the race. Lives on the event loop of the exchange.
 *
 * <pre>
 *   attempt --content--> speaking --terminal marker--> answered
 *    ^   |                  |
 *    +---+ failed before    +-- failed after: nobody else can answer any more
 * </pre>
 */
final class AttemptLoop {

    /** The exchange, as its attempts need it. */
    interface Owner {

        /** Whether the head of the answer has gone out, perhaps before anything was known of it. */
        boolean committed();

        /** Whether the client is still there. */
        boolean waits();

        /** Why this client must not be answered by a provider at this moment; null when it may. */
        @Nullable
        GatewayError switchedOff(String provider);

        /** With {@code early_commit}: a request goes out for the first time. */
        void commitEarly();

        /** The client's answer begins now. */
        void commit();

        void answered(Attempt attempt, Speech.Whole whole);

        void streamed(StreamResult seen);

        /** No attempt is left to make. */
        void failed(GatewayError error, @Nullable StreamResult seen);
    }

    private final AttemptShared shared;
    private final Asked asked;
    private final Owner owner;
    private final Resilience resilience;
    private final Tries tries;
    private final Host host = new Host();

    /** Attempts under way: one, or two while they race. */
    private final List<Attempt> live = new ArrayList<>(2);

    private final List<AttemptRecord> past = new ArrayList<>(2);
    /** Targets whose turn had come and that were not asked; most exchanges have none. */
    private @Nullable List<PassedOver> passed;

    /** The attempt that the answer comes from, else the last one that began. */
    private @Nullable Attempt speaker;
    /** The last attempt of whose stream the client has heard something. */
    private @Nullable Attempt teller;
    /** What was seen of a stream that broke off and that nobody has gone on with yet. */
    private @Nullable StreamResult heard;

    private @Nullable Timer pause;
    private @Nullable Timer hedgeTimer;
    private boolean spoken;
    private boolean reached;
    private boolean over;
    private int first;
    private int calls;

    AttemptLoop(AttemptShared shared, Owner owner) {
        this.shared = shared;
        this.asked = shared.request().asked();
        this.owner = owner;
        this.resilience = shared.tools().resilience();
        this.tries = resilience.tries(
                state(0), shared.route().tiers(), shared.route().resilience().retries());
    }

    void begin() {
        // Where all are left alone, the first one's breaker says for how long.
        first = Math.max(0, tries.untried(this::isUsable));
        start(first, Why.FIRST);
    }

    // ---- what the exchange asks

    @Nullable
    Attempt speaker() {
        return speaker;
    }

    /** The error event in the words that fit what the client has heard; null for the usual one. */
    byte @Nullable [] errorEvent(GatewayError why) {
        return teller == null ? null : teller.errorEvent(why);
    }

    /** Requests that were sent to providers. */
    int calls() {
        return calls;
    }

    /** Whether a provider has had the request, or the gateway itself has answered. */
    boolean reached() {
        return reached;
    }

    /** Those that have ended, in that order. */
    List<AttemptRecord> past() {
        return List.copyOf(past);
    }

    /** Targets that were not asked although their turn had come: after the end, those that were out at their turn as well. */
    List<PassedOver> passedOver() {
        List<RouteTarget> targets = shared.route().targets();
        Attempt last = speaker;
        int reachedIndex = last == null ? targets.size() : last.index();
        for (int i = 0; i < targets.size(); i++) {
            boolean hadItsTurn = tries.of(i) == 0 && (i < reachedIndex || tries.isExhausted());
            GatewayError off = hadItsTurn ? switchedOff(i) : null;
            if (off != null) {
                pass(i, off.kind().label());
            } else if (hadItsTurn && !state(i).usable()) {
                pass(i, Kind.BREAKER_OPEN.label());
            }
        }
        return passed == null ? List.of() : passed;
    }

    private void pass(int index, String why) {
        PassedOver over = new PassedOver(shared.route().targets().get(index).target(), why);
        if (passed == null) {
            passed = new ArrayList<>(2);
        }
        if (!passed.contains(over)) {
            passed.add(over);
        }
    }

    boolean isCalling() {
        for (Attempt attempt : live) {
            if (attempt.isCalling()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the answer comes from another target than the first choice, because something was wrong with that one. */
    boolean fellBack() {
        Attempt answering = speaker;
        if (answering == null) {
            return false;
        }
        boolean elsewhere = answering.index() != first && answering.why() != Why.HEDGE;
        return elsewhere || answering.target().tier() > shared.route().firstTier();
    }

    /** The client has left, and the answer is taken to its end all the same. */
    void readerLeft() {
        live.forEach(Attempt::readerLeft);
    }

    /**
     * Gives everything up in this very turn.
     *
     * @return what was seen of the answer, or null
     */
    @Nullable
    StreamResult abort(GatewayError why) {
        close();
        StreamResult last = null;
        for (int i = live.size() - 1; i >= 0; i--) {
            Attempt attempt = live.get(i);
            StreamResult seen = attempt.abort(why);
            ended(attempt, null, true, seen);
            last = attempt == speaker ? seen : last;
        }
        return withBeginning(last);
    }

    /**
     * A provider may have been switched off. What the client hears from it ends with an error; what it has not spoken for yet goes
     * on elsewhere, as if the provider had been off from the beginning.
     */
    void switched(String provider) {
        GatewayError off = owner.switchedOff(provider);
        if (off == null || over) {
            return;
        }
        for (Attempt attempt : List.copyOf(live)) {
            if (attempt.target().target().provider().equals(provider)) {
                switchOff(attempt, off);
            }
        }
    }

    private void switchOff(Attempt attempt, GatewayError off) {
        StreamResult seen = attempt.abort(off);
        if (spoken) {
            ended(attempt, off, false, seen);
            end(off, withBeginning(seen));
            return;
        }
        ended(attempt, null, true, seen);
        if (!live.isEmpty()) {
            speaker = live.get(0);
        }
        host.refused(attempt, off);
    }

    // ---- attempts

    private void start(int index, Why why) {
        if (!remaining().isPositive()) {
            end(GatewayError.of(Kind.TOTAL_TIMEOUT, "The exchange took longer than its total timeout."), heard);
            return;
        }
        GatewayError off = switchedOff(index);
        if (off == null) {
            off = shared.allowance().refusal(shared.route().targets().get(index));
        }
        if (off != null) {
            pass(
                    index,
                    off.kind() == Kind.RATE_LIMITED
                            ? "provider_limit"
                            : off.kind().label());
            if (why != Why.HEDGE) {
                refused(index, off);
            }
            return;
        }
        TargetState state = state(index);
        Permit permit = state.tryAcquire();
        if (permit == null) {
            pass(index, Kind.BREAKER_OPEN.label());
            if (why != Why.HEDGE) {
                refused(index, leftAlone(state));
            }
            return;
        }
        Attempt attempt = new Attempt(shared, host, index, why, permit);
        live.add(attempt);
        if (why != Why.HEDGE) {
            speaker = attempt;
        }
        if (owner.committed()) {
            attempt.keepAliveAfter(shared.route().stream().keepAlive());
        }
        attempt.begin();
    }

    private TargetState state(int index) {
        Route route = shared.route();
        return resilience.target(
                route.targets().get(index).target(), route.resilience().breaker());
    }

    /** What has been heard of a model is gone on with by a model: an answer of the gateway's own would be another one. */
    private boolean isUsable(int index) {
        return state(index).usable()
                && switchedOff(index) == null
                && (!spoken || shared.route().targets().get(index).remote());
    }

    /** Nobody races a model against a prepared answer, which would always win, or against one that is asked for less. */
    private boolean isRival(int index) {
        RouteTarget target = shared.route().targets().get(index);
        return target.remote() && target.edits().isNone() && isUsable(index);
    }

    private @Nullable GatewayError switchedOff(int index) {
        return owner.switchedOff(shared.route().targets().get(index).target().provider());
    }

    private static GatewayError leftAlone(TargetState state) {
        return GatewayError.builder(
                        Kind.BREAKER_OPEN,
                        "The provider of this model has failed too often in a row and is left alone for a while.")
                .code("provider_unavailable")
                .hint("Try again in a moment.")
                .retryAfter(state.inWords().remaining())
                .build();
    }

    /** Hears of all attempts. */
    private final class Host implements AttemptHost {

        @Override
        public void calling(Attempt attempt) {
            calls++;
            if (asked.stream() && shared.route().stream().earlyCommit()) {
                owner.commitEarly();
                attempt.keepAliveAfter(shared.route().stream().keepAlive());
            }
        }

        @Override
        public void sent(Attempt attempt) {
            reached = true;
            armHedge(attempt);
        }

        @Override
        public boolean committed() {
            return owner.committed();
        }

        @Override
        public boolean waits() {
            return owner.waits();
        }

        @Override
        public void keepAlive(Attempt attempt) {
            shared.client().write(StreamPipe.keepAliveComment());
            attempt.keepAliveAfter(shared.route().stream().keepAlive());
        }

        @Override
        public void speaks(Attempt attempt) {
            settleOn(attempt);
            owner.commit();
        }

        @Override
        public void answered(Attempt attempt, Speech.Whole whole) {
            reached = true;
            settleOn(attempt);
            owner.answered(attempt, whole);
        }

        @Override
        public void streamed(Attempt attempt, StreamResult seen) {
            ended(attempt, null, false, seen);
            close();
            owner.streamed(heard == null ? seen : seen.after(heard));
        }

        @Override
        public void refused(Attempt attempt, GatewayError why) {
            ended(attempt, why, false, null);
            if (!attempt.isCalling()) {
                pass(
                        attempt.index(),
                        why.kind() == Kind.OVERLOADED ? "no_room" : why.kind().label());
            }
            if (!live.isEmpty()) {
                return;
            }
            if (owner.waits()) {
                disarmHedge();
                AttemptLoop.this.refused(attempt.index(), why);
            } else {
                end(why, heard);
            }
        }

        @Override
        public void failed(Attempt attempt, GatewayError error, @Nullable StreamResult seen) {
            // A provider may refuse a request before it has the whole of it.
            reached |= error.kind() == Kind.PROVIDER_ERROR;
            ended(attempt, error, false, seen);
            if (!live.isEmpty()) {
                tries.beside(attempt.index(), error);
                speaker = live.get(0);
            } else if (!owner.waits() || (spoken && !canGoOn(error))) {
                end(error, withBeginning(seen));
            } else {
                heard = spoken ? withBeginning(seen) : null;
                if (spoken && seen != null) {
                    shared.allowance().heard(seen.contentBytes());
                }
                disarmHedge();
                next(tries.after(attempt.index(), error, remaining(), AttemptLoop.this::isUsable));
            }
        }
    }

    /** Nobody waits for the slower ones any more, so nobody shall pay for more of them. */
    private void settleOn(Attempt winner) {
        spoken = true;
        speaker = winner;
        teller = winner;
        disarmHedge();
        for (int i = live.size() - 1; i >= 0; i--) {
            Attempt other = live.get(i);
            if (other != winner) {
                StreamResult seen = other.overtaken();
                ended(other, null, true, seen);
            }
        }
    }

    private @Nullable StreamResult withBeginning(@Nullable StreamResult seen) {
        if (heard == null) {
            return seen;
        }
        return seen == null ? heard : seen.after(heard);
    }

    /** What all tries took whose text the client has, where there were several; null where there was one. */
    @Nullable
    Usage usageOfParts() {
        Usage sum = null;
        for (AttemptRecord part : past) {
            boolean goesOn = part.why() == Why.CONTINUATION;
            sum = sum == null ? (goesOn ? beginning().plus(part.usage()) : null) : sum.plus(part.usage());
        }
        return sum;
    }

    /** Of what was heard before anything went on: the last of the tries that did not. */
    private Usage beginning() {
        Usage usage = Usage.NONE;
        for (AttemptRecord part : past) {
            usage = part.why() == Why.CONTINUATION ? usage : part.usage();
        }
        return usage;
    }

    /** Whether what broke off after its first content may go on elsewhere. */
    private boolean canGoOn(GatewayError error) {
        TextContinuation continuation = shared.request().continuation();
        return continuation != null && continuation.onCut(error) instanceof Continuation.Possible;
    }

    /** A whole answer ends its attempt when it has been handed to the client. */
    void ended(Attempt attempt, @Nullable GatewayError error, boolean lost, @Nullable StreamResult seen) {
        if (live.remove(attempt)) {
            past.add(attempt.record(error, lost, seen));
        }
    }

    // ---- what follows

    private void refused(int index, GatewayError why) {
        next(tries.refused(index, why, remaining(), this::isUsable));
    }

    private void next(Next step) {
        if (over) {
            return;
        }
        shared.times().headAwaitedAgain();
        switch (step) {
            case Next.Again again -> {
                pause = shared.tools().timers().after(again.delay(), () -> {
                    pause = null;
                    start(again.target(), spoken ? Why.CONTINUATION : Why.RETRY);
                });
            }
            case Next.Other other -> start(other.target(), spoken ? Why.CONTINUATION : Why.FALLBACK);
            case Next.End last -> end(spoken ? last.error() : LastResort.of(shared.route(), last.error()), heard);
        }
    }

    private Duration remaining() {
        return Duration.ofNanos(shared.deadline() - shared.tools().ticker().nanos());
    }

    private void end(GatewayError error, @Nullable StreamResult seen) {
        close();
        owner.failed(error, seen);
    }

    private void close() {
        over = true;
        disarmHedge();
        if (pause != null) {
            pause.cancel();
            pause = null;
        }
    }

    // ---- the race

    private void armHedge(Attempt first) {
        HedgeSettings hedge = shared.route().resilience().hedge();
        if (hedge != null && first.why() == Why.FIRST && hedgeTimer == null && asked.stream()) {
            Duration wait = resilience.hedgeAfter(state(first.index()), hedge);
            hedgeTimer = shared.tools().timers().after(wait, this::hedge);
        }
    }

    /** The first target has been silent for longer than it usually is. */
    private void hedge() {
        hedgeTimer = null;
        if (over
                || spoken
                || !owner.waits()
                || live.size() != 1
                || !hasUntried()
                || !state(0).extraCalls().trySpend()) {
            return;
        }
        int second = tries.untried(this::isRival);
        if (second >= 0) {
            start(second, Why.HEDGE);
        }
    }

    private boolean hasUntried() {
        for (int i = 0; i < shared.route().targets().size(); i++) {
            if (tries.of(i) == 0 && isRival(i)) {
                return true;
            }
        }
        return false;
    }

    private void disarmHedge() {
        if (hedgeTimer != null) {
            hedgeTimer.cancel();
            hedgeTimer = null;
        }
    }
}
