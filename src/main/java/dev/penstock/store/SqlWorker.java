// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.exchange.Ticker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import javax.sql.DataSource;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One thread that speaks with the database, over one connection that it opens when it is first needed. While the database is away,
 * work fails at once, and the thread tries again after {@link #FIRST_PAUSE}, then twice as long each time up to {@link #LONGEST_PAUSE}.
 *
 * <pre>
 *   UNUSED -- first work --> UP -- a failure --> DOWN -- connected and able to write --> UP
 *      `----- it fails --------------------------^  `-- a lasting failure: no more tries
 * </pre>
 */
final class SqlWorker implements AutoCloseable {

    /** What is done with the connection. */
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T with(Connection connection) throws SQLException;
    }

    /**
     * What a worker is for.
     *
     * @param label first word of its log lines
     * @param meanwhile what happens while the database is away, for people
     */
    record Duty(String label, String meanwhile) {

        static final Duty STORE = new Duty("store", "serving from memory");
        static final Duty LEDGER = new Duty("ledger", "what it did not take stays with who asked");
        static final Duty USAGE = new Duty("usage", "no answers about usage");

        String threadName() {
            return "penstock-" + label;
        }
    }

    private static final Logger LOG = LogManager.getLogger(SqlWorker.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    /** Work waits for other work only, so a queue as long as this means a database that has become very slow. */
    private static final int MOST_WAITING = 1_000;

    private final Database database;
    private final Migrations migrations;
    private final Duty duty;
    private final Lock turn;
    private final Ticker ticker;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Runnable> whenBack = new CopyOnWriteArrayList<>();

    // Of the thread only.
    private @Nullable DataSource source;
    private @Nullable Connection connection;
    private @Nullable StoreFailed failure;
    private Duration pause = FIRST_PAUSE;

    private volatile Standing standing;

    /** What others see of it. */
    record Standing(StoreHealth.State state, Instant since, String trouble) {}

    /**
     * @param database of this worker only
     * @param migrations of all workers of the same database
     * @param turn held while it writes; a fair one of all workers where only one can write, because who waits inside of SQLite looks
     *     from time to time, and may miss each gap between the writes of another
     */
    SqlWorker(Database database, Migrations migrations, Duty duty, Lock turn, Ticker ticker) {
        this.database = database;
        this.migrations = migrations;
        this.duty = duty;
        this.turn = turn;
        this.ticker = ticker;
        this.standing = new Standing(StoreHealth.State.UNUSED, ticker.now(), "");
        this.thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name(duty.threadName()).factory());
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    Standing standing() {
        return standing;
    }

    /** Runs on the thread each time when the database is there again, and the first time. */
    void whenBack(Runnable task) {
        whenBack.add(task);
    }

    /** Work that changes nothing. */
    <T> Future<T> read(Work<T> work) {
        return call(work);
    }

    /** Work in a transaction: all of it is kept, for good, when the future succeeds. */
    <T> Future<T> write(Work<T> work) {
        return call(connected -> {
            turn.lock();
            try {
                return transact(connected, work);
            } finally {
                turn.unlock();
            }
        });
    }

    private static <T> T transact(Connection connected, Work<T> work) throws SQLException {
        connected.setAutoCommit(false);
        try {
            T result = work.with(connected);
            connected.commit();
            connected.setAutoCommit(true);
            return result;
        } catch (SQLException | RuntimeException e) {
            undo(connected);
            throw e;
        }
    }

    private static void undo(Connection connected) {
        try {
            connected.rollback();
            connected.setAutoCommit(true);
        } catch (SQLException e) {
            // It broke: the failure that brought us here says so, and the connection is given up for it.
            LOG.debug("store: no rollback, state {}", e.getSQLState());
        }
    }

    private <T> Future<T> call(Work<T> work) {
        Promise<T> promise = Promise.promise();
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(StoreFailed.passing(database.name() + " is too slow, too much waits for it"));
        }
        try {
            thread.execute(() -> {
                waiting.decrementAndGet();
                run(work, promise);
            });
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            return Future.failedFuture(StoreFailed.lasting(database.name() + " is closed"));
        }
        return promise.future();
    }

    private <T> void run(Work<T> work, Promise<T> promise) {
        T result;
        try {
            result = work.with(connected());
        } catch (StoreFailed e) {
            promise.fail(e);
            return;
        } catch (SQLException e) {
            StoreFailed failed = database.explain(e);
            if (failed.isRefused()) {
                LOG.error("{}: a statement was refused: {}", duty.label(), failed.getMessage());
            } else {
                down(failed);
            }
            promise.fail(failed);
            return;
        } catch (RuntimeException e) {
            promise.fail(e);
            return;
        } catch (AssertionError e) {
            // PostgreSQL's driver checks itself where assertions are on, and finds a connection that breaks inside a
            // batch odd.
            StoreFailed failed = database.explain(new SQLException("the connection broke", "08006", e));
            down(failed);
            promise.fail(failed);
            return;
        } catch (Error e) {
            // Whoever waits must not wait for ever.
            LOG.error("{}: a bug", duty.label(), e);
            promise.fail(e);
            return;
        }
        promise.complete(result);
    }

    private Connection connected() throws StoreFailed {
        Connection open = connection;
        if (open != null && database.isStillThere()) {
            return open;
        }
        if (open != null) {
            down(StoreFailed.passing(database.name() + " is gone, deleted or replaced"));
        }
        if (failure != null) {
            throw failure;
        }
        return connect();
    }

    private Connection connect() throws StoreFailed {
        Connection opened;
        try {
            opened = open();
        } catch (StoreFailed e) {
            down(e);
            throw e;
        }
        connection = opened;
        up();
        return opened;
    }

    private Connection open() throws StoreFailed {
        Connection opened = null;
        try {
            DataSource from = source != null ? source : database.open();
            migrations.run(from);
            source = from;
            opened = from.getConnection();
            prove(opened);
            return opened;
        } catch (SQLException e) {
            quit(opened);
            throw noticed(database.explain(e));
        } catch (LinkageError e) {
            throw StoreFailed.lasting(database.name() + " has no driver on this machine: "
                    + e.getClass().getSimpleName() + " (for SQLite, -Dorg.sqlite.tmpdir names a writable folder)");
        }
    }

    private StoreFailed noticed(StoreFailed failed) {
        if (failed.isTableMissing()) {
            migrations.lookAgain();
        }
        return failed;
    }

    /** A full disk and a standby let one read. They are down all the same, or they would come and go with each write. */
    private static void prove(Connection opened) throws SQLException {
        try (Statement statement = opened.createStatement()) {
            statement.executeUpdate("UPDATE penstock_revision SET version = version WHERE topic = 'keys'");
        }
    }

    private void up() {
        Standing before = standing;
        failure = null;
        pause = FIRST_PAUSE;
        standing = new Standing(StoreHealth.State.UP, ticker.now(), "");
        if (before.state() == StoreHealth.State.DOWN) {
            LOG.info("{}: {} is back, it was down since {}", duty.label(), database.name(), before.since());
        }
        whenBack.forEach(thread::execute);
    }

    private void down(StoreFailed failed) {
        Standing before = standing;
        quit(connection);
        connection = null;
        source = null;
        failure = noticed(failed);
        boolean already = before.state() == StoreHealth.State.DOWN;
        String trouble = String.valueOf(failed.getMessage());
        standing = new Standing(StoreHealth.State.DOWN, already ? before.since() : ticker.now(), trouble);
        if (!already || !before.trouble().equals(trouble)) {
            LOG.warn("{}: {}; {}", duty.label(), trouble, duty.meanwhile());
        }
        if (!failed.isLasting()) {
            after(pause, this::again);
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
        }
    }

    private void again() {
        if (connection != null) {
            return;
        }
        try {
            connect();
        } catch (StoreFailed e) {
            LOG.debug("store: still away");
        }
    }

    private static void quit(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.debug("store: not closed properly, state {}", e.getSQLState());
        }
    }

    /** Runs on the thread after the delay; not at all once the worker is closed. */
    void after(Duration delay, Runnable task) {
        try {
            ScheduledFuture<?> unused = thread.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("store: closed");
        }
    }

    /** Waits for what was asked before, for some seconds at most. */
    @Override
    public void close() {
        try {
            thread.execute(() -> {
                quit(connection);
                connection = null;
                failure = StoreFailed.lasting(database.name() + " is closed");
            });
            thread.shutdown();
            if (!thread.awaitTermination(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{}: {} did not answer while closing", duty.label(), database.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException e) {
            LOG.debug("store: closed twice");
        }
    }
}
