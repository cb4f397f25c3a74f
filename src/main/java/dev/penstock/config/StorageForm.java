// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** The section {@code storage}. */
@ShortForm(
        value = "url",
        forms = "sqlite:/path/to/file, postgresql://user:password@host/database, none, or a map with url and others")
record StorageForm(
        @Key(
                value = "Where: sqlite:/path/to/file, postgresql://user:password@host:5432/database with ?sslmode= and"
                        + " &sslrootcert= as libpq has them, or none. In short: storage: none.",
                unset = "`penstock.db` in `PENSTOCK_DATA`, else in `$XDG_STATE_HOME/penstock`, else in"
                        + " `~/.local/state/penstock`; made when there is something to keep")
        @Nullable
        StoreUrl url,

        @Key(value = "The password for PostgreSQL, where it does not stand in url.", unset = "none") @Nullable
        Secret password,

        @Key(
                value = "Make and change tables at start as this version needs them. false: refuse to start instead.",
                def = "true")
        boolean migrate,

        @Key("How old things become before they are deleted, a few at a time.")
        Retention retention) {

    /** The section {@code storage.retention}. */
    record Retention(
            @Key(value = "Single calls.", def = "30d", min = "1h", max = "100y")
            Age requests,

            @Key(value = "Sums of calls by minute.", def = "7d", min = "2h", max = "100y")
            Age minutes,

            @Key(value = "Sums of calls by hour; at least as long as minutes.", def = "90d", min = "2d", max = "100y")
            Age hours,

            @Key(value = "Sums of calls by day; at least as long as hours.", def = "3y", min = "2d", max = "100y")
            Age days,

            @Key(value = "Who changed what, and who was refused.", def = "400d", min = "1h", max = "100y")
            Age audit) {}
}
