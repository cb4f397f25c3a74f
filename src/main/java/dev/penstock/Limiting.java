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
import dev.penstock.quota.Admission;
import dev.penstock.quota.CounterStore;
import dev.penstock.quota.LeaseStore;
import dev.penstock.quota.Leases;
import dev.penstock.quota.Limiter;
import dev.penstock.quota.MemoryLeases;
import dev.penstock.quota.QuotaListener;
import dev.penstock.store.RedisLeases;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Limits of the process: what it has leased, and from where. A change of the store takes a restart. */
final class Limiting implements AutoCloseable {

    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Leases book;
    private final @Nullable RedisLeases redis;
    private final boolean alone;
    /** Counted before this process began. */
    private final Map<String, CounterStore.Row> earlier;

    private volatile PriceTable prices;

    private Limiting(
            Leases book,
            @Nullable RedisLeases redis,
            boolean alone,
            List<CounterStore.Row> earlier,
            PriceTable prices) {
        this.alone = alone;
        this.earlier = earlier.stream().collect(Collectors.toUnmodifiableMap(CounterStore.Row::counter, row -> row));
        this.book = book;
        this.redis = redis;
        this.prices = prices;
    }

    static Limiting open(
            Snapshot snapshot,
            Vertx vertx,
            ClusterLink link,
            Ticker ticker,
            QuotaListener listener,
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
        LeaseStore store = shared == null ? remembered(ticker, counted) : shared;
        Leases book = new Leases(limits, store, link.node(), link::nodes, ticker, listener);
        return new Limiting(book, redis, shared == null, counted, prices(snapshot));
    }

    private static MemoryLeases remembered(Ticker ticker, List<CounterStore.Row> counted) {
        MemoryLeases memory = new MemoryLeases(ticker);
        memory.restore(counted);
        return memory;
    }

    /** What is to be kept of the counts; where they are shared, who shares them keeps them. */
    List<CounterStore.Row> rows() {
        return alone ? book.rows().stream().map(this::withEarlier).toList() : List.of();
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

    void start(EventLoop loop) {
        book.start(new VertxTimers(loop));
    }

    Admission admission(EventLoop loop) {
        return new Limiter(book, loop, new VertxTimers(loop));
    }

    /** What calls cost, by the configuration in force. */
    PriceBook prices() {
        return new PriceBook() {
            @Override
            public long nanoUsd(Target target, Usage usage, Instant at) {
                return prices.nanoUsd(target, usage, at);
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
    }
}
