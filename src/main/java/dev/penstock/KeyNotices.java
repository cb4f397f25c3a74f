// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Ticker;
import dev.penstock.provider.KeyListener;
import dev.penstock.telemetry.Metrics;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Counts every time that a provider's key is set aside, and writes a line about it: at most one per key and minute. */
final class KeyNotices implements KeyListener.Maker {

    private static final Logger LOG = LogManager.getLogger(KeyNotices.class);
    private static final long BETWEEN_LINES = Duration.ofMinutes(1).toNanos();

    private final Metrics metrics;
    private final Ticker ticker;

    KeyNotices(Metrics metrics, Ticker ticker) {
        this.metrics = metrics;
        this.ticker = ticker;
    }

    @Override
    public KeyListener of(String provider, String key) {
        return new Notice(provider, key);
    }

    private final class Notice implements KeyListener {

        private final String provider;
        private final String key;
        private final Consumer<KeyFault> counters;
        private final AtomicLong nextLine;

        Notice(String provider, String key) {
            this.provider = provider;
            this.key = key;
            this.counters = metrics.setAside(provider, key);
            this.nextLine = new AtomicLong(ticker.nanos());
        }

        @Override
        public void setAside(KeyFault why, Duration span) {
            counters.accept(why);
            long now = ticker.nanos();
            long due = nextLine.get();
            if (now - due >= 0 && nextLine.compareAndSet(due, now + BETWEEN_LINES)) {
                LOG.info("key {} of provider {} set aside for {} s: {}", key, provider, span.toSeconds(), why.label());
            }
        }
    }
}
