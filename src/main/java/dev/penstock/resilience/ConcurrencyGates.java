// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * The gates of the node: one per target and settings. Models that share a target share its gate as long as they say the same
 * about its concurrency. Any thread.
 */
public final class ConcurrencyGates {

    /** Clients may send any {@code provider/model}, so gates that nobody uses go when there are more than this. */
    private static final int MOST_IDLE = 2_000;

    private final Map<Key, ConcurrencyGate> gates = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final RandomGenerator random;
    private final LoadListener listener;
    private final AtomicLong swept = new AtomicLong();

    private record Key(Target target, ConcurrencySettings settings) {}

    /**
     * How a gate does, for people.
     *
     * @param target what it stands before
     * @param limit attempts that may be under way
     * @param inFlight attempts under way
     * @param waiting attempts that wait
     */
    public record Standing(Target target, int limit, int inFlight, int waiting) {}

    public ConcurrencyGates(Ticker ticker, RandomGenerator random, LoadListener listener) {
        this.ticker = ticker;
        this.random = random;
        this.listener = listener;
    }

    /** The gate before this target. A few tens of nanoseconds when it exists. */
    public ConcurrencyGate gate(Target target, ConcurrencySettings settings) {
        Key key = new Key(target, settings);
        ConcurrencyGate known = gates.get(key);
        return known != null ? known : added(key);
    }

    /** All gates, by target. */
    public List<Standing> standings() {
        return gates.entrySet().stream()
                .map(entry -> new Standing(
                        entry.getKey().target(),
                        entry.getValue().limit(),
                        entry.getValue().inFlight(),
                        entry.getValue().waiting()))
                .sorted(Comparator.comparing(standing -> standing.target().toString()))
                .toList();
    }

    /** Attempts that wait before any gate. */
    public long waiting() {
        long sum = 0;
        for (ConcurrencyGate gate : gates.values()) {
            sum += gate.waiting();
        }
        return sum;
    }

    private ConcurrencyGate added(Key key) {
        long size = gates.size();
        if (size >= MOST_IDLE && size >= 2 * swept.get()) {
            // What an attempt holds, it holds itself: a gate that is forgotten in this moment merely has a twin for a
            // while.
            gates.values().removeIf(ConcurrencyGate::idle);
            swept.set(gates.size());
        }
        return gates.computeIfAbsent(
                key, absent -> new ConcurrencyGate(absent.settings(), ticker, this::chance, listener));
    }

    private double chance() {
        synchronized (random) {
            return random.nextDouble();
        }
    }
}
