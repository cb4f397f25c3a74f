// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.StorageConfig;
import dev.penstock.ledger.CallContent;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.QueryRefused;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageQuery.Step;
import dev.penstock.ledger.UsageRow;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ledger does, whatever is below it. Each test begins with an empty database. */
abstract class LedgerContract {

    static final Instant DAY = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Comparator<LedgerEntry> NEWEST = Comparator.comparing(
                    (LedgerEntry entry) -> entry.exchange().startedAt().toEpochMilli())
            .thenComparing(entry -> entry.exchange().uuid().toString())
            .reversed();

    private StoreRoom room;

    /** A place without tables. */
    abstract StorageConfig.Place emptyPlace() throws Exception;

    /** Past the store, as an administrator has it. */
    abstract Connection byHand() throws Exception;

    /** From now on the table of exchanges takes none of this tenant. */
    abstract void refuse(String tenant) throws Exception;

    /** How the database would find the answer, one step a line. */
    abstract List<String> plan(String sql, Filling query) throws Exception;

    /** Whether a line reads all of the table. */
    abstract boolean isScanOf(String table, String line);

    @BeforeEach
    final void openRoom() throws Exception {
        room = new StoreRoom(emptyPlace());
    }

    @AfterEach
    final void closeRoom() {
        room.close();
    }

    final StoreRoom room() {
        return room;
    }

    @Test
    void whateverIsKnownOfAnExchangeComesBackAsItWas() {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(6);
        List<LedgerEntry> entries =
                Stream.generate(() -> random.strange(DAY, HOUR)).limit(300).toList();
        get(ledger.append(entries));

        List<LedgerEntry> all = get(ledger.exchanges(new ExchangeQuery(DAY, DAY.plus(HOUR), Map.of(), null, 1_000)));

        assertThat(all)
                .containsExactlyElementsOf(entries.stream().sorted(NEWEST).toList());
        LedgerEntry one = entries.get(17);
        assertThat(get(ledger.find(one.exchange().uuid().toString()))).containsExactly(one);
    }

    @Test
    void anEntryThatIsThereAlreadyChangesNothing() {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(1).usual(50, DAY, HOUR);
        List<LedgerEntry> twice = new ArrayList<>(entries);
        twice.addAll(entries.subList(10, 30));
        get(ledger.append(entries.subList(0, 20)));
        get(ledger.append(twice));
        get(ledger.append(twice));
        get(ledger.append(List.of()));

        assertThat(total(ledger)).isEqualTo(NaiveUsage.of(everything(), entries));
        assertThat(get(ledger.exchanges(new ExchangeQuery(DAY, DAY.plus(HOUR), Map.of(), null, 1_000))))
                .hasSize(50);
    }

    @Test
    void writersAtTheSameTimeWithTheSameEntriesAddEachOfThemOnce() {
        List<LedgerEntry> entries = new Entries(2).usual(1_200, DAY, Duration.ofDays(2));
        Random random = new Random(3);
        List<LedgerStore> nodes =
                Stream.generate(room::store).limit(4).map(SqlStore::ledger).toList();
        List<CompletionStage<Void>> appends = new ArrayList<>();
        for (LedgerStore node : nodes) {
            List<LedgerEntry> shuffled = new ArrayList<>(entries);
            Collections.shuffle(shuffled, random);
            for (int i = 0; i < shuffled.size(); i += 100) {
                appends.add(node.append(shuffled.subList(i, i + 100)));
            }
        }
        appends.forEach(LedgerContract::get);

        assertThat(total(nodes.getFirst())).isEqualTo(NaiveUsage.of(everything(), entries));
    }

    @Test
    void usageIsWhatCountingByHandSaysForAnyQuestion() {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(4).usual(3_000, DAY, Duration.ofDays(6));
        get(ledger.append(entries));
        Random random = new Random(5);

        for (int i = 0; i < 150; i++) {
            UsageQuery query = question(random);
            assertThat(withoutCursors(get(ledger.usage(query))))
                    .as("%s", query)
                    .isEqualTo(NaiveUsage.of(query, entries));
        }
    }

    private static UsageQuery question(Random random) {
        Instant from = DAY.minusSeconds(3_600)
                .plusMillis(random.nextLong(Duration.ofDays(6).toMillis()));
        Instant to = from.plusMillis(1
                + random.nextLong(Duration.ofDays(random.nextBoolean() ? 1 : 6).toMillis()));
        List<Dimension> dimensions = new ArrayList<>(List.of(Dimension.values()));
        Collections.shuffle(dimensions, random);
        Map<Dimension, String> where =
                switch (random.nextInt(4)) {
                    case 0 -> Map.of(Dimension.TENANT, "tenant-1", Dimension.FEATURE, "");
                    case 1 -> Map.of(Dimension.MODEL, "model-2", Dimension.OUTCOME, "ok");
                    case 2 -> Map.of(Dimension.KEY, "tenant-2-key-1");
                    default -> Map.of();
                };
        Step step = Step.values()[random.nextInt(Step.values().length)];
        return new UsageQuery(from, to, step, dimensions.subList(0, random.nextInt(4)), where, null, 100_000);
    }

    @Test
    void aQuestionThatEndsNowIsAnsweredAsWell() {
        LedgerStore ledger = room.store().ledger();
        Instant now = Instant.now();
        List<LedgerEntry> entries = new Entries(20).usual(300, now.minus(Duration.ofDays(2)), Duration.ofDays(2));
        get(ledger.append(entries));
        for (Step step : Step.values()) {
            UsageQuery query = usage(now.minus(Duration.ofHours(30)), now, step, List.of(Dimension.MODEL), null, 9_999);

            assertThat(withoutCursors(get(ledger.usage(query))))
                    .as("%s", step)
                    .isEqualTo(NaiveUsage.of(query, entries));
        }
    }

    @Test
    void pagesFollowEachOtherWithoutAGapOrADouble() {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(7).usual(800, DAY, Duration.ofDays(3));
        get(ledger.append(entries));
        for (Step step : Step.values()) {
            for (Dimension second : List.of(Dimension.FEATURE, Dimension.USER)) {
                List<Dimension> by = List.of(Dimension.TENANT, second);
                UsageQuery whole = usage(DAY.plusSeconds(1_000), DAY.plus(Duration.ofDays(3)), step, by, null, 100_000);
                List<UsageRow> pages = new ArrayList<>();
                List<UsageRow> page = get(ledger.usage(usage(whole.from(), whole.to(), step, by, null, 37)));
                while (!page.isEmpty()) {
                    pages.addAll(page);
                    page = get(ledger.usage(usage(
                            whole.from(), whole.to(), step, by, page.getLast().cursor(), 37)));
                }

                assertThat(pages).isEqualTo(get(ledger.usage(whole)));
                assertThat(withoutCursors(pages)).isEqualTo(NaiveUsage.of(whole, entries));
            }
        }
    }

    @Test
    void aCursorThatNobodyGaveOutIsRefused() {
        LedgerStore ledger = room.store().ledger();
        get(ledger.append(new Entries(8).usual(40, DAY, HOUR)));
        List<Dimension> by = List.of(Dimension.TENANT);
        String given = get(ledger.usage(usage(DAY, DAY.plus(HOUR), Step.TOTAL, by, null, 1)))
                .getFirst()
                .cursor();
        String json = new String(Base64.getUrlDecoder().decode(given), StandardCharsets.UTF_8);

        for (String forged : List.of(
                "",
                "x",
                "' OR 1=1 --",
                given + "A",
                given.substring(4),
                "A".repeat(9_000),
                encoded("null"),
                encoded("[]"),
                encoded("{}"),
                encoded(json.replace("]", ",\"more\"]")),
                encoded(json.replaceFirst(",0,", ",1e99,")),
                encoded(json.replaceFirst(",0,", ",\"0\",")),
                encoded(json.replace("tenant-0", "\\u0000")))) {
            assertThat(refusal(ledger.usage(usage(DAY, DAY.plus(HOUR), Step.TOTAL, by, forged, 1))))
                    .as("%s", forged)
                    .hasMessage("not a cursor of a page before");
        }
        assertThat(refusal(ledger.usage(usage(DAY, DAY.plus(HOUR), Step.TOTAL, List.of(Dimension.FEATURE), given, 1))))
                .hasMessage("the cursor belongs to another question; ask from the beginning");
    }

    @Test
    void questionsThatAreTooLargeAreRefusedInPlainWords() {
        LedgerStore ledger = room.store().ledger();
        Instant later = DAY.plus(Duration.ofDays(8));

        assertThat(refusal(ledger.usage(usage(DAY, later, Step.DAY, List.of(Dimension.USER), null, 10))))
                .hasMessage("usage by key or user is counted from single calls: ask for at most 7 days at once");
        assertThat(refusal(ledger.usage(
                        new UsageQuery(DAY, later, Step.DAY, List.of(), Map.of(Dimension.KEY, "k"), null, 10))))
                .hasMessageContaining("at most 7 days");
        assertThat(refusal(ledger.usage(usage(DAY, DAY, Step.DAY, List.of(), null, 10))))
                .hasMessage("the time must end after it begins");
        assertThat(refusal(ledger.usage(usage(DAY, later, Step.DAY, List.of(), null, 0))))
                .hasMessage("the limit must be from 1 to 100000 rows");
        assertThat(refusal(ledger.usage(usage(Instant.MIN, Instant.MAX, Step.DAY, List.of(), null, 1))))
                .hasMessage("the time must lie between 1970 and 9999");
        assertThat(refusal(ledger.usage(
                        usage(DAY, later, Step.DAY, List.of(Dimension.TENANT, Dimension.TENANT), null, 1))))
                .hasMessage("each dimension can be grouped by once");
        assertThat(refusal(ledger.exchanges(new ExchangeQuery(DAY, later, Map.of(), null, 1_002))))
                .hasMessage("the limit must be from 1 to 1001 exchanges");
    }

    @Test
    void exchangesComeNewestFirstPageByPage() {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(9);
        List<LedgerEntry> entries = new ArrayList<>(random.usual(150, DAY, HOUR));
        // Many in one millisecond: the name decides.
        entries.addAll(random.usual(150, DAY.plusSeconds(60), Duration.ofMillis(1)));
        get(ledger.append(entries));
        List<LedgerEntry> expected = entries.stream()
                .filter(entry -> entry.exchange().tenant().equals("tenant-3"))
                .sorted(NEWEST)
                .toList();

        List<LedgerEntry> pages = new ArrayList<>();
        List<LedgerEntry> page = List.of();
        do {
            UUID last = pages.isEmpty() ? null : pages.getLast().exchange().uuid();
            page = get(ledger.exchanges(
                    new ExchangeQuery(DAY, DAY.plus(HOUR), Map.of(Dimension.TENANT, "tenant-3"), last, 7)));
            pages.addAll(page);
        } while (!page.isEmpty());

        assertThat(pages).isEqualTo(expected);
    }

    @Test
    void aPageAfterAnExchangeThatHasExpiredGoesOnAtItsTime() {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(10).usual(20, DAY, HOUR);
        get(ledger.append(entries));
        UUID gone = new Entries(11).uuid(DAY.plusSeconds(1_800));

        assertThat(get(ledger.exchanges(new ExchangeQuery(DAY, DAY.plus(HOUR), Map.of(), gone, 100))))
                .isNotEmpty()
                .allMatch(entry -> entry.exchange().startedAt().isBefore(DAY.plusSeconds(1_801)));
    }

    @Test
    void anExchangeIsFoundByItsUuidInAnySpellingAndByItsRequestId() {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(12);
        List<LedgerEntry> entries = random.usual(30, DAY, HOUR);
        List<LedgerEntry> namesakes = Stream.generate(() -> random.strange(DAY, HOUR))
                .filter(entry -> entry.exchange().id().startsWith("nul \u0000"))
                .limit(3)
                .sorted(NEWEST)
                .toList();
        get(ledger.append(entries));
        get(ledger.append(namesakes));
        LedgerEntry one = entries.get(5);
        String uuid = one.exchange().uuid().toString();

        for (String name : List.of(uuid, uuid.replace("-", ""), uuid.toUpperCase(java.util.Locale.ROOT))) {
            assertThat(get(ledger.find(name))).as(name).containsExactly(one);
        }
        assertThat(get(ledger.find("nul \u0000 inside"))).isEqualTo(namesakes);
        for (String name : List.of("", "nobody", "%", "zz".repeat(16), "\u0661".repeat(32), "' OR 1=1 --")) {
            assertThat(get(ledger.find(name))).as(name).isEmpty();
        }
    }

    @Test
    void ofManyNamesakesAHundredAreFound() {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(13);
        List<LedgerEntry> namesakes = Stream.generate(() -> random.strange(DAY, HOUR))
                .filter(entry -> entry.exchange().id().equals("acme"))
                .limit(130)
                .sorted(NEWEST)
                .toList();
        get(ledger.append(namesakes));

        assertThat(get(ledger.find("acme"))).isEqualTo(namesakes.subList(0, 100));
    }

    @Test
    void namesThatNobodyConfiguredMakeNoRowsInTheSums() throws Exception {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(14);
        List<LedgerEntry> invented = Stream.generate(() -> random.strange(DAY, HOUR))
                .filter(entry -> entry.exchange().error() == dev.penstock.exchange.GatewayError.Kind.MODEL_NOT_FOUND)
                .limit(40)
                .toList();
        get(ledger.append(invented));

        assertThat(get(ledger.usage(usage(DAY, DAY.plus(HOUR), Step.TOTAL, List.of(Dimension.MODEL), null, 100))))
                .singleElement()
                .matches(row -> row.exchanges() == 40 && row.group().equals(List.of("")));
        assertThat(number("SELECT count(*) FROM penstock_usage_days WHERE model <> ''"))
                .isZero();
    }

    @Test
    void anEntryThatTheDatabaseRefusesIsSetAsideAndHoldsNobodyElseUp() throws Exception {
        SqlStore store = room.store();
        LedgerStore ledger = store.ledger();
        List<LedgerEntry> entries = new Entries(15).usual(60, DAY, HOUR);
        List<LedgerEntry> some = new ArrayList<>(entries);
        LedgerEntry refused = Entries.of("evil", entries.get(20));
        some.set(20, refused);
        get(ledger.append(entries.subList(0, 1)));
        refuse("evil");

        get(ledger.append(some));
        get(ledger.append(some));

        List<LedgerEntry> others =
                some.stream().filter(entry -> entry != refused).toList();
        assertThat(total(ledger)).isEqualTo(NaiveUsage.of(everything(), others));
        assertThat(store.ledgerSetAside()).isEqualTo(1);
        assertThat(number("SELECT count(*) FROM penstock_ledger_aside WHERE uuid = '"
                        + refused.exchange().uuid() + "' AND entry LIKE '%tenant=evil%'"))
                .isEqualTo(1);
    }

    @Test
    void anAbsurdNumberDoesNotMakeTheSumsUnreadable() {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(16)
                .usual(30, DAY, HOUR).stream()
                        .map(entry -> Entries.at(Long.MAX_VALUE, entry))
                        .toList();
        get(ledger.append(entries));

        assertThat(total(ledger)).singleElement().matches(row -> row.nanoUsd() == 30 * 1_000_000_000_000_000L);
        assertThat(get(ledger.find(entries.getFirst().exchange().uuid().toString())))
                .containsExactly(entries.getFirst());
    }

    @Test
    void whatIsOldGoesLevelByLevelAndLongerRowsAnswerForShorterOnes() throws Exception {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(17).usual(5_000, DAY, Duration.ofDays(10));
        get(ledger.append(entries));
        Instant day3 = DAY.plus(Duration.ofDays(3));
        Instant day5 = DAY.plus(Duration.ofDays(5)).plusSeconds(7_777);
        Instant day7 = DAY.plus(Duration.ofDays(7)).plusSeconds(4_321);
        long before = number("SELECT count(*) FROM penstock_exchanges");

        long gone = get(ledger.expire(day7, day7, day5, day3));

        assertThat(before).isEqualTo(5_000);
        assertThat(gone).isGreaterThan(5_000);
        assertThat(get(ledger.expire(day7, day7, day5, day3))).isZero();
        assertThat(number("SELECT count(*) FROM penstock_exchanges"))
                .isEqualTo(entries.stream()
                        .filter(entry -> !entry.exchange().startedAt().isBefore(day7))
                        .count());
        assertThat(number("SELECT min(start) FROM penstock_usage_minutes"))
                .isGreaterThanOrEqualTo(
                        DAY.plus(Duration.ofDays(7)).plusSeconds(3_600).toEpochMilli());

        // Minutes are gone: the hour is known. Hours are gone: the day is. Days are gone: nothing is.
        Instant end = DAY.plus(Duration.ofDays(10));
        assertAnswers(ledger, entries, day7.minusSeconds(9_000), end, DAY.plus(Duration.ofHours(6 * 24 + 22)));
        assertAnswers(
                ledger, entries, DAY.plus(Duration.ofDays(4)).plusSeconds(1_234), end, DAY.plus(Duration.ofDays(4)));
        assertAnswers(ledger, entries, DAY, end, day3);
    }

    private static void assertAnswers(
            LedgerStore ledger, List<LedgerEntry> entries, Instant asked, Instant to, Instant known) {
        UsageQuery query = usage(asked, to, Step.TOTAL, List.of(), null, 10);
        UsageRow answer = get(ledger.usage(query)).getFirst();
        UsageQuery whole = usage(known, to, Step.TOTAL, List.of(), null, 10);
        assertThat(answer.exchanges())
                .isEqualTo(NaiveUsage.of(whole, entries).getFirst().exchanges());
        assertThat(answer.start()).isBeforeOrEqualTo(asked);
    }

    private static LedgerEntry said(LedgerEntry entry, Instant expires, String text) {
        return new LedgerEntry(
                entry.node(),
                entry.exchange(),
                new CallContent(
                        expires,
                        new CallContent.Said(text, 70_000, true, 2),
                        new CallContent.Said("answer to " + text, 17, false, 0)));
    }

    @Test
    void whatWasSaidIsKeptBesideItsExchangeOnceAndToldOnlyToThoseWhoAskForIt() throws Exception {
        LedgerStore ledger = room.store().ledger();
        Instant later = Instant.parse("2999-01-01T00:00:00Z");
        List<LedgerEntry> entries = new Entries(21).usual(3, DAY, HOUR);
        LedgerEntry one = said(entries.get(0), later, "gr\u00fcn \ud83c\udf88 \"%s\"; DROP TABLE penstock_contents --");
        get(ledger.append(List.of(one, entries.get(1))));
        get(ledger.append(List.of(said(entries.get(0), later, "something else"), said(entries.get(1), later, "late"))));
        get(ledger.append(List.of(said(entries.get(2), later, "nul \u0000 inside"))));

        assertThat(get(ledger.content(one.exchange().uuid()))).contains(one.content());
        assertThat(get(ledger.content(entries.get(1).exchange().uuid()))).isEmpty();
        assertThat(get(ledger.content(new UUID(1, 2)))).isEmpty();
        assertThat(get(ledger.content(entries.get(2).exchange().uuid()))
                        .orElseThrow()
                        .request()
                        .text())
                .isEqualTo("nul \uFFFD inside");
        assertThat(get(ledger.find(one.exchange().uuid().toString()))).containsExactly(entries.get(0));
        assertThat(number("SELECT count(*) FROM penstock_contents")).isEqualTo(2);
    }

    @Test
    void whatWasSaidGoesWhenItsTimeIsOverInBatchesAndWithItsExchangeAtTheLatest() throws Exception {
        LedgerStore ledger = room.store().ledger();
        Instant now = Instant.now();
        Instant later = now.plus(Duration.ofDays(1));
        List<LedgerEntry> entries = new Entries(22).usual(600, DAY, HOUR);
        List<LedgerEntry> all = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            all.add(
                    i % 2 == 0
                            ? said(entries.get(i), now.minusSeconds(i), "over")
                            : said(entries.get(i), later, "kept"));
        }
        get(ledger.append(all));
        // Before it is deleted it is not told any more.
        assertThat(get(ledger.content(all.get(0).exchange().uuid()))).isEmpty();

        assertThat(get(ledger.expireContent(now))).isEqualTo(300);

        assertThat(get(ledger.expireContent(now))).isZero();
        assertThat(number("SELECT count(*) FROM penstock_contents")).isEqualTo(300);
        assertThat(get(ledger.content(all.get(1).exchange().uuid()))).isPresent();
        assertThat(number("SELECT count(*) FROM penstock_exchanges")).isEqualTo(600);
        get(ledger.expire(DAY.plus(HOUR), DAY, DAY, DAY));
        assertThat(number("SELECT count(*) FROM penstock_contents")).isZero();
    }

    @Test
    void nodesThatDeleteAtTheSameTimeDeleteEachRowOnce() throws Exception {
        List<LedgerStore> nodes =
                Stream.generate(room::store).limit(3).map(SqlStore::ledger).toList();
        List<LedgerEntry> entries = new Entries(18).usual(6_000, DAY, HOUR);
        get(nodes.getFirst().append(entries));
        Instant later = DAY.plus(Duration.ofDays(2));
        long minutes = number("SELECT count(*) FROM penstock_usage_minutes");
        List<CompletionStage<Long>> gone =
                nodes.stream().map(node -> node.expire(later, later, DAY, DAY)).toList();

        long sum = gone.stream().mapToLong(LedgerContract::get).sum();

        assertThat(sum).isEqualTo(6_000 + minutes);
        assertThat(number("SELECT count(*) FROM penstock_exchanges")).isZero();
        assertThat(number("SELECT sum(exchanges) FROM penstock_usage_hours")).isEqualTo(6_000);
    }

    @Test
    void aQuestionThatTakesTooLongIsEndedAndTheNextOneIsAnswered() {
        Database database = database();
        Migrations migrations = new Migrations(database, true);
        java.util.concurrent.locks.Lock turn = new java.util.concurrent.locks.ReentrantLock();
        dev.penstock.exchange.Ticker ticker = dev.penstock.exchange.Ticker.system();
        try (SqlWorker asked = new SqlWorker(database, migrations, SqlWorker.Duty.USAGE, turn, ticker);
                SqlWorker other = new SqlWorker(database(), migrations, SqlWorker.Duty.LEDGER, turn, ticker)) {
            StoreFailed failed = StoreRoom.failure(asked.read(connection -> {
                try (PreparedStatement endless = connection.prepareStatement(
                                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 - x FROM c) SELECT count(*) FROM c");
                        Patience patience = new Patience(endless)) {
                    patience.begin(Duration.ofMillis(300), other);
                    return endless.executeQuery().next();
                }
            }));

            assertThat(failed).hasMessage(database.name() + " was asked for too much at once");
            assertThat(failed.isRefused()).isTrue();
            assertThat(asked.standing().state()).isEqualTo(StoreHealth.State.UP);
            assertThat(StoreRoom.get(asked.read(LedgerExpiry::since))).hasSize(3);
        }
    }

    abstract Database database();

    @Test
    void noQuestionReadsATableWithoutAnIndexAndNoneOfRollUpsSingleExchanges() throws Exception {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(19);
        for (int i = 0; i < 20; i++) {
            List<LedgerEntry> entries = new ArrayList<>(random.usual(900, DAY, Duration.ofDays(30)));
            entries.addAll(Stream.generate(() -> random.own(DAY, Duration.ofDays(30)))
                    .limit(100)
                    .toList());
            get(ledger.append(entries));
        }
        byHand("ANALYZE");
        Instant end = DAY.plus(Duration.ofDays(29)).plusSeconds(5_000);
        for (Step step : Step.values()) {
            for (Dimension dimension : Dimension.values()) {
                if (dimension.isRolledUp()) {
                    UsageQuery query = usage(end.minus(Duration.ofDays(29)), end, step, List.of(dimension), null, 100);
                    UsageSql sql = new UsageSql(query, null, Map.of(), end);

                    assertThat(plan(sql.text(), sql::fill))
                            .as("%s", query)
                            .noneMatch(line -> line.contains("penstock_exchanges"));
                }
            }
        }
        long to = end.toEpochMilli();
        long from = to - HOUR.toMillis();
        EntryScan all = EntryScan.counted(from, to, Map.of(Dimension.KEY, "k"));
        EntryScan ofTenant = EntryScan.back(from, to, Map.of(Dimension.TENANT, "tenant-3"), new UUID(to << 16, 0));
        LedgerEntry one = random.usual(DAY, HOUR);
        for (List<String> plan : List.of(
                plan(all.text(), select -> all.fill(select, 100)),
                plan(ofTenant.text(), select -> ofTenant.fill(select, 100)),
                plan(LedgerTable.ONE, select -> new RowValues(select)
                        .bytes(CallKey.of(one.exchange().uuid()))),
                plan(LedgerTable.NAMESAKES, select -> new RowValues(select)
                        .text(one.exchange().id())
                        .number(100)))) {
            assertThat(plan).noneMatch(line -> isScanOf("penstock_exchanges", line));
            assertThat(plan).anyMatch(line -> line.contains("penstock_exchanges"));
        }
    }

    @Test
    void aCallWhoseRequestHasTheNameThatTheGatewayGaveItIsFoundByIt() {
        LedgerStore ledger = room.store().ledger();
        Entries random = new Entries(23);
        LedgerEntry own = random.own(DAY, HOUR);
        LedgerEntry other = random.own(DAY, HOUR);
        String name = own.exchange().id();
        // A caller may send a name that the gateway has given to another call.
        LedgerEntry copy = Entries.called(name, random.usual(DAY.plus(HOUR), HOUR));
        get(ledger.append(List.of(own, other, copy)));

        assertThat(name).startsWith("req_");
        assertThat(get(ledger.find(name))).containsExactly(copy, own);
        assertThat(get(ledger.find(own.exchange().uuid().toString()))).containsExactly(own);
        assertThat(get(ledger.find("req_" + copy.exchange().uuid().toString().replace("-", ""))))
                .isEmpty();
    }

    @Test
    void exchangesWithAnyValueAreFoundAmongManyOthers() {
        LedgerStore ledger = room.store().ledger();
        List<LedgerEntry> entries = new Entries(24).usual(5_000, DAY, HOUR);
        get(ledger.append(entries));
        for (Map<Dimension, String> where : List.of(
                Map.of(Dimension.USER, "user-3"),
                Map.of(Dimension.OUTCOME, "fallback", Dimension.MODEL, "model-1"),
                Map.of(Dimension.TENANT, "tenant-2", Dimension.KEY, "tenant-2-key-1", Dimension.FEATURE, ""),
                Map.of(Dimension.PROVIDER, "nobody"))) {
            List<LedgerEntry> expected = entries.stream()
                    .filter(entry -> where.entrySet().stream()
                            .allMatch(one -> CallGroup.value(one.getKey(), entry.exchange())
                                    .equals(one.getValue())))
                    .sorted(NEWEST)
                    .limit(60)
                    .toList();

            assertThat(get(ledger.exchanges(new ExchangeQuery(DAY, DAY.plus(HOUR), where, null, 60))))
                    .as("%s", where)
                    .isEqualTo(expected);
        }
    }

    /** Fills in a statement's parameters. */
    @FunctionalInterface
    interface Filling {
        void fill(PreparedStatement statement) throws SQLException;
    }

    final void byHand(String sql) throws Exception {
        try (Connection connection = byHand();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    final long number(String sql) throws Exception {
        try (Connection connection = byHand();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static UsageQuery everything() {
        return usage(DAY.minus(Duration.ofDays(1)), DAY.plus(Duration.ofDays(40)), Step.TOTAL, List.of(), null, 10);
    }

    private static List<UsageRow> total(LedgerStore ledger) {
        return withoutCursors(get(ledger.usage(everything())));
    }

    private static UsageQuery usage(Instant from, Instant to, Step step, List<Dimension> by, String after, int limit) {
        return new UsageQuery(from, to, step, by, Map.of(), after, limit);
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private static List<UsageRow> withoutCursors(List<UsageRow> rows) {
        return rows.stream()
                .map(r -> new UsageRow(
                        r.start(),
                        r.group(),
                        r.exchanges(),
                        r.failures(),
                        r.attempts(),
                        r.inputTokens(),
                        r.cachedInputTokens(),
                        r.cacheWriteTokens(),
                        r.outputTokens(),
                        r.reasoningTokens(),
                        r.estimated(),
                        r.nanoUsd(),
                        r.unpriced(),
                        r.durationNanos(),
                        r.ttftNanos(),
                        r.ttftCalls(),
                        ""))
                .toList();
    }

    static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("failed: " + e.getCause(), e.getCause());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static Throwable failure(CompletionStage<?> stage) {
        try {
            Object answer = stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
            throw new AssertionError("no failure but " + answer);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static QueryRefused refusal(CompletionStage<?> stage) {
        Throwable failure = failure(stage);
        assertThat(failure).isInstanceOf(QueryRefused.class);
        return (QueryRefused) failure;
    }
}
