// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.sql.SQLException;
import java.util.Arrays;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;

/** Brings the tables to what this program knows, or says why not. Blocks; only one process at a time changes anything. */
final class Migrations {

    private static final String FOLDER = "classpath:db/penstock";
    private static final String HISTORY = "penstock_schema";

    private final Database database;
    private final boolean allowed;
    private boolean done;

    Migrations(Database database, boolean allowed) {
        this.database = database;
        this.allowed = allowed;
    }

    /**
     * Another process that does the same at the same moment makes one of the two fail on SQLite, which has no lock for it; the second
     * look finds the work done. Threads of this process follow each other, and only the first has anything to do.
     */
    synchronized void run(DataSource source) throws StoreFailed {
        if (!done) {
            again(source);
            done = true;
        }
    }

    /** The tables are not what they were. */
    synchronized void lookAgain() {
        done = false;
    }

    private void again(DataSource source) throws StoreFailed {
        try {
            attempt(source);
        } catch (FlywayException first) {
            try {
                attempt(source);
            } catch (FlywayException e) {
                throw failed(e);
            }
        }
    }

    private void attempt(DataSource source) throws StoreFailed {
        Flyway flyway = Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(source)
                .locations(FOLDER)
                .failOnMissingLocations(true)
                .table(HISTORY)
                .loggers("slf4j")
                .placeholders(database.words())
                // A database that others have tables in is not empty, and is ours to add to.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load();
        MigrationInfoService info = flyway.info();
        refuseNewer(info);
        if (info.pending().length == 0) {
            return;
        }
        if (!allowed) {
            throw StoreFailed.lasting(database.name() + " has schema " + version(info) + ", this program needs "
                    + newestKnown(info) + ", and storage.migrate is false");
        }
        flyway.migrate();
    }

    private void refuseNewer(MigrationInfoService info) throws StoreFailed {
        MigrationVersion known = newestKnown(info);
        for (MigrationInfo applied : info.applied()) {
            MigrationVersion version = applied.getVersion();
            if (version != null && known != null && version.isNewerThan(known.getVersion())) {
                throw StoreFailed.lasting(database.name() + " has schema " + version + ", made by a newer program; this"
                        + " one knows schemas up to " + known);
            }
        }
    }

    private static String version(MigrationInfoService info) {
        MigrationInfo current = info.current();
        return current == null || current.getVersion() == null
                ? "none"
                : current.getVersion().toString();
    }

    private static @Nullable MigrationVersion newestKnown(MigrationInfoService info) {
        return Arrays.stream(info.all())
                .filter(migration -> migration.getState().isResolved())
                .map(MigrationInfo::getVersion)
                .filter(java.util.Objects::nonNull)
                .max(java.util.Comparator.naturalOrder())
                .orElse(null);
    }

    private StoreFailed failed(FlywayException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return database.explain(sql);
            }
        }
        return StoreFailed.lasting(database.name() + " has tables that this program did not make: "
                + e.getClass().getSimpleName());
    }
}
