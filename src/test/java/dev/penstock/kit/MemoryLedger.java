// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A ledger in memory that hears of settlements itself, and adds up anew for each question. */
public final class MemoryLedger implements LedgerStore, SettlementListener {

    private static final String BETWEEN = "\u001f";
    private static final Comparator<LedgerEntry> NEWEST = Comparator.comparing(
                    (LedgerEntry entry) -> entry.exchange().uuid().toString())
            .reversed();

    private final Map<UUID, LedgerEntry> entries = new TreeMap<>();
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
        more.forEach(entry -> entries.putIfAbsent(entry.exchange().uuid(), entry));
        notifyAll();
        return CompletableFuture.completedFuture(null);
    }

    /** Waits until so many are there. */
    public synchronized List<LedgerEntry> await(int count) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        try {
            while (entries.size() < count) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError(entries.size() + " entries instead of " + count);
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return entries.values().stream().sorted(NEWEST).toList();
    }

    @Override
    public synchronized CompletionStage<List<UsageRow>> usage(UsageQuery query) {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        if (query.after() != null && !query.after().contains(BETWEEN)) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("no cursor"));
        }
        Map<String, List<ExchangeRecord>> groups = new TreeMap<>();
        entries.values().stream()
                .map(LedgerEntry::exchange)
                .filter(e ->
                        !e.startedAt().isBefore(query.from()) && e.startedAt().isBefore(query.to()))
                .filter(e -> matches(e, query.where()))
                .forEach(e -> groups.computeIfAbsent(cursor(e, query), made -> new ArrayList<>())
                        .add(e));
        return CompletableFuture.completedFuture(groups.entrySet().stream()
                .filter(group -> query.after() == null || group.getKey().compareTo(query.after()) > 0)
                .limit(query.limit())
                .map(group -> row(group.getKey(), group.getValue(), query))
                .toList());
    }

    private static String cursor(ExchangeRecord e, UsageQuery query) {
        StringBuilder cursor = new StringBuilder(start(e, query).toString());
        query.by().forEach(dimension -> cursor.append(BETWEEN).append(value(e, dimension)));
        return cursor.append(BETWEEN).toString();
    }

    private static Instant start(ExchangeRecord e, UsageQuery query) {
        return switch (query.step()) {
            case TOTAL -> query.from();
            case MINUTE -> e.startedAt().truncatedTo(ChronoUnit.MINUTES);
            case HOUR -> e.startedAt().truncatedTo(ChronoUnit.HOURS);
            case DAY -> e.startedAt().truncatedTo(ChronoUnit.DAYS);
        };
    }

    private static boolean matches(ExchangeRecord e, Map<Dimension, String> where) {
        return where.entrySet().stream()
                .allMatch(each -> value(e, each.getKey()).equals(each.getValue()));
    }

    private static String value(ExchangeRecord e, Dimension dimension) {
        return switch (dimension) {
            case TENANT -> e.tenant();
            case FEATURE -> e.who().feature();
            case MODEL -> e.alias() == null ? "" : e.alias();
            case PROVIDER -> e.target() == null ? "" : e.target().provider();
            case OUTCOME -> e.outcome().label();
            case KEY -> e.keyId();
            case USER -> e.user();
        };
    }

    private static UsageRow row(String cursor, List<ExchangeRecord> all, UsageQuery query) {
        ExchangeRecord first = all.getFirst();
        Usage sum = all.stream()
                .flatMap(e -> e.tries().stream())
                .map(AttemptRecord::usage)
                .reduce(Usage.NONE, Usage::plus);
        return new UsageRow(
                start(first, query),
                query.by().stream().map(dimension -> value(first, dimension)).toList(),
                all.size(),
                all.stream().filter(MemoryLedger::isFailure).count(),
                all.stream().mapToLong(ExchangeRecord::attempts).sum(),
                sum.inputTokens(),
                sum.cachedInputTokens(),
                sum.cacheWriteTokens(),
                sum.outputTokens(),
                sum.reasoningTokens(),
                all.stream()
                        .filter(e -> e.usage().totalTokens() > 0 && e.usage().estimated())
                        .count(),
                all.stream().mapToLong(e -> Math.max(0, e.nanoUsd())).sum(),
                all.stream().filter(e -> e.nanoUsd() < 0).count(),
                all.stream().mapToLong(ExchangeRecord::durationNanos).sum(),
                all.stream().mapToLong(e -> Math.max(0, e.ttftNanos())).sum(),
                all.stream().filter(e -> e.ttftNanos() >= 0).count(),
                cursor);
    }

    private static boolean isFailure(ExchangeRecord e) {
        return e.outcome() == Outcome.UPSTREAM_ERROR
                || e.outcome() == Outcome.TRUNCATED
                || e.outcome() == Outcome.TIMEOUT;
    }

    @Override
    public synchronized CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        return CompletableFuture.completedFuture(entries.values().stream()
                .filter(entry -> !entry.exchange().startedAt().isBefore(query.from())
                        && entry.exchange().startedAt().isBefore(query.to()))
                .filter(entry -> matches(entry.exchange(), query.where()))
                .filter(entry -> query.before() == null
                        || entry.exchange()
                                        .uuid()
                                        .toString()
                                        .compareTo(query.before().toString())
                                < 0)
                .sorted(NEWEST)
                .limit(query.limit())
                .toList());
    }

    @Override
    public synchronized CompletionStage<List<LedgerEntry>> find(String name) {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        return CompletableFuture.completedFuture(entries.values().stream()
                .filter(entry -> entry.exchange().id().equals(name)
                        || entry.exchange().uuid().toString().replace("-", "").equals(name.replace("-", "")))
                .sorted(NEWEST)
                .limit(100)
                .toList());
    }

    @Override
    public CompletionStage<Long> expire(Instant before, Instant minutes, Instant hours, Instant days) {
        throw new UnsupportedOperationException("nothing asks for it here");
    }
}
