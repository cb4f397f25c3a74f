// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where the ledger is kept and asked. Nothing blocks; stages end on the store's thread and fail where the store is away. Any thread.
 */
public interface LedgerStore {

    /** Adds what is not there yet, with its roll-ups, all or nothing. An entry that is there already changes nothing. */
    CompletionStage<Void> append(List<LedgerEntry> entries);

    CompletionStage<List<UsageRow>> usage(UsageQuery query);

    CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query);

    /**
     * Those of this name, newest first, a hundred at most.
     *
     * @param name a UUID with or without hyphens, or what {@code x-request-id} said
     */
    CompletionStage<List<LedgerEntry>> find(String name);

    /**
     * Deletes what is older, a batch at a time so that nobody waits for it.
     *
     * @param entries single exchanges before this moment
     * @param minutes roll-ups by minute before this moment
     * @param hours roll-ups by hour before this moment
     * @param days roll-ups by day before this moment
     * @return rows that are gone
     */
    CompletionStage<Long> expire(Instant entries, Instant minutes, Instant hours, Instant days);

    /** What was said in this exchange, where that was to be kept and has not expired. A store that keeps no content has none. */
    default CompletionStage<Optional<CallContent>> content(UUID exchange) {
        return CompletableFuture.completedStage(Optional.empty());
    }

    /**
     * Deletes content whose time is over, a batch at a time.
     *
     * @return how many exchanges it is gone from
     */
    default CompletionStage<Long> expireContent(Instant now) {
        return CompletableFuture.completedStage(0L);
    }
}
