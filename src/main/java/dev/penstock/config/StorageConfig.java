// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where that is kept which outlives the process: keys that were made at run time, live switches, counters of budgets, what calls cost.
 * Nothing of it changes while the process runs.
 *
 * @param place where
 * @param migrate whether tables are made and changed at start as this program needs them; else they must be right already
 * @param retention how old things become
 */
public record StorageConfig(Place place, boolean migrate, Retention retention) {

    /** Nothing outlives the process. */
    public static final StorageConfig NONE = new StorageConfig(new Place.Nowhere(), true);

    /** With the usual retention. */
    public StorageConfig(Place place, boolean migrate) {
        this(place, migrate, Retention.DEFAULT);
    }

    /**
     * How old things become before they are deleted.
     *
     * @param requests single calls
     * @param minutes sums of them by minute
     * @param hours sums by hour, at least as long
     * @param days sums by day, at least as long
     * @param audit who changed what
     */
    public record Retention(Duration requests, Duration minutes, Duration hours, Duration days, Duration audit) {

        /** What holds where nobody says anything. */
        public static final Retention DEFAULT = new Retention(
                Duration.ofDays(30),
                Duration.ofDays(7),
                Duration.ofDays(90),
                Duration.ofDays(3 * 365),
                Duration.ofDays(400));
    }

    /** Whether there is a place at all. */
    public boolean isKept() {
        return !(place instanceof Place.Nowhere);
    }

    /** Where rows are. Its text is for people and without a password. */
    public sealed interface Place {

        /** In memory only. */
        record Nowhere() implements Place {
            @Override
            public String toString() {
                return "none";
            }
        }

        /**
         * SQLite.
         *
         * @param file absolute; it and the folders above it are made when they are needed
         * @param asked whether the configuration names it. The default one is not made before there is something to keep
         */
        record SqliteFile(Path file, boolean asked) implements Place {
            @Override
            public String toString() {
                return "sqlite:" + file;
            }
        }

        /**
         * PostgreSQL.
         *
         * @param host name or address
         * @param user or empty, for the one that the driver takes
         * @param password or null
         * @param tls how the connection is encrypted
         * @param rootCert PEM file of whom to trust, or null for those that the driver finds
         */
        record Postgres(
                String host,
                int port,
                String database,
                String user,
                @Nullable Secret password,
                Tls tls,
                @Nullable Path rootCert)
                implements Place {

            Postgres withPassword(Secret secret) {
                return new Postgres(host, port, database, user, secret, tls, rootCert);
            }

            Postgres withRootCert(Path cert) {
                return new Postgres(host, port, database, user, password, tls, cert);
            }

            @Override
            public String toString() {
                String at = user.isEmpty() ? "" : user + "@";
                String query = tls == Tls.PREFER ? "" : "?sslmode=" + tls.label();
                return "postgresql://" + at + host + ":" + port + "/" + database + query;
            }
        }
    }

    /** How a connection to PostgreSQL is encrypted, in its own words ({@code sslmode} of libpq). */
    public enum Tls {
        DISABLE,
        PREFER,
        REQUIRE,
        VERIFY_CA,
        VERIFY_FULL;

        /** As in an address. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
