// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are on their way to the store: of each object the one that holds, until it is written. While the store is away they wait,
 * as many as {@link #MOST}; of more objects the new ones are given up and counted, and so is what the database refuses to
 * take. Any thread.
 */
final class WriteBehind<R> {

    /** Writes these rows inside a transaction; rows that are kept already and hold rather than these stay. */
    @FunctionalInterface
    interface Writer<R> {
        void write(Connection connection, List<R> rows) throws SQLException;
    }

    private static final int MOST = 100_000;
    private static final int BATCH = 500;

    private final SqlWorker worker;
    private final Function<R, String> object;
    private final BinaryOperator<R> newer;
    private final Writer<R> writer;
    private final Map<String, R> pending = new LinkedHashMap<>();
    private final AtomicBoolean due = new AtomicBoolean();
    private int size = BATCH;
    private long lost;

    WriteBehind(SqlWorker worker, Function<R, String> object, BinaryOperator<R> newer, Writer<R> writer) {
        this.worker = worker;
        this.object = object;
        this.newer = newer;
        this.writer = writer;
        worker.whenBack(this::flush);
    }

    synchronized void add(List<R> rows) {
        for (R row : rows) {
            String name = object.apply(row);
            if (pending.size() < MOST || pending.containsKey(name)) {
                pending.merge(name, row, newer);
            } else {
                lost++;
            }
        }
    }

    synchronized int pending() {
        return pending.size();
    }

    synchronized long lost() {
        return lost;
    }

    /**
     * Writes all that waits. When it fails the rows stay, and are written once the store is back; but a row that the database refuses is
     * given up, and of a batch with such a row the others are written one by one.
     */
    Future<Void> flush() {
        List<R> batch = next();
        if (batch.isEmpty()) {
            return Future.succeededFuture();
        }
        return worker.<Boolean>write(connection -> {
                    writer.write(connection, batch);
                    return true;
                })
                .transform(done -> settle(batch, done.cause()));
    }

    private Future<Void> settle(List<R> batch, @Nullable Throwable cause) {
        if (cause == null) {
            written(batch);
            return flush();
        }
        boolean refused = cause instanceof StoreFailed failed && failed.isRefused();
        if (!refused) {
            return Future.failedFuture(cause);
        }
        if (batch.size() > 1) {
            oneByOne();
            return flush();
        }
        giveUp(batch);
        return flush().transform(others -> Future.failedFuture(cause));
    }

    private synchronized void written(List<R> batch) {
        remove(batch);
        size = Math.min(BATCH, 2 * size);
    }

    private synchronized void oneByOne() {
        size = 1;
    }

    private synchronized void giveUp(List<R> batch) {
        int before = pending.size();
        remove(batch);
        lost += before - pending.size();
    }

    /** A row that has been replaced in the meantime is still to be written. */
    private void remove(List<R> batch) {
        batch.forEach(row -> pending.remove(object.apply(row), row));
    }

    /** The same after a while, once for all that is added until then. */
    void flushIn(Duration delay) {
        if (due.compareAndSet(false, true)) {
            worker.after(delay, () -> {
                due.set(false);
                flush();
            });
        }
    }

    private synchronized List<R> next() {
        return new ArrayList<>(pending.values().stream().limit(size).toList());
    }
}
