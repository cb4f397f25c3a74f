// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.LimitStanding;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a call holds under each limit that matched it: first while it is being admitted, one limit after the other, then until it
 * ends. Lives on the loop of its exchange.
 */
final class LeasedPermit implements Permit {

    /** Most that is reserved on for an answer at once, in tokens, and the least. */
    private static final long LONG_STEP = 4_096;

    private static final long SHORT_STEP = 128;

    /** A budget that still pays for the prompt and this much is used up to its end. */
    private static final long SHORTEST_ANSWER = 16;

    private static final long MUCH = Long.MAX_VALUE / 4;
    private static final long UNCOUNTED = -1;

    private final Leases book;
    private final AdmissionAsk ask;
    private final String model;
    private final Counter[] counters;
    private final @Nullable Lease[] leases;

    /** Out of the lease at hand, and out of those of windows that have ended. */
    private final long[] held;

    private final long[] earlier;
    private final long output;
    private long outputPrice;
    private int reached;
    private boolean ended;
    private @Nullable Counter refusedBy;
    private LimitUses before = LimitUses.NONE;
    private boolean settled;
    private long tokens;
    private long nanoUsd;

    LeasedPermit(Leases book, AdmissionAsk ask, String model, Counter[] counters) {
        this.book = book;
        this.ask = ask;
        this.model = model;
        this.counters = counters;
        this.leases = new @Nullable Lease[counters.length];
        this.held = new long[counters.length];
        this.earlier = new long[counters.length];
        this.output = ask.maxOutputTokens() > 0
                ? ask.maxOutputTokens()
                : book.lengths().p95(model);
        this.outputPrice = ask.nanoUsdPerOutputToken();
    }

    /** Reserves limit by limit, from where it is; false where the lease at hand has too little for the {@link #current} one. */
    boolean reserve(long millis) {
        while (reached < counters.length) {
            Counter counter = counters[reached];
            Lease lease = counter.at(millis);
            long most = most(counter);
            // What costs nothing passes a budget that is used up, too.
            long part = most == 0 ? 0 : lease.take(most, most);
            if (part == Lease.NOTHING) {
                return false;
            }
            hold(lease, part);
        }
        return true;
    }

    /** The limit that is next to be reserved. */
    Counter current() {
        return counters[reached];
    }

    /** Whether the current limit could not let it through in any window. */
    boolean isTooLarge() {
        return least(current()) > current().rule().amount();
    }

    long promptTokens() {
        return ask.promptTokens();
    }

    /** Asks for more of the current limit. */
    Waiter await(Executor loop, long millis) {
        Counter counter = current();
        Waiter waiter = new Waiter(least(counter), most(counter), loop);
        Lease lease = counter.at(millis);
        leases[reached] = lease;
        lease.await(waiter);
        return waiter;
    }

    /** The lease that {@link #await} has asked. */
    @Nullable
    Lease awaited() {
        return leases[reached];
    }

    /** What a waiter has got for the current limit. */
    void take(Waiter waiter) {
        Lease lease = leases[reached];
        if (lease != null) {
            hold(lease, waiter.end() == Waiter.End.UNCOUNTED ? UNCOUNTED : waiter.amount());
        }
    }

    private void hold(Lease lease, long part) {
        leases[reached] = lease;
        held[reached] = part;
        reached++;
    }

    private long least(Counter counter) {
        return switch (counter.rule().unit()) {
            case REQUESTS, CONCURRENT -> 1;
            case TOKENS -> {
                long all = ask.promptTokens() + Math.min(output, MUCH);
                yield Math.max(ask.promptTokens(), Math.min(all, counter.rule().amount()));
            }
            case NANO_USD -> money(Math.min(output, SHORTEST_ANSWER));
        };
    }

    private long most(Counter counter) {
        if (counter.rule().unit() != Unit.NANO_USD) {
            return least(counter);
        }
        return Math.max(
                money(Math.min(output, SHORTEST_ANSWER)),
                Math.min(money(output), counter.rule().amount()));
    }

    private long money(long outputTokens) {
        return times(ask.promptTokens(), ask.nanoUsdPerPromptToken())
                + times(outputTokens, ask.nanoUsdPerOutputToken());
    }

    /** Nothing where the price is not known, and never more than can be added up. */
    private static long times(long tokens, long price) {
        if (price <= 0 || tokens <= 0) {
            return 0;
        }
        return tokens > MUCH / price ? MUCH : tokens * price;
    }

    @Override
    public Standings standings() {
        long millis = book.millis();
        LimitStanding requests = null;
        LimitStanding tokens = null;
        for (Counter counter : counters) {
            Unit unit = counter.rule().unit();
            if (unit == Unit.REQUESTS) {
                requests = tighter(requests, counter, millis);
            } else if (unit == Unit.TOKENS) {
                tokens = tighter(tokens, counter, millis);
            }
        }
        return requests == null && tokens == null ? Standings.NONE : new Standings(requests, tokens);
    }

    private static LimitStanding tighter(@Nullable LimitStanding known, Counter counter, long millis) {
        Lease lease = counter.at(millis);
        long remaining = lease.remaining();
        return known != null && known.remaining() <= remaining
                ? known
                : Words.standing(counter, remaining, resetsIn(lease, millis));
    }

    /** The longest there is for a window without an end. */
    private static Duration resetsIn(Lease lease, long millis) {
        return lease.endsAtMillis == Long.MAX_VALUE
                ? Duration.ofSeconds(Integer.MAX_VALUE)
                : Duration.ofMillis(lease.endsAtMillis - millis);
    }

    /** Until the window of the current limit ends; null where it never does. */
    @Nullable
    Duration untilReset(long millis) {
        Lease lease = current().at(millis);
        return lease.endsAtMillis == Long.MAX_VALUE ? null : resetsIn(lease, millis);
    }

    void refusedBy(Counter counter) {
        refusedBy = counter;
    }

    /** It is asked for in place of another one, which a budget has refused. */
    LeasedPermit after(LimitUses other) {
        before = other;
        return this;
    }

    @Override
    public void tell(LimitUses.Reader reader) {
        before.tell(reader);
        for (int i = 0; i < counters.length; i++) {
            Counter counter = counters[i];
            boolean no = counter == refusedBy;
            if (i < reached || no) {
                long reserved = i < reached ? Math.max(0, held[i]) + earlier[i] : 0;
                long used = settled ? used(counter.rule().unit()) : 0;
                reader.limit(counter.name(), Words.unit(counter.rule()), reserved, used, no);
            }
        }
    }

    private long used(Unit unit) {
        return switch (unit) {
            case REQUESTS -> 1;
            case TOKENS -> tokens;
            case CONCURRENT -> 0;
            case NANO_USD -> nanoUsd;
        };
    }

    @Override
    public long outputTokens(long nanoUsdPerOutputToken) {
        outputPrice = nanoUsdPerOutputToken;
        return covered();
    }

    private long covered() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < reached; i++) {
            if (held[i] == UNCOUNTED) {
                continue;
            }
            long all = held[i] + earlier[i];
            switch (counters[i].rule().unit()) {
                case TOKENS -> least = Math.min(least, all - ask.promptTokens());
                case NANO_USD -> {
                    if (outputPrice > 0) {
                        least = Math.min(least, (all - promptMoney()) / outputPrice);
                    }
                }
                case REQUESTS, CONCURRENT -> {}
            }
        }
        return Math.max(0, least);
    }

    private long promptMoney() {
        return times(ask.promptTokens(), ask.nanoUsdPerPromptToken());
    }

    @Override
    public long more(long soFar) {
        long covered = covered();
        if (ended || covered == Long.MAX_VALUE) {
            return covered;
        }
        long goal = Math.max(covered, soFar) + Math.max(SHORT_STEP, Math.min(soFar / 2, LONG_STEP));
        if (ask.maxOutputTokens() > 0) {
            goal = Math.max(covered, Math.min(goal, ask.maxOutputTokens()));
        }
        long millis = book.millis();
        for (int i = 0; i < counters.length; i++) {
            if (held[i] != UNCOUNTED) {
                reserveOn(i, goal, millis);
            }
        }
        return covered();
    }

    private void reserveOn(int i, long goal, long millis) {
        long wanted =
                switch (counters[i].rule().unit()) {
                    case TOKENS -> ask.promptTokens() + goal;
                    case NANO_USD -> outputPrice > 0 ? promptMoney() + times(goal, outputPrice) : 0;
                    case REQUESTS, CONCURRENT -> 0;
                };
        long lack = wanted - held[i] - earlier[i];
        if (lack <= 0) {
            return;
        }
        Lease lease = counters[i].at(millis);
        if (lease != leases[i]) {
            earlier[i] += held[i];
            held[i] = 0;
            leases[i] = lease;
        }
        long part = lease.takeOn(lack);
        if (part == Lease.NOTHING) {
            lease.give(held[i]);
            held[i] = UNCOUNTED;
        } else {
            held[i] += part;
        }
    }

    @Override
    public void settle(long inputTokens, long outputTokens, long cost) {
        if (ended) {
            return;
        }
        ended = true;
        settled = true;
        tokens = inputTokens + outputTokens;
        nanoUsd = Math.max(0, cost);
        for (int i = 0; i < counters.length; i++) {
            end(i, Math.max(0, used(counters[i].rule().unit())));
        }
        if (outputTokens > 0) {
            book.lengths().record(model, outputTokens);
        }
    }

    private void end(int i, long used) {
        Lease lease = leases[i];
        if (lease == null || held[i] == UNCOUNTED) {
            return;
        }
        long more = used - earlier[i] - held[i];
        if (more > 0) {
            lease.charge(more);
        } else if (more < 0) {
            lease.give(Math.min(held[i], -more));
        }
        lease.warn();
    }

    @Override
    public void cancel() {
        if (ended) {
            return;
        }
        ended = true;
        for (int i = 0; i < reached; i++) {
            Lease lease = leases[i];
            if (lease != null && held[i] > 0) {
                lease.give(held[i]);
            }
        }
    }

    /** All of it is reserved. */
    void admitted() {
        for (int i = 0; i < counters.length; i++) {
            book.listener()
                    .onAdmitted(counters[i].rule().scope(), counters[i].rule().unit());
            Lease lease = leases[i];
            if (lease != null && counters[i].rule().unit() == Unit.CONCURRENT) {
                lease.warn();
            }
        }
    }
}
