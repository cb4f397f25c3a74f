// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the ledger is kept. Nothing of it changes while the process runs.
 *
 * @param journal whether records go to the local disk before they go to the store
 * @param folder where the journal is, absolute; null where the process keeps nothing
 * @param fsync when the disk is asked to keep what was written
 * @param interval at most how long that waits
 * @param ack what an answer waits for
 * @param onFull what happens while no record can be taken
 * @param content the most that a tenant may have recorded of its calls; nothing that was said is, where the tenant does not ask for it
 */
public record LedgerConfig(
        boolean journal,
        @Nullable Path folder,
        Fsync fsync,
        Duration interval,
        Ack ack,
        OnFull onFull,
        Content content) {

    /** When the disk is asked to keep what was written. */
    public enum Fsync {
        /** Some milliseconds later. */
        INTERVAL,
        /** Before the next batch of records. */
        ALWAYS,
        /** When the operating system wants to. */
        NONE
    }

    /** What the last byte of an answer waits for. */
    public enum Ack {
        NONE,
        /** Its record is safe on the disk. */
        DURABLE
    }

    /** What happens while no record can be taken. */
    public enum OnFull {
        /** Calls go on; what has no room is counted as lost. */
        CONTINUE,
        /** New calls are turned away. */
        REFUSE
    }

    /** What of a call is recorded, from the least to the most. */
    public enum Content {
        /** Figures and names, nothing that was said. */
        METADATA,
        /** What was said in a share of the calls. */
        SAMPLED,
        /** What was said in all of them. */
        FULL
    }

    /** What holds where nobody says anything, and nobody knows a folder. */
    public static final LedgerConfig DEFAULT = new LedgerConfig(
            true, null, Fsync.INTERVAL, Duration.ofMillis(50), Ack.NONE, OnFull.CONTINUE, Content.FULL);

    /** Where the journal is, or null: there is none. */
    public @Nullable Path home() {
        return journal ? folder : null;
    }
}
