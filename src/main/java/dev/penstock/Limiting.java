// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.PriceTable;
import dev.penstock.config.LimitsConfig;
import dev.penstock.config.LimitsConfig.Store;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import dev.penstock.idempotency.Idempotency;
import dev.penstock.quota.Admission;
import dev.penstock.quota.BudgetShare;
import dev.penstock.quota.CounterStore;
import dev.penstock.quota.LeaseStore;
import dev.penstock.quota.Leases;
import dev.penstock.quota.Limiter;
import dev.penstock.quota.MemoryLeases;
import dev.penstock.store.RedisLeases;
import dev.penstock.telemetry.Alerts;
import dev.penstock.telemetry.Metrics;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Limits of the process: what it has leased, and from where; and the named calls, which are kept in the same place. A change of the store takes a restart. */
final class Limiting implements AutoCloseable {

    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    /** Names of tenants and features are of the configuration, or capped by it; this is for what nobody has thought of. */
    private static final int MOST_BUDGETS = 500;

    private final Leases book;
    private final @Nullable RedisLeases redis;
    private final NamedCalls named;
    private final boolean alone;
    /** Counted before this process began. */
    private final Map<String, CounterStore.Row> earlier;

    private volatile PriceTable prices;

    private Limiting(
            Leases book,
            @Nullable RedisLeases redis,
            NamedCalls named,
            boolean alone,
            List<CounterStore.Row> earlier,
            PriceTable prices) {
        this.alone = alone;
        this.earlier = earlier.stream().collect(Collectors.toUnmodifiableMap(CounterStore.Row::counter, row -> row));
        this.book = book;
        this.redis = redis;
        this.named = named;
        this.prices = prices;
    }

    static Limiting open(
            Snapshot snapshot,
            Vertx vertx,
            ClusterLink link,
            Ticker ticker,
            Metrics metrics,
            Alerts alerts,
            List<CounterStore.Row> counted) {
        LimitsConfig limits = snapshot.access().limits();
        RedisLeases redis = limits.store() instanceof Store.Redis server
                ? new RedisLeases(
                        vertx,
                        ((VertxInternal) vertx).createEventLoopContext(),
                        server.url(),
                        ticker,
                        RandomGenerator.of("L64X128MixRandom"))
                : null;
        LeaseStore shared = redis == null ? link.leases() : redis;
        LeaseStore store = shared == null ? new MemoryLeases(ticker) : shared;
        store.restore(counted);
        Leases book = new Leases(limits, store, link.node(), link::nodes, ticker, metrics.limits(alerts));
        NamedCalls named = NamedCalls.open(snapshot, vertx, link, ticker, metrics.idempotency());
        return new Limiting(book, redis, named, shared == null, counted, prices(snapshot));
    }

    /** What is to be kept of the counts. A cluster forgets them with its last node, so each keeps what it knows; Redis keeps them itself. */
    List<CounterStore.Row> rows() {
        if (redis != null) {
            return List.of();
        }
        return alone ? book.rows().stream().map(this::withEarlier).toList() : book.rows();
    }

    private CounterStore.Row withEarlier(CounterStore.Row row) {
        CounterStore.Row before = earlier.get(row.counter());
        return before == null || before.window() != row.window()
                ? row
                : new CounterStore.Row(
                        row.counter(),
                        row.window(),
                        row.endsAtMillis(),
                        before.used() + row.used(),
                        row.updatedMillis());
    }

    /** Whether the counts that nodes share cannot be reached. */
    boolean isCutOff() {
        return !alone && !book.isUp();
    }

    /** What is used of each budget, from 0 to 1, by names for people. */
    Map<String, Double> budgets() {
        return book.budgets().stream().collect(Collectors.toMap(BudgetShare::inWords, BudgetShare::used, Math::max));
    }

    /** What budgets a person watches. */
    void measure(Metrics metrics) {
        metrics.levels(
                "penstock_budget_used_ratio",
                "Part of a budget that is used in its present window, as far as this node knows.",
                List.of("scope", "name", "period"),
                () -> book.budgets().stream()
                        .filter(BudgetShare::isOfFew)
                        .limit(MOST_BUDGETS)
                        .collect(Collectors.toMap(
                                budget -> List.of(
                                        budget.scope().name().toLowerCase(Locale.ROOT),
                                        budget.name(),
                                        budget.period().name().toLowerCase(Locale.ROOT)),
                                BudgetShare::used,
                                Math::max)));
    }

    void start(EventLoop loop) {
        book.start(new VertxTimers(loop));
    }

    Admission admission(EventLoop loop) {
        return new Limiter(book, loop, new VertxTimers(loop));
    }

    Idempotency idempotency(EventLoop loop) {
        return named.on(loop);
    }

    /** What calls cost, by the configuration in force. */
    PriceBook prices() {
        return new PriceBook() {
            @Override
            public long nanoUsd(Target target, Usage usage, Instant at) {
                return prices.nanoUsd(target, usage, at);
            }

            @Override
            public String version() {
                return prices.version();
            }

            @Override
            public long nanoUsdPerPromptToken(Target target, long promptTokens, Instant at) {
                return prices.nanoUsdPerPromptToken(target, promptTokens, at);
            }

            @Override
            public long nanoUsdPerOutputToken(Target target, long promptTokens, Instant at) {
                return prices.nanoUsdPerOutputToken(target, promptTokens, at);
            }
        };
    }

    private static PriceTable prices(Snapshot snapshot) {
        return new PriceTable(snapshot.access().limits().prices().providers());
    }

    void reload(Snapshot snapshot) {
        prices = prices(snapshot);
        book.reload(snapshot.access().limits());
        named.reload(snapshot);
    }

    /** Gives back what nobody uses. Blocks for two seconds at most. */
    @Override
    public void close() {
        try {
            book.close().get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // What was leased ends with its window.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (redis != null) {
            redis.close();
        }
        named.close();
    }
}
