// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends spans to a receiver of OTLP. A settlement puts its record into a queue and goes on; once a second a batch of records is made
 * into spans on a worker thread and sent. A receiver that is away or slow is asked again, at growing intervals; what does not fit
 * into the queue meanwhile, and a batch that was refused or asked for too often, is dropped and counted. No request ever waits.
 *
 * <pre>
 *   IDLE --records--> SENDING --2xx--> IDLE
 *                        |--429, 5xx, no answer--> WAITING --time--> SENDING, {@value #MOST_TRIES} times
 *                        |--other, or tried too often--> dropped, IDLE
 * </pre>
 */
public final class OtlpExport implements SettlementListener, AutoCloseable {

    static final int MOST_WAITING = 4_096;
    static final int BATCH = 256;
    static final int MOST_TRIES = 5;
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Logger LOG = LogManager.getLogger(OtlpExport.class);

    private final ExchangeSpans spans;
    private final OtlpJson json;
    private final OtlpDoor door;
    private final Executor worker;
    private final Timers timers;
    private final Queue<ExchangeRecord> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final Object turn = new Object();
    private boolean busy;
    private boolean closed;
    private boolean away;
    private Timers.@Nullable Timer next;

    /**
     * Nothing happens before {@link #start}.
     *
     * @param metrics knows what the conventions call providers
     * @param version of this build
     * @param node name of this node
     * @param worker for making JSON of records
     * @param timers of any event loop
     */
    public OtlpExport(Metrics metrics, String version, String node, OtlpDoor door, Executor worker, Timers timers) {
        this.spans = new ExchangeSpans(metrics::conventionalProvider);
        this.json = new OtlpJson(version, node);
        this.door = door;
        this.worker = worker;
        this.timers = timers;
    }

    /** Looks once a second for something to send. */
    public void start() {
        synchronized (turn) {
            if (!closed) {
                next = timers.after(EVERY, this::tick);
            }
        }
    }

    @Override
    public void settled(ExchangeRecord settled) {
        ExchangeRecord.Trace trace = settled.trace();
        if (trace == null || !trace.context().isRecorded()) {
            return;
        }
        if (waiting.get() >= MOST_WAITING) {
            dropped.increment();
            return;
        }
        waiting.incrementAndGet();
        queue.add(settled);
    }

    /** Exchanges whose spans were not sent: the receiver was away, too slow, or refused them. */
    public long dropped() {
        return dropped.sum();
    }

    /** Exchanges whose spans the receiver took. */
    public long sent() {
        return sent.sum();
    }

    private void tick() {
        sendWhatThereIs();
        start();
    }

    private void sendWhatThereIs() {
        List<ExchangeRecord> batch;
        synchronized (turn) {
            if (busy) {
                return;
            }
            batch = take();
            busy = !batch.isEmpty();
        }
        if (!batch.isEmpty()) {
            worker.execute(() -> encodeAndSend(batch));
        }
    }

    private void encodeAndSend(List<ExchangeRecord> batch) {
        byte[] body;
        try {
            body = encode(batch);
        } catch (RuntimeException bug) {
            LOG.error("traces: {} exchanges could not be made into spans", batch.size(), bug);
            dropped.add(batch.size());
            over(false);
            return;
        }
        send(batch.size(), body, 1);
    }

    private List<ExchangeRecord> take() {
        List<ExchangeRecord> batch = new ArrayList<>();
        while (batch.size() < BATCH) {
            ExchangeRecord one = queue.poll();
            if (one == null) {
                break;
            }
            waiting.decrementAndGet();
            batch.add(one);
        }
        return batch;
    }

    private byte[] encode(List<ExchangeRecord> batch) {
        List<Span> all = new ArrayList<>();
        batch.forEach(record -> all.addAll(spans.of(record)));
        return json.traces(all);
    }

    private void send(int exchanges, byte[] body, int tries) {
        door.post(body).whenComplete((status, failure) -> {
            boolean taken = failure == null && status / 100 == 2;
            boolean again = failure != null || status == 429 || status / 100 == 5;
            if (taken) {
                sent.add(exchanges);
                tell(false, "");
            } else {
                tell(true, failure == null ? "status " + status : String.valueOf(failure.getMessage()));
            }
            if (!taken && again && tries < MOST_TRIES && !isClosed()) {
                // The batch keeps its place: nothing else is sent until it is through or given up.
                timers.after(EVERY.multipliedBy(1L << (tries - 1)), () -> send(exchanges, body, tries + 1));
                return;
            }
            if (!taken) {
                dropped.add(exchanges);
            }
            over(taken);
        });
    }

    private void over(boolean taken) {
        synchronized (turn) {
            busy = false;
        }
        // A backlog does not wait for the next second while the receiver takes it.
        if (taken && waiting.get() >= BATCH) {
            sendWhatThereIs();
        }
    }

    private boolean isClosed() {
        synchronized (turn) {
            return closed;
        }
    }

    /** One line when it goes, one when it is back. */
    private void tell(boolean gone, String why) {
        boolean changed;
        synchronized (turn) {
            changed = away != gone;
            away = gone;
        }
        if (changed && gone) {
            LOG.warn("traces: the receiver does not take spans: {}", why);
        } else if (changed) {
            LOG.info("traces: the receiver takes spans again");
        }
    }

    /** Sends what waits, once, without waiting for an answer longer than the caller of the future does. */
    public CompletableFuture<Void> flush() {
        List<ExchangeRecord> rest = new ArrayList<>();
        for (List<ExchangeRecord> more = take(); !more.isEmpty(); more = take()) {
            rest.addAll(more);
        }
        if (rest.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.supplyAsync(() -> encode(rest), worker)
                .thenCompose(door::post)
                .handle((status, failure) -> {
                    if (failure == null && status / 100 == 2) {
                        sent.add(rest.size());
                    } else {
                        dropped.add(rest.size());
                    }
                    return null;
                });
    }

    @Override
    public void close() {
        synchronized (turn) {
            closed = true;
            if (next != null) {
                next.cancel();
            }
        }
    }
}
