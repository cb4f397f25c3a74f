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
        boolean migrate) {}
