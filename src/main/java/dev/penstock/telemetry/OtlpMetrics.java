// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends all metrics to a receiver of OTLP, as sums since the start: a reading that gets lost is made good by the next one, so nothing
 * is kept and nothing is sent twice.
 */
public final class OtlpMetrics implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(OtlpMetrics.class);

    private final Metrics metrics;
    private final OtlpJson json;
    private final OtlpDoor door;
    private final Executor worker;
    private final Timers timers;
    private final Ticker ticker;
    private final Duration every;
    private final Instant from;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final LongAdder failures = new LongAdder();
    private volatile boolean closed;
    private volatile Timers.@Nullable Timer next;

    /**
     * Nothing happens before {@link #start}.
     *
     * @param version of this build
     * @param node name of this node
     * @param worker for reading the meters and making JSON of them
     * @param timers of any event loop
     * @param every how often
     */
    public OtlpMetrics(
            Metrics metrics,
            String version,
            String node,
            OtlpDoor door,
            Executor worker,
            Timers timers,
            Ticker ticker,
            Duration every) {
        this.metrics = metrics;
        this.json = new OtlpJson(version, node);
        this.door = door;
        this.worker = worker;
        this.timers = timers;
        this.ticker = ticker;
        this.every = every;
        this.from = ticker.now();
    }

    /** Sends for the first time after one interval. */
    public void start() {
        if (!closed) {
            next = timers.after(every, () -> {
                // A receiver that is slower than the interval is not asked twice at once.
                if (busy.compareAndSet(false, true)) {
                    worker.execute(() -> send(() -> busy.set(false)));
                }
                start();
            });
        }
    }

    /** Readings that the receiver did not take. */
    public long failures() {
        return failures.sum();
    }

    /** The last reading. */
    public CompletableFuture<Void> flush() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        worker.execute(() -> send(() -> done.complete(null)));
        return done;
    }

    private void send(Runnable then) {
        byte[] body;
        try {
            body = json.metrics(metrics.snapshots(), nanos(from), nanos(ticker.now()));
        } catch (RuntimeException bug) {
            // Of one meter perhaps, and of one moment: the next reading is tried as if nothing had been.
            LOG.error("metrics: a reading could not be made", bug);
            failures.increment();
            then.run();
            return;
        }
        door.post(body).whenComplete((status, failure) -> {
            if (failure != null || status / 100 != 2) {
                failures.increment();
            }
            then.run();
        });
    }

    private static long nanos(Instant at) {
        return at.getEpochSecond() * 1_000_000_000L + at.getNano();
    }

    @Override
    public void close() {
        closed = true;
        Timers.Timer waiting = next;
        if (waiting != null) {
            waiting.cancel();
        }
    }
}
