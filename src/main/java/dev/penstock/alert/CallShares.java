// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** How the calls of each model ended in the last five minutes. Settled on any event loop, without waiting for another. */
public final class CallShares implements SettlementListener {

    private static final int SLOTS = 10;
    private static final long SLOT_NANOS = Duration.ofSeconds(30).toNanos();
    /** Fewer calls than this tell nothing. */
    private static final int FEWEST = 20;
    /** Callers can make up names below a provider, so there is an end to them. */
    private static final int MOST_MODELS = 1_000;

    private final Ticker ticker;
    private final long origin;
    private final Map<String, Window> models = new ConcurrentHashMap<>();
    private final AtomicLong roomMadeAt = new AtomicLong(-1);

    /** Nothing has been called yet. */
    public CallShares(Ticker ticker) {
        this.ticker = ticker;
        this.origin = ticker.nanos();
    }

    @Override
    public void settled(ExchangeRecord settled) {
        String alias = settled.alias();
        Outcome outcome = settled.outcome();
        if (alias == null || (settled.target() == null && outcome == Outcome.CLIENT_ERROR)) {
            return;
        }
        Window window = models.get(alias);
        if (window == null) {
            if (models.size() >= MOST_MODELS && !madeRoom()) {
                return;
            }
            window = models.computeIfAbsent(alias, first -> new Window());
        }
        window.add(slot(), failed(outcome), outcome == Outcome.DEGRADED);
    }

    /** Names that nobody has called lately go, looked for once in half a minute; says whether there is room now. */
    private boolean madeRoom() {
        long slot = slot();
        if (roomMadeAt.getAndSet(slot) != slot) {
            models.values().removeIf(window -> window.isOver(slot));
        }
        return models.size() < MOST_MODELS;
    }

    private static boolean failed(Outcome outcome) {
        return switch (outcome) {
            case UPSTREAM_ERROR, TIMEOUT, TRUNCATED -> true;
            case OK, CACHED, FALLBACK, DEGRADED, LIMITED, BLOCKED, CLIENT_ERROR, CANCELLED -> false;
        };
    }

    private long slot() {
        return (ticker.nanos() - origin) / SLOT_NANOS;
    }

    /** By model, of those that were called often enough. */
    public Map<String, Double> errors() {
        return shares(false);
    }

    /** By model, of those that were called often enough. */
    public Map<String, Double> degraded() {
        return shares(true);
    }

    private Map<String, Double> shares(boolean degraded) {
        long slot = slot();
        Map<String, Double> shares = new HashMap<>();
        models.forEach((model, window) -> {
            double share = window.share(slot, degraded);
            if (share >= 0) {
                shares.put(model, share);
            }
        });
        return shares;
    }

    /** Of one model. */
    private static final class Window {

        private final long[] slots = new long[SLOTS];
        private final int[] all = new int[SLOTS];
        private final int[] failed = new int[SLOTS];
        private final int[] degraded = new int[SLOTS];

        synchronized void add(long slot, boolean failure, boolean prepared) {
            int at = (int) (slot % SLOTS);
            if (slots[at] != slot) {
                slots[at] = slot;
                all[at] = 0;
                failed[at] = 0;
                degraded[at] = 0;
            }
            all[at]++;
            failed[at] += failure ? 1 : 0;
            degraded[at] += prepared ? 1 : 0;
        }

        synchronized boolean isOver(long slot) {
            for (long each : slots) {
                if (slot - each < SLOTS) {
                    return false;
                }
            }
            return true;
        }

        /** Negative where there were too few. */
        synchronized double share(long slot, boolean prepared) {
            long calls = 0;
            long counted = 0;
            for (int i = 0; i < SLOTS; i++) {
                if (slot - slots[i] < SLOTS) {
                    calls += all[i];
                    counted += prepared ? degraded[i] : failed[i];
                }
            }
            return calls < FEWEST ? -1 : (double) counted / calls;
        }
    }
}
