// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.config.StorageConfig.Retention;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what has become too old, every few minutes, never twice at once. A store that is away is asked again the next time. Belongs to
 * the thread of its timers.
 */
public final class Expiry implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Expiry.class);
    /** A start has better things to do. */
    static final Duration FIRST = Duration.ofMinutes(1);

    static final Duration EACH = Duration.ofMinutes(5);

    private final LedgerStore store;
    private final Retention retention;
    private final Ticker ticker;
    private final Timers timers;
    private volatile boolean running;
    private Timers.@Nullable Timer next;

    public Expiry(LedgerStore store, Retention retention, Ticker ticker, Timers timers) {
        this.store = store;
        this.retention = retention;
        this.ticker = ticker;
        this.timers = timers;
    }

    /** Begins. Once. */
    public void start() {
        next = timers.after(FIRST, this::turn);
    }

    private void turn() {
        next = timers.after(EACH, this::turn);
        if (running) {
            return;
        }
        running = true;
        Instant now = ticker.now();
        store.expire(
                        now.minus(retention.requests()),
                        now.minus(retention.minutes()),
                        now.minus(retention.hours()),
                        now.minus(retention.days()))
                .thenCompose(gone -> store.expireContent(now).thenApply(more -> gone + more))
                .whenComplete(this::tell);
    }

    /** On the store's thread. */
    private void tell(@Nullable Long gone, @Nullable Throwable cause) {
        running = false;
        if (cause != null) {
            Throwable why = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
            LOG.warn("ledger: what is too old could not be deleted: {}", why.getMessage());
        } else if (gone != null && gone > 0) {
            LOG.info("ledger: {} rows were too old and are deleted", gone);
        }
    }

    @Override
    public void close() {
        if (next != null) {
            next.cancel();
        }
    }
}
