// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static dev.penstock.store.StoreRoom.SOME_TIME;
import static dev.penstock.store.StoreRoom.failure;
import static dev.penstock.store.StoreRoom.flip;
import static dev.penstock.store.StoreRoom.fullKey;
import static dev.penstock.store.StoreRoom.get;
import static dev.penstock.store.StoreRoom.key;
import static dev.penstock.store.StoreRoom.row;
import static dev.penstock.store.StoreRoom.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.auth.StoredKey;
import dev.penstock.config.StorageConfig;
import dev.penstock.quota.CounterStore;
import dev.penstock.switches.StoredSwitch;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every SQL store does, whatever is below it. Each test begins with an empty database. */
abstract class SqlStoreContract {

    private StoreRoom room;

    /** A place without tables. */
    abstract StorageConfig.Place emptyPlace() throws Exception;

    /** Past the store, as an administrator has it. */
    abstract Connection byHand() throws Exception;

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
    void keysComeBackAsTheyWere() {
        List<StoredKey> keys = List.of(key("k1"), fullKey("k2"));
        get(room.store().keys().put(keys));

        List<StoredKey> loaded = get(room.store().keys().load());

        assertThat(loaded).isEqualTo(keys);
    }

    @Test
    void aKeyThatIsPutAgainIsReplacedAndEachPutRaisesTheVersion() {
        SqlStore store = room.store();
        long before = get(store.keys().version());
        get(store.keys().put(List.of(key("k1"))));
        long between = get(store.keys().version());
        get(store.keys().put(List.of(fullKey("k1"))));

        assertThat(get(store.keys().load())).containsExactly(fullKey("k1"));
        assertThat(between).isGreaterThan(before);
        assertThat(get(store.keys().version())).isGreaterThan(between);
    }

    @Test
    void allKeysOfAPutAreKeptOrNone() {
        SqlStore store = room.store();
        StoredKey refused =
                new StoredKey("k2", new byte[1], null, "", SOME_TIME, null, List.of(), List.of(), List.of(), null, "");

        StoreFailed failed = failure(store.keys().put(List.of(key("k1"), refused)));

        assertThat(failed.isLasting()).isFalse();
        assertThat(get(store.keys().load())).isEmpty();
        assertThat(get(store.keys().version())).isZero();
        assertThat(store.health().state()).isEqualTo(StoreHealth.State.UP);
    }

    @Test
    void thePepperIsWhatWasOfferedFirst() {
        byte[] first = get(room.store().keys().pepper(new byte[] {1, 2, 3}));
        byte[] second = get(room.store().keys().pepper(new byte[] {4, 5, 6}));

        assertThat(first).containsExactly(1, 2, 3);
        assertThat(second).containsExactly(1, 2, 3);
    }

    @Test
    void theLatestUseOfAKeyHoldsWhoeverTellsOfIt() {
        try (SqlStore store = room.store()) {
            store.keyUses().save(Map.of("k1", SOME_TIME, "k2", SOME_TIME));
            store.keyUses().save(Map.of("k1", SOME_TIME.plusMillis(5)));
        }
        try (SqlStore store = room.store()) {
            store.keyUses().save(Map.of("k1", SOME_TIME, "k2", SOME_TIME.plusMillis(7)));
        }

        assertThat(get(room.store().keyUses().load()))
                .containsOnly(Map.entry("k1", SOME_TIME.plusMillis(5)), Map.entry("k2", SOME_TIME.plusMillis(7)));
    }

    @Test
    void aSwitchComesBackAsItWas() {
        StoredSwitch full = new StoredSwitch(
                "model.chat",
                true,
                true,
                37,
                List.of("acme", "zeta"),
                "it's a \"drill\"",
                "key k1",
                SOME_TIME,
                SOME_TIME.plusSeconds(1),
                1_772_359_200_123L,
                "node-a");
        get(room.store().switches().save(full));

        assertThat(get(room.store().switches().load())).containsExactly(full);
    }

    @Test
    void ofTwoFlipsTheNewerOneHoldsInWhateverOrderTheyCome() {
        SqlStore store = room.store();
        for (StoredSwitch flip : List.of(
                flip("model.a", false, 2, "n"), flip("model.a", true, 1, "n"), // an older one comes late
                flip("model.b", false, 1, "n"), flip("model.b", true, 2, "n"), // in order
                flip("model.c", true, 5, "node-b"), flip("model.c", false, 5, "Node-c"), // capitals come first
                flip("model.d", true, 5, "node-b"), flip("model.d", false, 5, "node-c"))) {
            get(store.switches().save(flip));
        }

        assertThat(get(room.store().switches().load()))
                .containsExactly(
                        flip("model.a", false, 2, "n"),
                        flip("model.b", true, 2, "n"),
                        flip("model.c", true, 5, "node-b"),
                        flip("model.d", false, 5, "node-c"));
    }

    @Test
    void aRowThatTheDatabaseRefusesIsGivenUpAndHoldsNobodyElseUp() {
        SqlStore store = room.store();
        StoredSwitch refused =
                new StoredSwitch("model.a", false, true, 1, List.of(), null, "x", SOME_TIME, null, 1, "n");
        Future<?> bad = store.switches().save(refused);
        Future<?> good = store.switches().save(flip("model.b", true, 1, "n"));

        failure(bad);
        get(good);

        assertThat(get(store.switches().load())).containsExactly(flip("model.b", true, 1, "n"));
        assertThat(store.health())
                .extracting(StoreHealth::state, StoreHealth::pending, StoreHealth::lost)
                .containsExactly(StoreHealth.State.UP, 0, 1L);
    }

    @Test
    void ofTwoRowsOfACounterTheNewestWindowHoldsAndThenTheLaterOne() throws Exception {
        try (SqlStore store = room.store()) {
            store.counters().save(List.of(row("a", 2, 10, 100), row("b", 1, 50, 100), row("c", 1, 50, 100)));
        }
        try (SqlStore store = room.store()) {
            store.counters().save(List.of(row("a", 1, 99, 900), row("b", 1, 40, 200), row("c", 1, 60, 50)));
            store.counters().save(List.of(row("b", 1, 40, 200)));
        }

        Map<String, CounterStore.Row> counters = load(room.store());

        assertThat(counters)
                .containsOnly(
                        Map.entry("a", row("a", 2, 10, 100)),
                        Map.entry("b", row("b", 1, 40, 200)),
                        Map.entry("c", row("c", 1, 50, 100)));
    }

    @Test
    void countersAreWrittenWithinTwoSecondsWithoutAnotherWord() throws Exception {
        SqlStore store = room.store();
        store.counters().save(List.of(row("a", 1, 10, 100)));

        until(Duration.ofSeconds(10), "written", () -> store.health().pending() == 0);

        assertThat(load(room.store())).containsKey("a");
    }

    @Test
    void countersOfWindowsThatEndedAreForgotten() throws Exception {
        try (SqlStore store = room.store()) {
            store.counters().save(List.of(new CounterStore.Row("old", 1, 1_000, 10, 5), row("young", 1, 10, 5)));
        }

        assertThat(load(room.store())).containsOnlyKeys("young");
    }

    @Test
    void moreRowsThanOneBatchAreWritten() throws Exception {
        try (SqlStore store = room.store()) {
            for (int i = 0; i < 1_300; i++) {
                store.counters().save(List.of(row("tenant/" + i + "/usd", 1, i, 1)));
            }
        }

        assertThat(load(room.store())).hasSize(1_300);
    }

    @Test
    void twoStoresSeeEachOthersChangesWithinTwoSeconds() {
        SqlStore here = room.store();
        SqlStore there = room.store();
        AtomicInteger keys = new AtomicInteger();
        AtomicInteger switches = new AtomicInteger();
        get(here.start());
        get(there.start());
        there.watch(StoreTopic.KEYS, keys::incrementAndGet);
        there.watch(StoreTopic.SWITCHES, switches::incrementAndGet);
        get(there.keys().version());
        long start = System.nanoTime();

        get(here.keys().put(List.of(key("k1"))));
        get(here.switches().save(flip("gateway", false, 1, "n")));
        until(Duration.ofSeconds(20), "told", () -> keys.get() > 0 && switches.get() > 0);

        // A look each second; the rest is for a busy machine.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        assertThat(get(there.keys().load())).hasSize(1);
        assertThat(get(there.switches().load())).hasSize(1);
    }

    @Test
    void tablesAreMadeOnceAndFoundAgain() throws Exception {
        get(room.store().start());
        get(room.store().start());
        get(room.store().start());

        assertThat(number("SELECT count(*) FROM penstock_schema WHERE version = '1'"))
                .isEqualTo(1);
    }

    @Test
    void nodesThatStartAtTheSameMomentOnNothingAllStart() {
        SqlStore[] stores = {room.store(), room.store(), room.store()};

        List<Future<Void>> starts = Arrays.stream(stores).map(SqlStore::start).toList();

        get(Future.join(starts));
        for (SqlStore store : stores) {
            until(Duration.ofSeconds(10), "up", () -> store.health().state() == StoreHealth.State.UP);
        }
    }

    @Test
    void tablesOfANewerProgramAreRefusedInPlainWords() throws Exception {
        get(room.store().start());
        byHand(
                "INSERT INTO penstock_schema (installed_rank, version, description, type, script, checksum, installed_by,"
                        + " execution_time, success) VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 1, 'x', 1, true)");
        SqlStore store = room.store();

        StoreFailed failed = failure(store.start());

        assertThat(failed.isLasting()).isTrue();
        assertThat(failed)
                .hasMessage(store.name() + " has schema 99, made by a newer program; this one knows schemas up to 3");
        assertThat(store.health().state()).isEqualTo(StoreHealth.State.DOWN);
        assertThat(failure(store.keys().load())).hasMessage(failed.getMessage());
    }

    @Test
    void withoutLeaveToMigrateTablesThatAreMissingAreToldAndNotMade() throws Exception {
        SqlStore store = room.store(false);

        StoreFailed failed = failure(store.start());

        assertThat(failed.isLasting()).isTrue();
        assertThat(failed)
                .hasMessage(store.name() + " has schema none, this program needs 3, and storage.migrate is false");
        get(room.store(true).start());
        get(room.store(false).start());
    }

    @Test
    void aDatabaseThatWasEmptiedGetsItsTablesAgain() throws Exception {
        SqlStore store = room.store();
        get(store.keys().put(List.of(key("k1"))));
        for (String table : List.of(
                "meta",
                "revision",
                "keys",
                "key_uses",
                "switches",
                "counters",
                "exchanges",
                "usage_minutes",
                "usage_hours",
                "usage_days",
                "usage_since",
                "ledger_aside",
                "contents",
                "schema")) {
            byHand("DROP TABLE penstock_" + table);
        }

        failure(store.keys().load());
        until(Duration.ofSeconds(20), "back", () -> store.health().state() == StoreHealth.State.UP);

        assertThat(get(store.keys().load())).isEmpty();
    }

    @Test
    void aClosedStoreSaysSo() {
        SqlStore store = room.store();
        get(store.start());
        store.close();

        assertThat(failure(store.keys().load())).hasMessage(store.name() + " is closed");
    }

    static Map<String, CounterStore.Row> load(SqlStore store) throws Exception {
        return store.counters().load().toCompletableFuture().get();
    }

    private void byHand(String sql) throws Exception {
        try (Connection connection = byHand();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private long number(String sql) throws Exception {
        try (Connection connection = byHand();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
