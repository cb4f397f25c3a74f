// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetSignals;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of one target under one set of breaker settings, and the leave to make attempts at it. Any thread.
 *
 * <p>What it does with failures:
 * <ul>
 *   <li>the caller's own and those of the gateway are not counted;
 *   <li>a rate limit is not counted either: the target is well, and there is too much at once. It is left alone as long as it asks
 *       for, at most a minute; when it does not say, for a second after the second refusal in a row, and for twice as long each
 *       time after that, up to half a minute;
 *   <li>an account without money opens the breaker at once, for at least a minute: no further try can help;
 *   <li>all others are counted. A refused key is too, and not taken for certain at once, because some providers refuse what a
 *       prompt says in the same words; but what it opens stays open for at least a minute;
 *   <li>a 503 with Retry-After is counted, and the target left alone as long as it asks for.
 * </ul>
 *
 * <p>An attempt takes a short lock twice: at its first token and at its end. It holds for some tens of nanoseconds and never while
 * somebody else is called.
 */
public final class TargetState implements TargetSignals {

    private static final Duration LONGEST_REST = Duration.ofMinutes(1);
    private static final long FIRST_UNTOLD_REST = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_UNTOLD_REST = TimeUnit.SECONDS.toNanos(30);
    private static final int LAST_DOUBLING = 5;
    private static final String SLOW = "slow first token";

    private final Target target;
    private final String id;
    private final BreakerSettings settings;
    private final Ticker ticker;
    private final BreakerListener listener;
    private final long slowNanos;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Queue<Change> outbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unsent = new AtomicInteger();
    private final Object lock = new Object();
    private final Breaker breaker;
    private final FirstTokens firstTokens;
    private final RetryBudget extraCalls = new RetryBudget();
    private volatile Voice voice;
    private volatile boolean resting;
    private volatile int rests;
    private long restUntil;
    private String restReason = "";
    private int refusedInRow;
    private long version;

    /** Where transitions go besides the listener. */
    record Voice(BreakerAnnouncements to, String node) {
        static final Voice ALONE = new Voice(BreakerAnnouncements.ALONE, "this node");
    }

    private record Change(
            BreakerState from,
            BreakerState to,
            String reason,
            @Nullable BreakerNotice notice) {}

    TargetState(
            Target target,
            String id,
            BreakerSettings settings,
            Ticker ticker,
            RandomGenerator random,
            BreakerListener listener,
            Voice voice) {
        this.target = target;
        this.id = id;
        this.settings = settings;
        this.ticker = ticker;
        this.listener = listener;
        this.voice = voice;
        this.slowNanos = settings.slowFirstToken().isZero()
                ? Long.MAX_VALUE
                : settings.slowFirstToken().toNanos();
        long now = ticker.nanos();
        // A node that comes back under its old name must not be behind what it has said before.
        this.version = ticker.now().toEpochMilli();
        this.breaker = new Breaker(settings, random, this::changed, now);
        this.firstTokens = new FirstTokens(now);
    }

    public Target target() {
        return target;
    }

    /** The breaker's id, as notices name it. */
    public String id() {
        return id;
    }

    /** Nobody is there, and nothing that it knows holds any more but what its times were. */
    boolean isIdle() {
        long now = ticker.nanos();
        synchronized (lock) {
            boolean over = breaker.isClosed() || (breaker.state() == BreakerState.OPEN && breaker.remaining(now) <= 0);
            return over && !isResting(now) && inFlight.get() == 0;
        }
    }

    boolean isClosed() {
        return breaker.isClosed();
    }

    /** What extra calls of exchanges are paid from whose first choice it is. */
    public RetryBudget extraCalls() {
        return extraCalls;
    }

    void speakThrough(Voice next) {
        voice = next;
    }

    // ------------------------------------------------------------------ before an attempt

    /** The leave to make an attempt now, or null. */
    public @Nullable Permit tryAcquire() {
        // Before the state: an opening in between makes the attempt one of the period before.
        int period = breaker.period();
        Permit permit =
                !resting && breaker.isClosed() ? new Permit(this, period, rests, -1) : tryAcquireWhileInDoubt(true);
        if (permit != null) {
            inFlight.incrementAndGet();
        }
        return permit;
    }

    private @Nullable Permit tryAcquireWhileInDoubt(boolean mayAsk) {
        long now = ticker.nanos();
        Permit permit = null;
        Breaker.Answer answer;
        int period;
        synchronized (lock) {
            answer = isResting(now) ? Breaker.Answer.NO : breaker.acquire(now);
            period = breaker.period();
            if (answer == Breaker.Answer.GO) {
                permit = new Permit(this, period, rests, breaker.lease(now));
            }
        }
        send();
        if (answer != Breaker.Answer.ASK || !mayAsk) {
            return permit;
        }
        int askedIn = period;
        voice.to().askToProbe(id, Breaker.PROBE, yes -> granted(yes, askedIn));
        // The answer may be there already.
        return tryAcquireWhileInDoubt(false);
    }

    private void granted(boolean yes, int askedIn) {
        long now = ticker.nanos();
        synchronized (lock) {
            breaker.granted(yes, askedIn, now);
        }
    }

    @Override
    public boolean usable() {
        if (!resting && breaker.isClosed()) {
            return true;
        }
        long now = ticker.nanos();
        synchronized (lock) {
            return !isResting(now) && breaker.usable(now);
        }
    }

    // ------------------------------------------------------------------ during and after

    void firstToken(Permit permit, long nanos) {
        long now = ticker.nanos();
        synchronized (lock) {
            if (permit.ended || permit.began) {
                return;
            }
            permit.began = true;
            permit.slow = nanos > slowNanos;
            refusedInRow = 0;
            firstTokens.add(nanos, now);
            if (permit.probe >= 0 && !permit.slow) {
                breaker.probeSucceeded(permit.probe, permit.period, now);
                permit.probe = -1;
            }
        }
        send();
    }

    void wholeAnswer(Permit permit, long nanos) {
        long now = ticker.nanos();
        synchronized (lock) {
            if (!permit.ended && !permit.began) {
                firstTokens.addToAverage(nanos, now);
            }
        }
    }

    void overtaken(Permit permit, long nanos) {
        long now = ticker.nanos();
        synchronized (lock) {
            if (!permit.ended && !permit.began) {
                firstTokens.add(nanos, now);
            }
        }
    }

    void succeeded(Permit permit) {
        long now = ticker.nanos();
        synchronized (lock) {
            if (!end(permit)) {
                return;
            }
            refusedInRow = 0;
            if (permit.slow) {
                breaker.failed(permit.period, SLOW, settings.openFor(), now);
            } else if (permit.probe >= 0) {
                breaker.probeSucceeded(permit.probe, permit.period, now);
            } else {
                breaker.succeeded(permit.period, now);
            }
        }
        send();
    }

    void failed(Permit permit, GatewayError error) {
        FailureClass what = Failures.classify(error);
        long now = ticker.nanos();
        synchronized (lock) {
            if (!end(permit)) {
                return;
            }
            switch (what) {
                case CALLER -> neutral(permit, now);
                case RATE_LIMIT -> {
                    neutral(permit, now);
                    rateLimited(permit, error.retryAfter(), now);
                }
                case QUOTA -> breaker.openAtOnce(permit.period, "no money or quota left (quota)", longer(), now);
                case KEY -> breaker.failed(permit.period, what.label(), longer(), now);
                case SERVER, TIMEOUT, CONNECT, PROTOCOL -> {
                    breaker.failed(permit.period, what.label(), settings.openFor(), now);
                    rest(error.retryAfter(), what, now);
                }
            }
        }
        send();
    }

    void abandoned(Permit permit) {
        long now = ticker.nanos();
        synchronized (lock) {
            if (end(permit)) {
                neutral(permit, now);
            }
        }
        send();
    }

    private boolean end(Permit permit) {
        if (permit.ended) {
            return false;
        }
        permit.ended = true;
        inFlight.decrementAndGet();
        return true;
    }

    /** What is known without the end: clients leave slow targets, so a first token that came late counts whatever the end. */
    private void neutral(Permit permit, long now) {
        if (permit.slow) {
            breaker.failed(permit.period, SLOW, settings.openFor(), now);
        } else if (permit.probe >= 0) {
            breaker.probeEnded(permit.probe, permit.period);
        }
    }

    private Duration longer() {
        return settings.openFor().compareTo(Breaker.FOR_A_PERSON) > 0 ? settings.openFor() : Breaker.FOR_A_PERSON;
    }

    // ------------------------------------------------------------------ rests

    private boolean isResting(long now) {
        if (resting && now - restUntil >= 0) {
            resting = false;
            restReason = "";
        }
        return resting;
    }

    private void rateLimited(Permit permit, @Nullable Duration asked, long now) {
        if (asked != null) {
            rest(asked, FailureClass.RATE_LIMIT, now);
        } else if (permit.rests == rests) {
            // Attempts that were under way when the last rest began say nothing new.
            refusedInRow++;
            if (refusedInRow > 1) {
                long span = FIRST_UNTOLD_REST << Math.min(LAST_DOUBLING, refusedInRow - 2);
                rest(Math.min(span, LONGEST_UNTOLD_REST), FailureClass.RATE_LIMIT, now);
            }
        }
    }

    private void rest(@Nullable Duration asked, FailureClass why, long now) {
        if (asked != null && asked.isPositive()) {
            rest((asked.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : asked).toNanos(), why, now);
        }
    }

    private void rest(long nanos, FailureClass why, long now) {
        long until = now + nanos;
        if (isResting(now) && until - restUntil <= 0) {
            return;
        }
        int next = rests + 1;
        rests = next;
        restUntil = until;
        restReason = why.label();
        resting = true;
        breaker.notBefore(until);
    }

    // ------------------------------------------------------------------ other nodes

    /** Another node's word about this breaker. */
    void told(BreakerNotice notice) {
        long now = ticker.nanos();
        synchronized (lock) {
            breaker.told(notice, now);
        }
        send();
    }

    private void changed(BreakerState from, BreakerState to, String reason, boolean own, long remaining) {
        BreakerNotice notice = null;
        if (own) {
            version++;
            notice = new BreakerNotice(
                    id, to == BreakerState.OPEN, Duration.ofNanos(remaining), reason, voice.node(), version);
        }
        outbox.add(new Change(from, to, reason, notice));
    }

    /** Tells of what has changed, in order and without the lock: whoever comes while another is telling leaves it to that one. */
    private void send() {
        if (outbox.isEmpty() || unsent.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        while (seen != 0) {
            try {
                tellAll();
            } catch (RuntimeException e) {
                // What is left goes with the next change.
                unsent.set(0);
                throw e;
            }
            seen = unsent.addAndGet(-seen);
        }
    }

    private void tellAll() {
        for (Change change = outbox.poll(); change != null; change = outbox.poll()) {
            listener.changed(target, id, change.from, change.to, change.reason);
            if (change.notice != null) {
                voice.to().announce(change.notice);
            }
        }
    }

    // ------------------------------------------------------------------ for routing and people

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public long firstTokenNanos() {
        return (long) firstTokens.average(ticker.nanos());
    }

    /**
     * Within what time that share of the target's first tokens have come.
     *
     * @param share between 0 and 1
     * @return nanoseconds, a fifth too many at most; -1 while fewer than twenty are known
     */
    public long firstTokenPercentileNanos(double share) {
        synchronized (lock) {
            return firstTokens.percentile(share);
        }
    }

    @Override
    public String standing() {
        if (!resting && breaker.isClosed()) {
            return "";
        }
        long now = ticker.nanos();
        synchronized (lock) {
            if (breaker.isClosed()) {
                return isResting(now) ? "left alone for " + Breaker.seconds(restUntil - now) + ": " + restReason : "";
            }
            String teller = breaker.teller();
            String why = (teller.isEmpty() ? ": " : ", told by " + teller + ": ") + breaker.reason();
            long remaining = breaker.remaining(now);
            if (remaining > 0) {
                return "breaker open for " + Breaker.seconds(remaining) + why;
            }
            return breaker.state() == BreakerState.OPEN
                    ? "breaker open, to be probed" + why
                    : "breaker half open, " + breaker.probesUnderWay() + " of " + settings.probes()
                            + " probes under way" + why;
        }
    }

    /** All of it, for people. */
    public Standing inWords() {
        long now = ticker.nanos();
        synchronized (lock) {
            boolean rest = isResting(now);
            long remaining = Math.max(rest ? restUntil - now : 0, breaker.remaining(now));
            String teller = breaker.teller();
            String reason = breaker.isClosed() && rest ? restReason : breaker.reason();
            String who = reason.isEmpty() ? "" : teller.isEmpty() ? voice.node() : teller;
            return new Standing(
                    target,
                    id,
                    breaker.state(),
                    Duration.ofNanos(Math.max(0, remaining)),
                    reason,
                    who,
                    inFlight.get(),
                    (long) firstTokens.average(now));
        }
    }
}
