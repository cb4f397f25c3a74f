// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the ledger is doing.
 *
 * @param journaled whether records go to a journal first
 * @param records taken since the start: written to the journal, or to the store where there is none
 * @param lost that were not taken and never will be
 * @param waiting on their way to the journal
 * @param behindRecords in the journal and not in the store
 * @param behindBytes of the journal
 * @param behindFor since when the oldest record waits that the store does not have; zero where none is known to
 * @param damaged places of the journal that were skipped
 * @param trouble why records cannot be taken at the moment, or null
 * @param storeTrouble why the store does not take them at the moment, or null
 */
public record LedgerStatus(
        boolean journaled,
        long records,
        long lost,
        int waiting,
        long behindRecords,
        long behindBytes,
        Duration behindFor,
        long damaged,
        @Nullable String trouble,
        @Nullable String storeTrouble) {}
