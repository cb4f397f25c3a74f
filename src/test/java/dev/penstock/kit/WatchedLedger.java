// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.MemoryLedger;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The ledger in memory, which hears of settlements itself, can be waited for, and fails when told to. */
public final class WatchedLedger implements LedgerStore, SettlementListener {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Comparator<LedgerEntry> NEWEST = Comparator.comparing(
                    (LedgerEntry entry) -> entry.exchange().uuid().toString())
            .reversed();

    private final LedgerStore ledger = new MemoryLedger(1_000);
    private final List<LedgerEntry> heard = new ArrayList<>();
    private volatile RuntimeException failure;

    /** From now on each question fails like this; null: it does not. */
    public void fail(RuntimeException with) {
        failure = with;
    }

    @Override
    public void settled(ExchangeRecord settled) {
        append(List.of(new LedgerEntry("node-1", settled)));
    }

    @Override
    public synchronized CompletionStage<Void> append(List<LedgerEntry> more) {
        heard.addAll(more);
        CompletionStage<Void> done = ledger.append(more);
        notifyAll();
        return done;
    }

    /** Waits until so many are there; newest first. */
    public synchronized List<LedgerEntry> await(int count) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (heard.size() < count) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError(heard.size() + " entries instead of " + count);
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return heard.stream().sorted(NEWEST).toList();
    }

    @Override
    public CompletionStage<List<UsageRow>> usage(UsageQuery query) {
        return failure == null ? ledger.usage(query) : CompletableFuture.failedFuture(failure);
    }

    @Override
    public CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
        return failure == null ? ledger.exchanges(query) : CompletableFuture.failedFuture(failure);
    }

    @Override
    public CompletionStage<List<LedgerEntry>> find(String name) {
        return failure == null ? ledger.find(name) : CompletableFuture.failedFuture(failure);
    }

    @Override
    public CompletionStage<Long> expire(Instant before, Instant minutes, Instant hours, Instant days) {
        return failure == null ? ledger.expire(before, minutes, hours, days) : CompletableFuture.failedFuture(failure);
    }
}
