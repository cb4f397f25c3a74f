// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.BreakerSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The machine of {@link BreakerState}. Time comes in with each call, so it moves only when it is asked; it calls nobody but
 * the {@link Changes} that it was made with. Guarded by its owner's lock; {@link #isClosed} may be asked without.
 *
 * <p>An attempt belongs to the period in which it began. Openings count the periods, so what attempts of before an outage say of
 * their ends neither opens what has just closed nor closes what is open.
 */
final class Breaker {

    /** How long a probe may wait for its first token, and how long the right to probe lasts. */
    static final Duration PROBE = Duration.ofSeconds(30);

    /** After which an answer to the question for the right to probe is not waited for any more. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** When somebody else probes: asked again after this, up to twice this. */
    static final Duration OTHERS_PROBE = Duration.ofSeconds(2);

    /** A refused key and an empty account want a person, whom a few seconds are too short for. */
    static final Duration FOR_A_PERSON = Duration.ofMinutes(1);

    /** Doubling ends here, unless the configured time is longer already. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    /** No peer's word holds longer. */
    static final Duration LONGEST_TOLD = Duration.ofMinutes(10);

    private static final int LARGEST_GROWTH = 8;
    private static final int MANY_PEERS = 64;

    /** Whether an attempt may begin. */
    enum Answer {
        GO,
        NO,
        /** Not before somebody has given the right to probe. */
        ASK
    }

    /** What a transition is told to. Called under the owner's lock. */
    interface Changes {

        /**
         * A transition.
         *
         * @param own whether the others should hear of it
         * @param remaining how long it stays open, in nanoseconds
         */
        void changed(BreakerState from, BreakerState to, String reason, boolean own, long remaining);
    }

    /** What is known of another node's word. */
    private static final class Peer {

        private long version = Long.MIN_VALUE;
        private boolean saysOpen;

        /** Own probes have shown the contrary: not believed again before it has said that it closed, or own attempts fail. */
        private boolean contradicted;
    }

    private final BreakerSettings settings;
    private final RandomGenerator random;
    private final Changes changes;
    private final Window window;
    private final long windowNanos;
    private final long[] leases;
    private final Map<String, Peer> peers = new LinkedHashMap<>();

    private volatile BreakerState state = BreakerState.CLOSED;
    private volatile int period;

    /** Failures in a row. */
    private int streak;

    private long closedAt;

    /** For how long it was opened last, before jitter. */
    private long span;

    private long openUntil;
    private String reason = "";
    private String teller = "";
    private boolean granted;
    private long grantedUntil;
    private long askAgainAt;
    private int successes;

    Breaker(BreakerSettings settings, RandomGenerator random, Changes changes, long now) {
        this.settings = settings;
        this.random = random;
        this.changes = changes;
        this.windowNanos = settings.window().toNanos();
        this.window = new Window(windowNanos, now);
        this.leases = new long[settings.probes()];
        this.closedAt = now;
        this.askAgainAt = now;
        Arrays.fill(leases, FREE);
    }

    private static final long FREE = Long.MIN_VALUE;

    // ------------------------------------------------------------------ before an attempt

    boolean isClosed() {
        return state == BreakerState.CLOSED;
    }

    BreakerState state() {
        return state;
    }

    /** Which period it is: rises with each opening. */
    int period() {
        return period;
    }

    String reason() {
        return reason;
    }

    /** The peer by whose word alone it is open; empty when own attempts say so. */
    String teller() {
        return teller;
    }

    /** Nanoseconds until it may be tried; 0 or less when it may. */
    long remaining(long now) {
        return state == BreakerState.OPEN ? openUntil - now : 0;
    }

    int probesUnderWay() {
        int count = 0;
        for (long lease : leases) {
            count += lease == FREE ? 0 : 1;
        }
        return count;
    }

    /** Without moving anything: whether {@link #acquire} is worth a call. */
    boolean usable(long now) {
        return switch (state) {
            case CLOSED -> true;
            case OPEN -> now - openUntil >= 0 && (hasRight(now) || now - askAgainAt >= 0);
            case HALF_OPEN -> (hasOverdueProbe(now) || freeSlot() >= 0) && (hasRight(now) || now - askAgainAt >= 0);
        };
    }

    /** A {@code GO} while it is not closed must be followed by {@link #lease}. */
    Answer acquire(long now) {
        return switch (state) {
            case CLOSED -> Answer.GO;
            case OPEN -> now - openUntil < 0 ? Answer.NO : withRight(now);
            case HALF_OPEN -> {
                freeOverdue(now);
                yield freeSlot() < 0 ? Answer.NO : withRight(now);
            }
        };
    }

    private Answer withRight(long now) {
        if (hasRight(now)) {
            if (state == BreakerState.OPEN) {
                change(BreakerState.HALF_OPEN, "probing", false, 0);
                successes = 0;
            }
            return Answer.GO;
        }
        if (now - askAgainAt < 0) {
            return Answer.NO;
        }
        askAgainAt = now + PATIENCE.toNanos();
        return Answer.ASK;
    }

    /** The answer to {@code ASK} that was given in that period. */
    void granted(boolean yes, int askedIn, long now) {
        if (askedIn != period || state == BreakerState.CLOSED) {
            return;
        }
        if (yes) {
            grant(now);
        } else {
            askAgainAt = now + jittered(OTHERS_PROBE.toNanos(), 1);
        }
    }

    private void grant(long now) {
        granted = true;
        grantedUntil = now + PROBE.toNanos();
        askAgainAt = now;
    }

    private boolean hasRight(long now) {
        return granted && now - grantedUntil < 0;
    }

    /** A place among the probes, or -1 when the attempt is none. */
    int lease(long now) {
        if (state != BreakerState.HALF_OPEN) {
            return -1;
        }
        int slot = freeSlot();
        leases[slot] = now + PROBE.toNanos();
        return slot;
    }

    private int freeSlot() {
        for (int i = 0; i < leases.length; i++) {
            if (leases[i] == FREE) {
                return i;
            }
        }
        return -1;
    }

    /** A whole answer may take minutes, so a probe that is silent for long has not failed; but others need not wait for it. */
    private void freeOverdue(long now) {
        for (int i = 0; i < leases.length; i++) {
            if (leases[i] != FREE && now - leases[i] >= 0) {
                leases[i] = FREE;
            }
        }
    }

    private boolean hasOverdueProbe(long now) {
        for (long lease : leases) {
            if (lease != FREE && now - lease >= 0) {
                return true;
            }
        }
        return false;
    }

    // ------------------------------------------------------------------ after an attempt

    /** A probe is well: its place is free, whatever becomes of the rest of its answer. */
    void probeSucceeded(int slot, int begunIn, long now) {
        if (begunIn != period || state != BreakerState.HALF_OPEN) {
            return;
        }
        leases[slot] = FREE;
        successes++;
        if (successes >= settings.probes()) {
            for (Peer peer : peers.values()) {
                peer.contradicted = peer.saysOpen;
            }
            close(successes == 1 ? "a probe succeeded" : successes + " probes in a row succeeded", true, now);
        }
    }

    /** A probe ended without saying anything about the target. */
    void probeEnded(int slot, int begunIn) {
        if (begunIn == period && state == BreakerState.HALF_OPEN) {
            leases[slot] = FREE;
        }
    }

    /** An attempt went well to its end. */
    void succeeded(int begunIn, long now) {
        if (begunIn == period && state == BreakerState.CLOSED) {
            window.add(false, now);
            streak = 0;
        }
    }

    /**
     * An attempt failed, and it was the target's fault.
     *
     * @param what in one word, such as the label of a failure class
     */
    void failed(int begunIn, String what, Duration openFor, long now) {
        if (begunIn != period) {
            return;
        }
        switch (state) {
            case OPEN -> {}
            // All attempts of this period are probes; one that breaks off after its first token has not found the
            // target well.
            case HALF_OPEN -> open("a probe failed (" + what + ")", openFor, now);
            case CLOSED -> {
                window.add(true, now);
                streak++;
                judge(what, openFor, now);
            }
        }
    }

    private void judge(String what, Duration openFor, long now) {
        if (streak >= settings.consecutive()) {
            open((streak == 1 ? "a failure (" : streak + " failures in a row (") + what + ")", openFor, now);
            return;
        }
        int calls = window.calls();
        int failures = window.failures();
        if (calls >= settings.minCalls() && failures >= settings.failureRate() * calls) {
            open(
                    String.format(
                            Locale.ROOT,
                            "%d of %d attempts failed within %s (%s)",
                            failures,
                            calls,
                            seconds(windowNanos),
                            what),
                    openFor,
                    now);
        }
    }

    /** Opens whatever the counts say, for a failure of that period. */
    void openAtOnce(int begunIn, String why, Duration openFor, long now) {
        if (begunIn == period && state != BreakerState.OPEN) {
            open(why, openFor, now);
        }
    }

    /** The provider itself has asked to be left alone that long. */
    void notBefore(long until) {
        if (state == BreakerState.OPEN && until - openUntil > 0) {
            openUntil = until;
        }
    }

    // ------------------------------------------------------------------ other nodes

    /** Another node's word. What it says is never passed on. */
    void told(BreakerNotice notice, long now) {
        Peer peer = peer(notice.node());
        if (notice.version() <= peer.version) {
            return;
        }
        peer.version = notice.version();
        peer.saysOpen = notice.open();
        if (!notice.open()) {
            peer.contradicted = false;
            toldOfClosing(notice.node(), now);
        } else if (!peer.contradicted) {
            toldOfOpening(notice, now);
        }
    }

    private void toldOfOpening(BreakerNotice notice, long now) {
        long remaining = Math.min(nanos(notice.remaining()), LONGEST_TOLD.toNanos());
        if (remaining <= 0) {
            return;
        }
        if (state == BreakerState.CLOSED) {
            openUntil = now + remaining;
            teller = notice.node();
            enterOpen();
            change(BreakerState.OPEN, notice.reason(), false, remaining);
        } else if (state == BreakerState.OPEN) {
            notBefore(now + remaining);
        }
    }

    /**
     * Somebody has found the target well. Where only others' words say the contrary, that is the end of it. Where own attempts do,
     * own probes shall say so, but at once and without asking.
     */
    private void toldOfClosing(String node, long now) {
        if (state != BreakerState.OPEN) {
            return;
        }
        if (!teller.isEmpty()) {
            close("closed at " + node, false, now);
        } else {
            openUntil = now;
            grant(now);
        }
    }

    private Peer peer(String node) {
        Peer known = peers.remove(node);
        Peer peer = known == null ? new Peer() : known;
        if (peers.size() >= MANY_PEERS) {
            peers.remove(peers.keySet().iterator().next());
        }
        peers.put(node, peer);
        return peer;
    }

    // ------------------------------------------------------------------ transitions

    private void open(String why, Duration openFor, long now) {
        long base = openFor.toNanos();
        boolean soonAgain = state == BreakerState.HALF_OPEN || (span > 0 && now - closedAt < windowNanos);
        long cap = Math.max(base, Math.min(LARGEST_GROWTH * base, LONGEST.toNanos()));
        span = soonAgain ? Math.min(Math.max(2 * span, base), cap) : base;
        long remaining = jittered(span, 0.5);
        openUntil = now + remaining;
        teller = "";
        for (Peer peer : peers.values()) {
            peer.contradicted = false;
        }
        enterOpen();
        change(BreakerState.OPEN, why, true, remaining);
    }

    private void enterOpen() {
        int next = period + 1;
        period = next;
        granted = false;
        askAgainAt = openUntil;
        successes = 0;
        streak = 0;
        Arrays.fill(leases, FREE);
    }

    private void close(String why, boolean own, long now) {
        closedAt = now;
        streak = 0;
        teller = "";
        granted = false;
        window.clear(now);
        Arrays.fill(leases, FREE);
        change(BreakerState.CLOSED, why, own, 0);
    }

    private void change(BreakerState to, String why, boolean own, long remaining) {
        BreakerState from = state;
        reason = to == BreakerState.CLOSED ? "" : to == BreakerState.HALF_OPEN ? reason : why;
        state = to;
        changes.changed(from, to, why, own, remaining);
    }

    private long jittered(long nanos, double share) {
        long more = (long) (nanos * share);
        if (more <= 0) {
            return nanos;
        }
        // Shared by all targets of the node, and drawn from once in a while.
        synchronized (random) {
            return nanos + random.nextLong(more + 1);
        }
    }

    private static long nanos(Duration span) {
        return span.compareTo(LONGEST_TOLD) > 0 ? LONGEST_TOLD.toNanos() : span.toNanos();
    }

    static String seconds(long nanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toSeconds(nanos + TimeUnit.SECONDS.toNanos(1) - 1)) + " s";
    }
}
