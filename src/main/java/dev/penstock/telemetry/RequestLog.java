// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One line of JSON in the Elastic Common Schema per exchange. The event loop builds the line into bytes of its own and
 * copies it into its own {@link LineRing}; one daemon thread gathers the lines of all loops for a few milliseconds and writes
 * them together. No logging framework stands on the way, nothing is allocated, and nothing waits: when the reader of the log
 * is slower than the traffic, lines are dropped and counted.
 *
 * <p>Only what is in the {@link ExchangeRecord} can be logged, and that has neither content nor keys.
 */
public final class RequestLog implements SettlementListener, AutoCloseable {

    private static final int RING_BYTES = 512 << 10;
    private static final long GATHER_NANOS = 10_000_000;
    private static final long CLOSE_MILLIS = 5_000;

    private final OutputStream out;
    private final EcsLine ecs;
    private final int ringBytes;
    private final List<LineRing> rings = new CopyOnWriteArrayList<>();
    private final ThreadLocal<Lane> lanes = ThreadLocal.withInitial(this::openLane);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread writer = new Thread(this::write, "penstock-request-log");
    private volatile boolean sleeping;
    private volatile boolean closed;

    private record Lane(JsonLine line, LineRing ring) {}

    /**
     * Starts the writer.
     *
     * @param out where lines go, usually {@code System.out}: the system log writes there too, and the lock of a
     *     {@link java.io.PrintStream} keeps the lines of the two whole
     * @param version of this build
     * @param node name of this node
     */
    public static RequestLog to(OutputStream out, String version, String node) {
        RequestLog log = new RequestLog(out, new EcsLine(version, node), RING_BYTES);
        log.start();
        return log;
    }

    RequestLog(OutputStream out, EcsLine ecs, int ringBytes) {
        this.out = out;
        this.ecs = ecs;
        this.ringBytes = ringBytes;
        writer.setDaemon(true);
    }

    void start() {
        writer.start();
    }

    @Override
    public void settled(ExchangeRecord settled) {
        Lane lane = lanes.get();
        JsonLine line = ecs.write(lane.line().clear(), settled);
        if (closed || !lane.ring().offer(line.array(), line.length())) {
            dropped.incrementAndGet();
            return;
        }
        if (sleeping || lane.ring().isHalfFull()) {
            LockSupport.unpark(writer);
        }
    }

    /** Lines that were not written because the reader was too slow or the log was closed. */
    public long dropped() {
        return dropped.get();
    }

    /** Writes what is there and stops. Blocks for at most a few seconds: not for event loops. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        try {
            writer.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Lane openLane() {
        Lane lane = new Lane(new JsonLine(), new LineRing(ringBytes));
        rings.add(lane.ring());
        return lane;
    }

    private void write() {
        byte[] batch = new byte[ringBytes];
        while (!closed) {
            drain(batch);
            sleep();
        }
        drain(batch);
    }

    private void sleep() {
        sleeping = true;
        if (rings.stream().allMatch(LineRing::isEmpty) && !closed) {
            LockSupport.park(this);
        }
        sleeping = false;
        // More lines are likely to follow the first one: one write for all of them.
        if (!closed) {
            LockSupport.parkNanos(this, GATHER_NANOS);
        }
    }

    private void drain(byte[] batch) {
        for (LineRing ring : rings) {
            int length = ring.drainTo(batch);
            if (length > 0) {
                write(batch, length);
            }
        }
    }

    private void write(byte[] batch, int length) {
        try {
            out.write(batch, 0, length);
            out.flush();
        } catch (IOException e) {
            dropped.addAndGet(lines(batch, length));
        }
    }

    private static int lines(byte[] batch, int length) {
        int lines = 0;
        for (int i = 0; i < length; i++) {
            if (batch[i] == '\n') {
                lines++;
            }
        }
        return lines;
    }
}
