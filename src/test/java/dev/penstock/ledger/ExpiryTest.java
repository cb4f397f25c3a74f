// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.StorageConfig.Retention;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

final class ExpiryTest {

    private static final Retention RETENTION = new Retention(
            Duration.ofDays(30), Duration.ofDays(7), Duration.ofDays(90), Duration.ofDays(1_000), Duration.ofDays(1));

    private final ManualTime time = new ManualTime();
    private final Asked store = new Asked();
    private final Expiry expiry = new Expiry(store, RETENTION, time, time);

    /** Notes the moments it was asked with, and answers when the test says so. */
    private static final class Asked implements LedgerStore {

        private final List<List<Instant>> asked = new ArrayList<>();
        private final List<CompletableFuture<Long>> answers = new ArrayList<>();
        private final List<Instant> contents = new ArrayList<>();

        @Override
        public CompletionStage<Long> expireContent(Instant now) {
            contents.add(now);
            return CompletableFuture.completedStage(0L);
        }

        @Override
        public CompletionStage<Long> expire(Instant entries, Instant minutes, Instant hours, Instant days) {
            asked.add(List.of(entries, minutes, hours, days));
            answers.add(new CompletableFuture<>());
            return answers.getLast();
        }

        @Override
        public CompletionStage<Void> append(List<LedgerEntry> entries) {
            throw new AssertionError("not asked for");
        }

        @Override
        public CompletionStage<List<UsageRow>> usage(UsageQuery query) {
            throw new AssertionError("not asked for");
        }

        @Override
        public CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
            throw new AssertionError("not asked for");
        }

        @Override
        public CompletionStage<List<LedgerEntry>> find(String name) {
            throw new AssertionError("not asked for");
        }
    }

    @Test
    void eachLevelGoesByItsOwnAge() {
        expiry.start();
        time.advance(Expiry.FIRST);

        Instant now = time.now();
        assertThat(store.asked)
                .containsExactly(List.of(
                        now.minus(Duration.ofDays(30)),
                        now.minus(Duration.ofDays(7)),
                        now.minus(Duration.ofDays(90)),
                        now.minus(Duration.ofDays(1_000))));
    }

    @Test
    void contentGoesByItsOwnMomentAfterTheRest() {
        expiry.start();
        time.advance(Expiry.FIRST);
        assertThat(store.contents).isEmpty();

        store.answers.getLast().complete(5L);

        assertThat(store.contents).containsExactly(time.now());
    }

    @Test
    void itComesAgainEveryFewMinutesAlsoAfterAFailure() {
        expiry.start();
        time.advance(Expiry.FIRST);
        store.answers.getLast().complete(5L);
        time.advance(Expiry.EACH);
        store.answers.getLast().completeExceptionally(new IllegalStateException("away"));
        time.advance(Expiry.EACH);

        assertThat(store.asked).hasSize(3);
    }

    @Test
    void whileOneIsUnderWayNoOtherBegins() {
        expiry.start();
        time.advance(Expiry.FIRST.plus(Expiry.EACH.multipliedBy(3)));
        assertThat(store.asked).hasSize(1);

        store.answers.getLast().complete(0L);
        time.advance(Expiry.EACH);

        assertThat(store.asked).hasSize(2);
    }

    @Test
    void closedItStops() {
        expiry.start();
        expiry.close();
        time.advance(Duration.ofDays(1));

        assertThat(store.asked).isEmpty();
        assertThat(time.pending()).isZero();
    }
}
