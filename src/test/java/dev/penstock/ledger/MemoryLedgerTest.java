// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.ledger.UsageQuery.Step;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class MemoryLedgerTest {

    private static final Instant FROM = Instant.parse("2026-11-20T00:00:00Z");
    private static final Instant TO = Instant.parse("2026-11-21T00:00:00Z");

    private final List<LedgerEntry> entries = new RandomExchanges(41)
            .take(500).stream().map(one -> new LedgerEntry("n", one)).toList();
    private final MemoryLedger ledger = new MemoryLedger(10_000);

    @Test
    void whatIsWrittenTwiceStandsThereOnce() {
        ledger.append(entries);
        ledger.append(entries);
        assertThat(usage(Step.TOTAL, List.of(), Map.of())).singleElement().matches(row -> row.exchanges() == 500);
    }

    @Test
    void aCursorThatNobodyGaveOutIsRefused() {
        ledger.append(entries);
        for (String cursor : new String[] {"!", "AAAA", "MTIz"}) {
            assertThat(ledger.usage(new UsageQuery(FROM, TO, Step.HOUR, List.of(), Map.of(), cursor, 10)))
                    .failsWithin(Duration.ZERO)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(QueryRefused.class);
        }
    }

    @Test
    void theNewestStay() {
        MemoryLedger small = new MemoryLedger(100);
        entries.forEach(entry -> small.append(List.of(entry)));
        for (LedgerEntry entry : entries) {
            boolean there = !get(small.find(entry.exchange().uuid().toString())).isEmpty();
            assertThat(there).isEqualTo(entries.indexOf(entry) >= 400);
        }
    }

    private static CallContent content(Instant expires, int length) {
        return new CallContent(
                expires,
                new CallContent.Said("q".repeat(length), length, false, 0),
                new CallContent.Said("a".repeat(length), length, false, 0));
    }

    @Test
    void whatWasSaidStaysAsLongAsThereIsRoomAndItsTimeIsNotOver() {
        ManualTime time = new ManualTime();
        MemoryLedger small = new MemoryLedger(100, 1_000, time);
        Instant soon = time.now().plusSeconds(60);
        List<LedgerEntry> said = entries.stream()
                .limit(20)
                .map(entry -> new LedgerEntry("n", entry.exchange(), content(soon, 50)))
                .toList();
        small.append(said);
        small.append(said);

        List<Boolean> there = said.stream()
                .map(entry -> get(small.content(entry.exchange().uuid())).isPresent())
                .toList();

        assertThat(there.subList(0, 10)).containsOnly(false);
        assertThat(there.subList(10, 20)).containsOnly(true);
        assertThat(get(small.find(said.get(0).exchange().uuid().toString()))).containsExactly(entries.get(0));
        time.advance(java.time.Duration.ofSeconds(60));
        assertThat(get(small.content(said.get(15).exchange().uuid()))).isEmpty();
        assertThat(get(small.expireContent(time.now()))).isEqualTo(10);
        assertThat(get(small.expireContent(time.now()))).isZero();
    }

    @Test
    void whatWasSaidIsForgottenWithItsExchange() {
        MemoryLedger small = new MemoryLedger(5, 1_000_000, new ManualTime());
        Instant later = Instant.parse("2999-01-01T00:00:00Z");
        entries.stream()
                .limit(10)
                .forEach(entry -> small.append(List.of(new LedgerEntry("n", entry.exchange(), content(later, 5)))));
        for (int i = 0; i < 10; i++) {
            assertThat(get(small.content(entries.get(i).exchange().uuid())).isPresent())
                    .isEqualTo(i >= 5);
        }
        small.expire(later, later, later, later);
        assertThat(get(small.content(entries.get(9).exchange().uuid()))).isEmpty();
    }

    @Test
    void usageAgreesWithACountByHand() {
        ledger.append(entries);
        Map<String, List<ExchangeRecord>> byHand = entries.stream()
                .map(LedgerEntry::exchange)
                .collect(Collectors.groupingBy(
                        x -> x.outcome().label() + x.startedAt().truncatedTo(ChronoUnit.MINUTES)));
        List<UsageRow> rows = usage(Step.MINUTE, List.of(Dimension.OUTCOME), Map.of());
        assertThat(rows).hasSameSizeAs(byHand.keySet());
        for (UsageRow row : rows) {
            List<ExchangeRecord> same = byHand.get(row.group().get(0) + row.start());
            assertThat(row.exchanges()).isEqualTo(same.size());
            assertThat(row.inputTokens())
                    .isEqualTo(same.stream()
                            .mapToLong(x -> x.usage().inputTokens())
                            .sum());
            assertThat(row.unpriced())
                    .isEqualTo(same.stream().filter(x -> x.nanoUsd() < 0).count());
        }
        assertThat(rows).isSortedAccordingTo((a, b) -> a.start().compareTo(b.start()));
    }

    @Test
    void usageIsReadPageByPageAndFiltered() {
        ledger.append(entries);
        List<Dimension> by = List.of(Dimension.TENANT, Dimension.PROVIDER);
        List<UsageRow> all = usage(Step.HOUR, by, Map.of());
        List<UsageRow> paged = new ArrayList<>();
        String after = null;
        while (true) {
            List<UsageRow> page = get(ledger.usage(new UsageQuery(FROM, TO, Step.HOUR, by, Map.of(), after, 3)));
            if (page.isEmpty()) {
                break;
            }
            paged.addAll(page);
            after = page.get(page.size() - 1).cursor();
        }
        assertThat(paged).isEqualTo(all);
        assertThat(usage(Step.HOUR, by, Map.of(Dimension.PROVIDER, "p1")))
                .isEqualTo(all.stream()
                        .filter(row -> row.group().get(1).equals("p1"))
                        .toList());
    }

    @Test
    void exchangesComeNewestFirstPageByPage() {
        ledger.append(entries);
        List<LedgerEntry> all = get(ledger.exchanges(new ExchangeQuery(FROM, TO, Map.of(), null, 1_000)));
        assertThat(all).hasSize(500);
        assertThat(all)
                .isSortedAccordingTo((a, b) ->
                        b.exchange().startedAt().compareTo(a.exchange().startedAt()));
        List<LedgerEntry> second = get(ledger.exchanges(
                new ExchangeQuery(FROM, TO, Map.of(), all.get(99).exchange().uuid(), 50)));
        assertThat(second).isEqualTo(all.subList(100, 150));
    }

    @Test
    void aCallIsFoundByEitherName() {
        ledger.append(entries);
        LedgerEntry one = entries.get(7);
        String uuid = one.exchange().uuid().toString();
        for (String name : List.of(uuid, uuid.replace("-", ""), one.exchange().id())) {
            assertThat(get(ledger.find(name))).containsExactly(one);
        }
        assertThat(get(ledger.find("nobody"))).isEmpty();
    }

    @Test
    void whatIsOlderGoes() {
        ledger.append(entries);
        Instant middle = Instant.parse("2026-11-20T18:30:00Z");
        long older = entries.stream()
                .filter(entry -> entry.exchange().startedAt().isBefore(middle))
                .count();
        assertThat(get(ledger.expire(middle, FROM, FROM, FROM))).isEqualTo(older);
        assertThat(get(ledger.exchanges(new ExchangeQuery(FROM, TO, Map.of(), null, 1_000))))
                .hasSize(500 - (int) older);
    }

    private List<UsageRow> usage(Step step, List<Dimension> by, Map<Dimension, String> where) {
        return get(ledger.usage(new UsageQuery(FROM, TO, step, by, where, null, 10_000)));
    }

    private static <T> T get(java.util.concurrent.CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }
}
