// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitsConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The book of a process: what it has leased of each counter, for all event loops together. Any thread, without waiting.
 *
 * <p>How much a node takes ahead follows what was used in the last second, from a sixteenth of the most up to the most, which is a
 * tenth of the limit for all nodes together; a limit too small for that is asked for one by one. More is asked for when half of it
 * is used; what nobody has used for two seconds goes back. From a store that is not shared a node takes the whole.
 */
public final class Leases {

    private static final Duration TICK = Duration.ofSeconds(1);
    private static final long PROBE_NANOS = 1_000_000_000L;
    private static final int MOST_COUNTERS = 100_000;

    private final LeaseStore store;
    private final String owner;
    private final IntSupplier nodes;
    private final Ticker ticker;
    private final QuotaClock clock;
    private final QuotaListener listener;
    private final boolean shared;
    private final ConcurrentMap<String, Counter> counters = new ConcurrentHashMap<>();
    private final OutputLengths lengths = new OutputLengths();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicLong probedAt;
    private final CompletableFuture<@Nullable Void> left = new CompletableFuture<>();
    private volatile Plan plan;
    private volatile boolean up = true;
    private volatile boolean leaving;
    private volatile Timers.@Nullable Timer timer;

    /**
     * @param store where the counts are
     * @param owner this node, for counts that end with their holder; another one after a restart
     * @param nodes how many nodes share the counts, as far as is known; at least one
     */
    public Leases(
            LimitsConfig limits,
            LeaseStore store,
            String owner,
            IntSupplier nodes,
            Ticker ticker,
            QuotaListener listener) {
        this.store = store;
        this.owner = owner;
        this.nodes = nodes;
        this.ticker = ticker;
        this.clock = new QuotaClock(ticker);
        this.listener = listener;
        this.shared = store.shared();
        this.probedAt = new AtomicLong(ticker.nanos());
        this.plan = Plan.of(limits, this);
    }

    /** From now on it looks after itself once a second. */
    public void start(Timers timers) {
        timer = timers.after(TICK, () -> {
            tick();
            if (!leaving) {
                start(timers);
            }
        });
    }

    /**
     * Other limits, from the next call on. What has been counted stays counted where there still is a limit for the same; leases of
     * limits that are gone go back when they are idle.
     */
    public void reload(LimitsConfig limits) {
        plan = Plan.of(limits, this);
    }

    /**
     * Gives back what nobody uses. Calls that are still under way give back theirs when they end.
     *
     * @return completes when the store has answered to all of it; a store that is out of reach never does
     */
    public CompletableFuture<@Nullable Void> close() {
        leaving = true;
        Timers.Timer waiting = timer;
        if (waiting != null) {
            waiting.cancel();
        }
        unanswered.incrementAndGet();
        counters.values().forEach(Counter::tick);
        answered();
        return left;
    }

    /**
     * What there is to keep of the counters that outlive a restart: those of an hour and longer. Where nodes share a store, what all of
     * them have taken, as the store said last.
     */
    public List<CounterStore.Row> rows() {
        long millis = clock.millis();
        return counters.values().stream()
                .filter(counter -> counter.rule().unit() != LimitRule.Unit.CONCURRENT
                        && counter.rule().period() != LimitRule.Period.MINUTE)
                .map(counter -> counter.row(millis))
                .filter(row -> row != null && row.used() > 0)
                .toList();
    }

    /** The budgets that somebody has called under. Any thread. */
    public List<BudgetShare> budgets() {
        long millis = clock.millis();
        return counters.values().stream()
                .filter(counter -> counter.rule().unit() == LimitRule.Unit.NANO_USD)
                .map(counter -> new BudgetShare(
                        counter.rule().scope(),
                        counter.whose().substring(counter.whose().indexOf(' ') + 1),
                        counter.rule().period(),
                        counter.share(millis)))
                .toList();
    }

    /** Whether the store has answered last time it was asked. */
    public boolean isUp() {
        return up;
    }

    void tick() {
        long millis = clock.millis();
        counters.values().forEach(Counter::tick);
        if (counters.values().removeIf(counter -> counter.retire(millis))) {
            plan.forgetRetired();
        }
    }

    Plan plan() {
        return plan;
    }

    OutputLengths lengths() {
        return lengths;
    }

    QuotaListener listener() {
        return listener;
    }

    String owner() {
        return owner;
    }

    boolean isShared() {
        return shared;
    }

    boolean isLeaving() {
        return leaving;
    }

    long nanos() {
        return ticker.nanos();
    }

    long millis() {
        return clock.millis();
    }

    /**
     * The others are in a later window of a count: so they are right, and this node's time goes on there.
     *
     * @return false for a window that no clock reaches
     */
    boolean follow(LimitRule.Period period, long window) {
        return clock.reach(Windows.beginsAt(period, window));
    }

    int size() {
        return counters.size();
    }

    /** The counter of that name. Where there are too many, those that come later share one. */
    Counter counter(String key, String whose, String keyOfOthers, LimitRule rule) {
        Counter known = counters.get(key);
        if (known == null) {
            boolean full = counters.size() >= MOST_COUNTERS;
            known = counters.computeIfAbsent(
                    full ? keyOfOthers : key, name -> new Counter(this, name, full ? "all others" : whose, rule));
        }
        if (!known.rule().equals(rule)) {
            known.relimit(rule);
        }
        return known;
    }

    /** Another one for one that was not used for a while. */
    Counter living(Counter retired) {
        return counters.compute(
                retired.key(),
                (key, known) -> known == null || known.isRetired()
                        ? new Counter(this, key, retired.whose(), retired.rule())
                        : known);
    }

    /** A tenth of the limit for all nodes together. */
    long mostAhead(LimitRule rule) {
        return rule.amount() / (10L * nodes());
    }

    /** A hundredth of the limit for all nodes together. */
    long advance(LimitRule rule) {
        return shared && !rule.strict() ? rule.amount() / (100L * nodes()) : 0;
    }

    long localShare(LimitRule rule) {
        return Math.max(1, rule.amount() / nodes());
    }

    private int nodes() {
        return Math.max(1, nodes.getAsInt());
    }

    /** Asks the store. Never with a lock. */
    void send(LeaseAnswer whose, LeaseStore.Ask ask) {
        unanswered.incrementAndGet();
        try {
            store.exchange(ask, whose);
        } catch (RuntimeException e) {
            // A store that cannot even be asked is out of reach; what holds then is the rule's to say.
            whose.accept(LeaseStore.Grant.UNREACHABLE);
        }
    }

    /** An ask has its answer. */
    void answered() {
        if (unanswered.decrementAndGet() == 0 && leaving) {
            left.complete(null);
        }
    }

    /** How the store has behaved. Down, it is asked by nobody but a probe each second. */
    void heard(boolean reachable) {
        if (up != reachable) {
            up = reachable;
            probedAt.set(nanos());
            listener.onStore(reachable);
        }
    }

    /** Whether it is time, and this lease's turn, to see whether the store is back. */
    boolean mayProbe(long nanos) {
        long last = probedAt.get();
        return !up && nanos - last >= PROBE_NANOS && probedAt.compareAndSet(last, nanos);
    }
}
