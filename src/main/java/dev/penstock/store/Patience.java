// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.sqlite.SQLiteErrorCode;

/**
 * An end to a statement that takes too long, on another worker's thread. What it ends fails as refused: the database is well, the question
 * was too large. SQLite has no such limit of its own.
 */
final class Patience implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Patience.class);

    private final Statement statement;
    private boolean over;
    private boolean lost;

    Patience(Statement statement) {
        this.statement = statement;
    }

    /** From now on it may take so long. */
    void begin(Duration most, SqlWorker other) {
        other.after(most, this::lose);
    }

    private synchronized void lose() {
        if (over) {
            return;
        }
        lost = true;
        try {
            statement.cancel();
        } catch (SQLException e) {
            LOG.debug("usage: a statement could not be ended, state {}", e.getSQLState());
        }
    }

    /** Between two runs of the statement, when there is nothing to end. Fails as both databases say that they were interrupted. */
    synchronized void check() throws SQLException {
        if (lost) {
            throw new SQLException("asked for too much", "57014", SQLiteErrorCode.SQLITE_INTERRUPT.code);
        }
    }

    /** The statement is done: what comes next on its connection is not ended instead. */
    @Override
    public synchronized void close() {
        over = true;
    }
}
