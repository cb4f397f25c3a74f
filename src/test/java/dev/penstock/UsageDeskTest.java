// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Ticker;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UsageDeskTest {

    private static final int ROWS = 10_000;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Set<String> readers = ConcurrentHashMap.newKeySet();

    @AfterEach
    void end() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> done) throws Exception {
        return done.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** Of a group that notes who reads it. */
    private UsageRow row(int number) {
        List<String> group = new AbstractList<>() {
            @Override
            public String get(int index) {
                readers.add(Context.isOnEventLoopThread() ? "event loop" : "other");
                return "tenant-" + number;
            }

            @Override
            public int size() {
                return 1;
            }
        };
        return new UsageRow(Instant.EPOCH, group, 1, 0, 1, 2, 0, 0, 3, 0, 0, 4, 0, 5, 6, 1, "c");
    }

    private <T> T onLoop(Supplier<Future<T>> asked) throws Exception {
        Promise<T> done = Promise.promise();
        loop.runOnContext(go -> asked.get().onComplete(result -> {
            readers.add(Vertx.currentContext() == loop ? "answered on its loop" : "answered elsewhere");
            done.handle(result);
        }));
        return await(done.future());
    }

    @Test
    void tenThousandRowsAreMadeIntoTextWhereNobodyWaits() throws Exception {
        UsageDesk desk = new UsageDesk(new Full(), Ticker.system());
        MultiMap query = MultiMap.caseInsensitiveMultiMap().add("by", "tenant").add("limit", "10000");

        String json = onLoop(() -> desk.usage(query, null)).body();
        String csv = onLoop(() -> desk.usage(new Identity("acme", "", "key"), query, "text/csv"))
                .body();

        assertThat(new JsonObject(json).getJsonArray("rows")).hasSize(ROWS);
        assertThat(csv.lines()).hasSize(ROWS + 1);
        assertThat(readers).containsExactlyInAnyOrder("other", "answered on its loop");
    }

    private final class Full implements LedgerStore {

        @Override
        public CompletionStage<Void> append(List<LedgerEntry> entries) {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<List<UsageRow>> usage(UsageQuery query) {
            List<UsageRow> rows = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                rows.add(row(i));
            }
            return CompletableFuture.completedStage(rows);
        }

        @Override
        public CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
            return CompletableFuture.completedStage(List.of());
        }

        @Override
        public CompletionStage<List<LedgerEntry>> find(String name) {
            return CompletableFuture.completedStage(List.of());
        }

        @Override
        public CompletionStage<Long> expire(Instant a, Instant b, Instant c, Instant d) {
            return CompletableFuture.completedStage(0L);
        }
    }
}
