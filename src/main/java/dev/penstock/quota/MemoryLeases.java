// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.exchange.Ticker;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The counts of a node alone, in its memory; a restart forgets them. Answers before {@link #exchange} returns. Counters are
 * forgotten after their window, and there are never more than a million: whoever asks for another one is told that the store is
 * out of reach, so the rule says what holds then. Any thread.
 */
public final class MemoryLeases implements LeaseStore {

    private static final int MOST_COUNTERS = 1_000_000;
    private static final long GRACE_MILLIS = 60_000;
    private static final long SILENT_NANOS = 20_000_000_000L;
    private static final long SWEEP_NANOS = 10_000_000_000L;

    private final Ticker ticker;
    private final QuotaClock clock;
    private final int most;
    private final boolean shared;
    private final ConcurrentMap<String, Count> counts = new ConcurrentHashMap<>();
    private final AtomicLong sweptAt;

    public MemoryLeases(Ticker ticker) {
        this(ticker, MOST_COUNTERS, false);
    }

    /**
     * @param most counters at a time
     * @param shared whether several books take from it
     */
    MemoryLeases(Ticker ticker, int most, boolean shared) {
        this.ticker = ticker;
        this.clock = new QuotaClock(ticker);
        this.most = most;
        this.shared = shared;
        this.sweptAt = new AtomicLong(ticker.nanos());
    }

    @Override
    public boolean shared() {
        return shared;
    }

    @Override
    public void exchange(Ask ask, Consumer<Grant> answer) {
        long nanos = ticker.nanos();
        long swept = sweptAt.get();
        if (nanos - swept >= SWEEP_NANOS && sweptAt.compareAndSet(swept, nanos)) {
            long millis = clock.millis();
            counts.values().removeIf(count -> count.isOver(millis, nanos));
        }
        Count count = counts.compute(ask.counter(), (name, known) -> after(known, ask, nanos));
        answer.accept(count == null ? Grant.UNREACHABLE : count.grant);
    }

    @Override
    public void restore(Collection<CounterStore.Row> rows) {
        for (CounterStore.Row row : rows) {
            counts.put(
                    row.counter(),
                    new Count(row.window(), row.endsAtMillis(), row.used(), Map.of(), new Grant(true, 0, 0)));
        }
    }

    /** How many counters there are now. */
    int size() {
        return counts.size();
    }

    /** What all have taken of a counter and not given back; 0 where it is not known. */
    long taken(String counter) {
        Count count = counts.get(counter);
        return count == null ? 0 : count.taken;
    }

    private @Nullable Count after(@Nullable Count known, Ask ask, long nanos) {
        if (known == null && counts.size() >= most) {
            return null;
        }
        if (known != null && ask.window() < known.window) {
            return known.refusing();
        }
        boolean same = known != null && ask.window() == known.window;
        if (ask.held() < 0) {
            long taken = known == null || !same ? 0 : Math.max(0, known.taken - ask.giveBack());
            return Count.of(ask, taken, Map.of());
        }
        Map<String, Held> owners = new TreeMap<>();
        if (known != null && same) {
            owners.putAll(known.owners);
        }
        owners.values().removeIf(held -> held.isSilent(nanos));
        owners.remove(ask.owner());
        long others = owners.values().stream().mapToLong(Held::many).sum();
        long own = Math.max(0, ask.held() - ask.giveBack());
        long granted = Math.min(ask.take(), Math.max(0, ask.limit() - others - own));
        if (own + granted > 0) {
            owners.put(ask.owner(), new Held(own + granted, nanos));
        }
        return Count.of(ask, others + own, owners);
    }

    /** A counter as it is after an ask, with the answer to that one. */
    private record Count(long window, long endsAtMillis, long taken, Map<String, Held> owners, Grant grant) {

        static Count of(Ask ask, long taken, Map<String, Held> owners) {
            long granted = Math.min(ask.take(), Math.max(0, ask.limit() - taken));
            long left = Math.max(0, ask.limit() - taken - granted);
            return new Count(ask.window(), ask.endsAtMillis(), taken + granted, owners, new Grant(true, granted, left));
        }

        Count refusing() {
            return new Count(window, endsAtMillis, taken, owners, Grant.tooLate(window));
        }

        boolean isOver(long millis, long nanos) {
            if (endsAtMillis == Long.MAX_VALUE) {
                return taken == 0
                        || (!owners.isEmpty() && owners.values().stream().allMatch(h -> h.isSilent(nanos)));
            }
            return millis - GRACE_MILLIS > endsAtMillis;
        }
    }

    private record Held(long many, long heardNanos) {

        boolean isSilent(long nanos) {
            return nanos - heardNanos > SILENT_NANOS;
        }
    }
}
