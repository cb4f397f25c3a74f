// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.auth.StoredKey;
import dev.penstock.config.StorageConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.CounterStore;
import dev.penstock.switches.StoredSwitch;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Stores on one place, closed at the end of a test, and short words for asking them. */
final class StoreRoom implements AutoCloseable {

    static final Instant SOME_TIME = Instant.parse("2026-03-01T10:00:00.123Z");
    static final long NEVER = Long.MAX_VALUE;

    private final StorageConfig.Place place;
    private final List<SqlStore> open = new ArrayList<>();

    StoreRoom(StorageConfig.Place place) {
        this.place = place;
    }

    SqlStore store() {
        return store(true);
    }

    SqlStore store(boolean migrate) {
        SqlStore store = SqlStore.of(new StorageConfig(place, migrate), Ticker.system());
        open.add(store);
        return store;
    }

    @Override
    public void close() {
        open.forEach(SqlStore::close);
    }

    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("failed: " + e.getCause(), e.getCause());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static StoreFailed failure(Future<?> future) {
        try {
            Object answer = future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
            throw new AssertionError("no failure but " + answer);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(StoreFailed.class);
            return (StoreFailed) e.getCause();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** For what a thread of the store does on its own: looks until it is so. */
    static void until(Duration atMost, String what, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }

    static StoredKey key(String id) {
        return new StoredKey(
                id, new byte[] {1, -2, 3}, "acme", "", SOME_TIME, null, List.of(), List.of(), List.of(), null, "");
    }

    static StoredKey fullKey(String id) {
        return new StoredKey(
                id,
                new byte[] {0, 127, -128, -1},
                "acme",
                "writer",
                SOME_TIME.plusMillis(1),
                SOME_TIME.plusSeconds(60),
                List.of("chat", "o'brien \"%s\", ünï"),
                List.of("summary"),
                List.of("10.0.0.0/8", "2001:db8::/32"),
                SOME_TIME.plusSeconds(30),
                "k9");
    }

    static StoredSwitch flip(String object, boolean enabled, long version, String node) {
        return new StoredSwitch(
                object, false, enabled, 100, List.of(), "drill", "admin-token", SOME_TIME, null, version, node);
    }

    static CounterStore.Row row(String counter, long window, long used, long updated) {
        return new CounterStore.Row(counter, window, NEVER, used, updated);
    }
}
