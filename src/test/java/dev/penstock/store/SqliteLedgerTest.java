// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.auth.StoredKey;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger in a file, and what only a file can do. */
final class SqliteLedgerTest extends LedgerContract {

    @TempDir
    Path folder;

    @Override
    StorageConfig.Place emptyPlace() {
        return new Place.SqliteFile(file(), true);
    }

    private Path file() {
        return folder.resolve("data").resolve("penstock.db");
    }

    @Override
    Connection byHand() throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + file());
    }

    @Override
    Database database() {
        return new SqliteDatabase(new Place.SqliteFile(file(), true));
    }

    @Override
    void refuse(String tenant) throws Exception {
        byHand("CREATE TRIGGER refuse BEFORE INSERT ON penstock_exchanges WHEN new.tenant = '" + tenant
                + "' BEGIN SELECT RAISE(ABORT, 'refused'); END");
    }

    @Override
    List<String> plan(String sql, Filling query) throws Exception {
        List<String> lines = new ArrayList<>();
        try (Connection connection = byHand();
                PreparedStatement explain = connection.prepareStatement("EXPLAIN QUERY PLAN " + sql)) {
            query.fill(explain);
            ResultSet row = explain.executeQuery();
            while (row.next()) {
                lines.add(row.getString("detail"));
            }
        }
        return lines;
    }

    @Override
    boolean isScanOf(String table, String line) {
        return line.startsWith("SCAN " + table);
    }

    @Test
    void theDefaultFileIsMadeWithTheFirstCallAndNotForAQuestion() {
        try (StoreRoom usual = new StoreRoom(new Place.SqliteFile(file(), false))) {
            LedgerStore ledger = usual.store().ledger();
            Instant later = DAY.plus(Duration.ofDays(1));
            assertThat(get(ledger.find("x"))).isEmpty();
            assertThat(get(ledger.exchanges(new ExchangeQuery(DAY, later, Map.of(), null, 10))))
                    .isEmpty();
            assertThat(get(ledger.expire(DAY, DAY, DAY, DAY))).isZero();
            get(ledger.append(List.of()));
            assertThat(file().getParent()).doesNotExist();

            get(ledger.append(new Entries(1).usual(1, DAY, Duration.ofHours(1))));

            assertThat(file()).exists();
            assertThat(get(ledger.exchanges(new ExchangeQuery(DAY, later, Map.of(), null, 10))))
                    .hasSize(1);
        }
    }

    @Test
    void keysAreWrittenBetweenTheBatchesOfALedgerThatIsBusy() {
        SqlStore store = room().store();
        StoreRoom.get(store.start());
        Entries random = new Entries(2);
        List<CompletionStage<Void>> appends = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            appends.add(store.ledger().append(random.usual(250, DAY, Duration.ofDays(2))));
        }

        StoredKey key = StoreRoom.key("k1");
        StoreRoom.get(store.keys().put(List.of(key)));
        long waiting = appends.stream()
                .filter(append -> !append.toCompletableFuture().isDone())
                .count();

        appends.forEach(LedgerContract::get);
        assertThat(StoreRoom.get(store.keys().load())).containsExactly(key);
        assertThat(waiting).isGreaterThan(20);
    }

    @Test
    void aFolderThatCannotBeMadeFailsTheAppendAndTheNextOneSucceedsOnceItCan() throws Exception {
        Path blocked = Files.writeString(folder.resolve("blocked"), "");
        try (StoreRoom nowhere = new StoreRoom(new Place.SqliteFile(blocked.resolve("penstock.db"), true))) {
            LedgerStore ledger = nowhere.store().ledger();
            var entries = new Entries(3).usual(5, DAY, Duration.ofHours(1));

            Throwable failure = failure(ledger.append(entries));
            Files.delete(blocked);

            assertThat(failure).isInstanceOf(StoreFailed.class).hasMessageContaining("cannot be made");
            StoreRoom.until(Duration.ofSeconds(20), "kept", () -> isKept(ledger, entries));
            assertThat(get(ledger.find(entries.getFirst().exchange().uuid().toString())))
                    .hasSize(1);
        }
    }

    private static boolean isKept(LedgerStore ledger, List<dev.penstock.ledger.LedgerEntry> entries) {
        return !ledger.append(entries)
                .handle((done, cause) -> cause)
                .toCompletableFuture()
                .thenApply(cause -> cause != null)
                .join();
    }

    @Test
    void aFullDiskFailsTheAppendAndLosesNothingThatWasAcknowledged() throws Exception {
        // No file of the process may grow beyond 5 MB, which to it is a disk that is full.
        Process process =
                StoreProgram.start(file(), "ledger", List.of("bash", "-c", "ulimit -f 5000; exec \"$@\"", "-"));
        List<String> said = new ArrayList<>();
        try (java.io.BufferedReader lines = process.inputReader()) {
            lines.lines().forEach(said::add);
        }
        long acknowledged =
                said.stream().filter(line -> line.startsWith("batch")).count();

        // The log may have the last word.
        assertThat(said.stream()
                        .filter(line -> line.startsWith("failed"))
                        .findFirst()
                        .orElse(said.toString()))
                .startsWith("failed: sqlite:" + file()
                        + " cannot be written or read: the disk failed or has no room for it");
        assertThat(acknowledged).isPositive();
        assertThat(number("SELECT count(*) FROM penstock_exchanges")).isGreaterThanOrEqualTo(acknowledged * 200);
        assertThat(number("SELECT sum(exchanges) FROM penstock_usage_days"))
                .isEqualTo(number("SELECT count(*) FROM penstock_exchanges"));
    }
}
