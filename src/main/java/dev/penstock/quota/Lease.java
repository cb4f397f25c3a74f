// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Unit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this node has of one counter in one window. A call takes from {@link #free} with one atomic operation; everything else
 * happens under the lock, which is never held while the store or a listener is called.
 *
 * <p>What has been used is {@code granted + loan - free}. {@code granted} comes from the store. A {@code loan} is what the node lends
 * itself while the store has not answered yet (a hundredth of the limit for all nodes together, never for a strict rule) or
 * cannot be reached ({@code local_share}); the next grant pays it, and what the store does not cover makes {@code free} smaller,
 * below zero too. So a node is never further beyond the limit than its loan and the calls that used more than they had reserved.
 *
 * <p>A window that is used up mostly stays so until it ends. What the store has said of it is remembered for a second: meanwhile calls
 * are refused at once, and the first one after each tenth of a second has the store asked again, behind it. Places come back at any
 * time, so calls for one wait for the answer.
 *
 * <p>Any thread.
 */
final class Lease {

    /** Less than the least was there. */
    static final long NOTHING = Pot.NOTHING;

    private static final long HUSH_NANOS = 100_000_000L;
    private static final long REMEMBERED_NANOS = 1_000_000_000L;
    private static final long OVERDUE_NANOS = 1_200_000_000L;
    private static final long SAY_NANOS = 4_000_000_000L;
    private static final int MOST_WAITING = 1_000;

    final Counter counter;
    final long endsAtMillis;
    final long window;

    private final Leases book;
    private final boolean concurrency;
    private final Pot free = new Pot();

    /** Below this it is time to ask for more; the lowest number while that would be of no use. */
    private volatile long refillBelow = Long.MIN_VALUE;

    /** Above this, some of it goes back. */
    private volatile long returnAbove = Long.MAX_VALUE;

    /** What nobody had taken when the store answered last. */
    private volatile long left;

    private volatile boolean over;

    private final WaitingLine waiters = new WaitingLine();
    private final Warned warned;
    private long granted;
    private long loan;
    private long wish;
    private final Appetite appetite;
    private boolean recall;
    private @Nullable LeaseAnswer asked;

    /** The store had less than was wanted. */
    private boolean dry;

    /** Until then it is not asked again. */
    private long dryUntilNanos;

    /** From then on its word is too old to refuse anybody by. */
    private long dryRememberedUntilNanos;

    private long lastAskNanos;

    /** What all had taken of the window when the store answered last, and when that was; below zero before. */
    private long taken = -1;

    private long takenMillis;

    Lease(Counter counter, Leases book, long window, long endsAtMillis, long demand) {
        this.counter = counter;
        this.book = book;
        this.window = window;
        this.endsAtMillis = endsAtMillis;
        this.appetite = new Appetite(book, demand);
        this.concurrency = counter.rule().unit() == Unit.CONCURRENT;
        this.warned = new Warned(counter, book);
        this.left = counter.rule().amount();
        this.lastAskNanos = book.nanos();
    }

    /**
     * Takes what is there.
     *
     * @return from least to most, or {@link #NOTHING}
     */
    long take(long least, long most) {
        long part = free.take(least, most);
        if (part != NOTHING && free.get() < refillBelow) {
            askAhead();
        }
        return part;
    }

    /** Gives back what was taken and not used. */
    void give(long amount) {
        if (over) {
            giveElsewhere(amount);
        } else if (free.add(amount) > returnAbove) {
            askAhead();
        }
    }

    /** A lease that nobody used for a while made room, and its window goes on: another one has what was still out. */
    private void giveElsewhere(long amount) {
        long millis = book.millis();
        if (millis < endsAtMillis) {
            counter.at(millis).adopt(amount);
        }
    }

    private void adopt(long amount) {
        synchronized (this) {
            granted += amount;
        }
        give(amount);
    }

    /** Takes what was used already, whether it is there or not; in the present window where this one has ended. */
    void charge(long amount) {
        Lease present = counter.at(book.millis());
        if (present.free.add(-amount) < present.refillBelow) {
            present.askAhead();
        }
    }

    boolean isOver() {
        return over;
    }

    /** What is left of the window, as far as this node knows. */
    long remaining() {
        return Math.max(0, Math.min(counter.rule().amount(), left + free.get()));
    }

    /** A call that found too little. It has ended when this returns, or will be told. */
    void await(Waiter waiter) {
        long nanos = book.nanos();
        LeaseAnswer next = null;
        boolean ended;
        synchronized (this) {
            ended = endsAtOnce(waiter, nanos);
            if (!ended) {
                waiters.add(waiter);
                next = next(nanos, false);
                if (isUsedUpFor(waiter, nanos)) {
                    waiters.remove(waiter);
                    waiter.ended(Waiter.End.REFUSED, 0);
                    ended = true;
                } else if (next == null && asked == null) {
                    // So much came back meanwhile that nobody need be asked, and so nobody will answer.
                    waiters.remove(waiter);
                    waiter.ended(Waiter.End.AGAIN, 0);
                    ended = true;
                }
            }
        }
        if (ended) {
            waiter.tell();
            sendBehind(waiter, next);
            return;
        }
        send(next);
        if (!waiter.isEnded()) {
            advance();
        }
    }

    private boolean endsAtOnce(Waiter waiter, long nanos) {
        boolean hushed = dry && nanos < dryUntilNanos;
        long part = takeQuietly(waiter, hushed);
        if (part != NOTHING) {
            waiter.ended(Waiter.End.TAKEN, part);
        } else if (over) {
            waiter.ended(Waiter.End.AGAIN, 0);
        } else if (!book.isUp()) {
            endUnreachable(waiter);
        } else if (waiters.size() >= MOST_WAITING || hushed) {
            waiter.ended(Waiter.End.REFUSED, 0);
        } else {
            return false;
        }
        return true;
    }

    /** Whether the store has said so lately. One that would do with less than it wants may still get it. With the lock. */
    private boolean isUsedUpFor(Waiter waiter, long nanos) {
        return dry
                && !concurrency
                && nanos < dryRememberedUntilNanos
                && free.get() < waiter.least
                && book.millis() < endsAtMillis;
    }

    /** The store has not answered at once: nobody need wait for it as long as the node may lend itself a little. */
    private void advance() {
        List<Waiter> ended;
        synchronized (this) {
            long advance = book.advance(counter.rule());
            if (asked == null || loan > 0 || dry || advance <= 0) {
                return;
            }
            loan += advance;
            free.add(advance);
            ended = new ArrayList<>();
            serveWhatIsThere(ended);
        }
        ended.forEach(Waiter::tell);
    }

    /**
     * For an answer that is under way and must not wait: takes what is there and asks for the rest, which is there when the answer
     * comes back for it.
     *
     * @return up to most; {@link #NOTHING} where nobody can count and the rule lets calls go on then
     */
    long takeOn(long most) {
        long part = Math.max(0, take(1, most));
        if (part == most) {
            return part;
        }
        long nanos = book.nanos();
        LeaseAnswer next;
        synchronized (this) {
            if (over) {
                return part;
            }
            if (!book.isUp()) {
                switch (counter.rule().fail()) {
                    case OPEN -> {
                        return NOTHING;
                    }
                    case LOCAL_SHARE -> lendShare();
                    case CLOSED -> {}
                }
                return part + Math.max(0, take(1, most - part));
            }
            wish = Math.max(wish, most - part);
            next = next(nanos, false);
        }
        send(next);
        part += Math.max(0, take(1, most - part));
        if (part == 0) {
            advance();
            part = Math.max(0, take(1, most));
        }
        return part;
    }

    private void askAhead() {
        LeaseAnswer next;
        synchronized (this) {
            next = next(book.nanos(), false);
        }
        send(next);
    }

    private void send(@Nullable LeaseAnswer next) {
        if (next != null) {
            book.send(next, next.ask);
        }
    }

    /** To speak to a store takes longer than to refuse a call. */
    private void sendBehind(Waiter waiter, @Nullable LeaseAnswer next) {
        if (next != null) {
            waiter.afterwards(() -> send(next));
        }
    }

    /** What to ask the store now, if anything. With the lock. */
    private @Nullable LeaseAnswer next(long nanos, boolean probe) {
        if (asked != null || over) {
            return null;
        }
        LimitRule rule = counter.rule();
        long waiting = Math.max(wish, waiters.wanted());
        if (waiting > 0) {
            appetite.isAwake();
        }
        boolean mayAsk = probe || book.isUp();
        boolean mayTake = mayAsk && !(dry && nanos < dryUntilNanos);
        long take = 0;
        if (mayTake && (waiting > 0 || (!recall && free.get() < appetite.lowLine(rule)))) {
            if (nanos - lastAskNanos < HUSH_NANOS) {
                appetite.grow(rule);
            }
            take = Math.max(0, Math.min(rule.amount(), waiting + appetite.aim(rule) + loan - free.get()));
        }
        long back = take > 0 || waiting > 0 || !mayAsk ? 0 : spare(rule);
        recall &= take > 0;
        boolean say = probe || (concurrency && granted > 0 && nanos - lastAskNanos >= SAY_NANOS && mayAsk);
        if (take == 0 && back == 0 && !say) {
            wish = 0;
            arm(nanos);
            return null;
        }
        LeaseAnswer next = new LeaseAnswer(
                this,
                new LeaseStore.Ask(
                        counter.key(),
                        window,
                        endsAtMillis,
                        rule.amount(),
                        take,
                        back,
                        book.owner(),
                        concurrency ? granted : -1),
                nanos);
        granted -= back;
        lastAskNanos = nanos;
        asked = next;
        arm(nanos);
        return next;
    }

    /** Takes out what goes back. With the lock. */
    private long spare(LimitRule rule) {
        long keep = recall ? 0 : appetite.keep(rule);
        return keep == Long.MAX_VALUE ? 0 : free.spare(granted, loan + keep);
    }

    private void arm(long nanos) {
        LimitRule rule = counter.rule();
        boolean useful = asked == null && !over && book.isUp() && !(dry && nanos < dryUntilNanos);
        refillBelow = useful ? appetite.lowLine(rule) : Long.MIN_VALUE;
        returnAbove = over ? Long.MAX_VALUE : appetite.keep(rule);
    }

    /** The store has spoken, on a thread of its own. */
    void answered(LeaseAnswer which, LeaseStore.Grant grant) {
        long nanos = book.nanos();
        boolean first;
        synchronized (this) {
            first = which.isFirst();
        }
        if (first) {
            book.heard(grant.reachable());
            hear(which, grant, nanos);
            book.answered();
        }
    }

    private void hear(LeaseAnswer which, LeaseStore.Grant grant, long nanos) {
        if (grant.laterWindow() > window && book.follow(counter.rule().period(), grant.laterWindow())) {
            end();
            return;
        }
        List<Waiter> ended = new ArrayList<>();
        LeaseAnswer next = null;
        synchronized (this) {
            boolean expected = asked == which;
            if (expected) {
                asked = null;
            }
            // An answer that came too late: the lease can still use it, but the store mends what it knows of
            // concurrency with each ask.
            if (!over && (expected || !concurrency)) {
                if (grant.reachable()) {
                    credit(which, grant, expected, nanos);
                }
                if (expected) {
                    serve(grant.reachable(), ended);
                }
                next = next(nanos, false);
                if (next == null && asked == null) {
                    endAll(Waiter.End.REFUSED, ended);
                }
            }
        }
        ended.forEach(Waiter::tell);
        send(next);
    }

    private void credit(LeaseAnswer which, LeaseStore.Grant grant, boolean expected, long nanos) {
        LeaseStore.Ask ask = which.ask;
        long wanted = ask.take();
        if (expected) {
            taken = Math.max(0, ask.limit() - grant.left());
            takenMillis = book.millis();
        }
        long part = Math.max(0, Math.min(wanted, grant.granted()));
        granted += part;
        if (expected && wanted > 0) {
            free.add(part - loan);
            loan = 0;
            wish = 0;
            dry = part < wanted;
            dryUntilNanos = nanos + HUSH_NANOS;
            dryRememberedUntilNanos = which.sentNanos + REMEMBERED_NANOS;
        } else {
            free.add(part);
        }
        left = Math.max(0, grant.left());
    }

    private void serve(boolean reachable, List<Waiter> ended) {
        serveWhatIsThere(ended);
        if (!reachable && !waiters.isEmpty()) {
            waiters.endAll(this::endUnreachable, ended);
        } else if (dry) {
            endAll(Waiter.End.REFUSED, ended);
        }
    }

    private void serveWhatIsThere(List<Waiter> ended) {
        waiters.serve(dry, this::takeQuietly, ended);
    }

    /** Less than it would like only where there is no more to be had. */
    private long takeQuietly(Waiter waiter, boolean inPart) {
        return over ? NOTHING : free.take(inPart ? waiter.least : waiter.most, waiter.most);
    }

    private void endUnreachable(Waiter waiter) {
        switch (counter.rule().fail()) {
            case OPEN -> waiter.ended(Waiter.End.UNCOUNTED, 0);
            case CLOSED -> waiter.ended(Waiter.End.UNREACHABLE, 0);
            case LOCAL_SHARE -> {
                lendShare();
                long part = takeQuietly(waiter, true);
                waiter.ended(part == NOTHING ? Waiter.End.UNREACHABLE : Waiter.End.TAKEN, Math.max(0, part));
            }
        }
    }

    /** The node's part of the limit, less what it had of the store. */
    private void lendShare() {
        long more = book.localShare(counter.rule()) - granted - loan;
        if (more > 0) {
            loan += more;
            free.add(more);
        }
    }

    private void endAll(Waiter.End how, List<Waiter> ended) {
        waiters.endAll(waiter -> waiter.ended(how, 0), ended);
    }

    /** Ends an ask that nobody has answered. */
    void giveUpOverdue() {
        LeaseAnswer overdue;
        synchronized (this) {
            overdue = asked;
            if (overdue == null || book.nanos() - overdue.sentNanos < OVERDUE_NANOS) {
                return;
            }
        }
        List<Waiter> ended = new ArrayList<>();
        book.heard(false);
        synchronized (this) {
            if (asked != overdue) {
                return;
            }
            asked = null;
            serve(false, ended);
            arm(book.nanos());
        }
        ended.forEach(Waiter::tell);
    }

    /** Once a second: learns how much is used, gives back what is idle, says that it is there. */
    void tick() {
        giveUpOverdue();
        LeaseAnswer next;
        synchronized (this) {
            if (over) {
                return;
            }
            appetite.tick(used(), !waiters.isEmpty());
            if (concurrency) {
                warned.forgetBelow(amountUsed());
            }
            recall |= appetite.isIdle();
            next = next(book.nanos(), book.mayProbe(book.nanos()));
        }
        send(next);
    }

    /** The rule has another amount: all that is free goes back, and is asked for anew under the new one. */
    void relimit() {
        LeaseAnswer next;
        synchronized (this) {
            dry = false;
            recall = true;
            next = next(book.nanos(), false);
        }
        send(next);
    }

    /** The window is over: what is free was for nobody. */
    void end() {
        List<Waiter> ended = new ArrayList<>();
        synchronized (this) {
            over = true;
            asked = null;
            refillBelow = Long.MIN_VALUE;
            returnAbove = Long.MAX_VALUE;
            endAll(Waiter.End.AGAIN, ended);
        }
        ended.forEach(Waiter::tell);
    }

    /** How much it was asked for lately, for the next one. */
    synchronized long demand() {
        return appetite.demand();
    }

    /** Ends it for good when nobody has used it for a minute and nothing is held that somebody would have to know of. */
    synchronized boolean retire() {
        if (appetite.isIdle()
                && asked == null
                && waiters.isEmpty()
                && warned.hasToldNothing()
                && loan == 0
                && free.get() == 0
                && (!concurrency || granted == 0)) {
            over = true;
        }
        return over;
    }

    /** What this node has used of the window. */
    synchronized long used() {
        return granted + loan - free.get();
    }

    /**
     * What there is to keep of it: where nodes share the count what all have taken, as the store said last, without what this node has and
     * has not used.
     */
    synchronized CounterStore.@Nullable Row row(long millis) {
        if (!book.isShared()) {
            return row(used(), millis);
        }
        return taken < 0 ? null : row(taken - free.get(), takenMillis);
    }

    private CounterStore.Row row(long used, long millis) {
        return new CounterStore.Row(counter.key(), window, endsAtMillis, Math.max(0, used), millis);
    }

    /** What is used of the limit, as far as this node knows. */
    long amountUsed() {
        return counter.rule().amount() - remaining();
    }

    /** Tells the shares of the limit that have been reached since this was asked last. */
    void warn() {
        if (!counter.rule().warnAt().isEmpty()) {
            warned.tell(amountUsed());
        }
    }
}
