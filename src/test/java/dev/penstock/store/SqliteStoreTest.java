// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static dev.penstock.store.StoreRoom.failure;
import static dev.penstock.store.StoreRoom.flip;
import static dev.penstock.store.StoreRoom.get;
import static dev.penstock.store.StoreRoom.key;
import static dev.penstock.store.StoreRoom.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.auth.StoredKey;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** The contract on a file, and what only a file can do. */
final class SqliteStoreTest extends SqlStoreContract {

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

    @Test
    void theDefaultFileIsMadeWithTheFirstThingToKeep() {
        try (StoreRoom usual = new StoreRoom(new Place.SqliteFile(file(), false))) {
            SqlStore store = usual.store();
            get(store.start());
            assertThat(get(store.keys().load())).isEmpty();
            assertThat(get(store.keys().version())).isZero();
            assertThat(get(store.switches().load())).isEmpty();
            store.watch(StoreTopic.KEYS, () -> {});
            assertThat(file().getParent()).doesNotExist();
            assertThat(store.health().detail()).isEqualTo("not used yet");

            get(store.keys().put(List.of(key("k1"))));

            assertThat(file()).exists();
            assertThat(store.health().detail()).isEqualTo("up");
        }
    }

    @Test
    void aStoreThatWasNeverUsedEndsWithoutATrace() {
        try (StoreRoom usual = new StoreRoom(new Place.SqliteFile(file(), false))) {
            usual.store();
        }

        assertThat(file().getParent()).doesNotExist();
    }

    @Test
    void nobodyElseMayReadTheFile() throws Exception {
        get(room().store().start());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(file().resolveSibling("penstock.db-wal"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file().getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void aFolderThatCannotBeMadeIsToldAndTheGatewayWouldGoOn() throws Exception {
        Path blocked = Files.writeString(folder.resolve("blocked"), "");
        Path below = blocked.resolve("penstock.db");
        try (StoreRoom nowhere = new StoreRoom(new Place.SqliteFile(below, true))) {
            SqlStore store = nowhere.store();

            get(store.start());

            assertThat(store.health().state()).isEqualTo(StoreHealth.State.DOWN);
            assertThat(store.health().detail())
                    .contains("serving from memory: sqlite:" + below
                            + " cannot be made: the folder is read-only, full, or another user's");
            assertThat(failure(store.switches().save(flip("gateway", false, 1, "n"))))
                    .hasMessageContaining("cannot be made");
            assertThat(store.health().pending()).isEqualTo(1);

            Files.delete(blocked);
            until(Duration.ofSeconds(20), "caught up", () -> store.health().pending() == 0);

            assertThat(get(store.switches().load())).hasSize(1);
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsLeftAlone() throws Exception {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "Dear diary, ".repeat(1000));
        SqlStore store = room().store();

        get(store.start());

        assertThat(store.health().trouble()).isEqualTo(store.name() + " is damaged or no database of SQLite");
        assertThat(Files.readString(file())).startsWith("Dear diary");
    }

    @Test
    void anotherProcessThatHoldsTheFileIsWaitedForAndTold() throws Exception {
        SqlStore store = room().store();
        get(store.start());
        try (Connection other = byHand()) {
            other.createStatement().execute("BEGIN IMMEDIATE");

            StoreFailed failed = failure(store.switches().save(flip("gateway", false, 1, "n")));

            assertThat(failed).hasMessage(store.name() + " is locked by another process");
            assertThat(store.health().pending()).isEqualTo(1);
            other.createStatement().execute("ROLLBACK");
        }
        until(Duration.ofSeconds(20), "caught up", () -> store.health().pending() == 0);
        assertThat(get(store.switches().load())).hasSize(1);
    }

    @Test
    void aFileThatWasDeletedIsMadeAgainWithWhatIsStillToBeKept() throws Exception {
        SqlStore store = room().store();
        get(store.start());
        Files.delete(file());
        Files.deleteIfExists(file().resolveSibling("penstock.db-wal"));
        Files.deleteIfExists(file().resolveSibling("penstock.db-shm"));

        failure(store.switches().save(flip("gateway", false, 1, "n")));
        until(Duration.ofSeconds(20), "caught up", () -> store.health().pending() == 0);

        assertThat(get(room().store().switches().load())).hasSize(1);
    }

    @Test
    void whatAKilledProcessHadAcknowledgedIsThereWhileAnotherOneWritesToo() throws Exception {
        SqlStore store = room().store();
        get(store.start());
        List<String> acknowledged = new ArrayList<>();
        Process process = StoreProgram.start(file(), "keys", List.of());
        try (BufferedReader lines = reader(process)) {
            while (acknowledged.size() < 40) {
                acknowledged.add(lines.readLine());
                String own = "own" + acknowledged.size();
                get(store.keys().put(List.of(key(own))));
                acknowledged.add(own);
            }
            process.destroyForcibly().waitFor();
        }

        List<String> kept = get(room().store().keys().load()).stream()
                .map(StoredKey::publicId)
                .toList();

        assertThat(acknowledged).doesNotContainNull();
        assertThat(kept).containsAll(acknowledged);
    }

    @Test
    void aFullDiskIsToldAndLosesNothingThatWasAcknowledged() throws Exception {
        // No file of the process may grow beyond 5 MB, which to it is a disk that is full.
        Process process = StoreProgram.start(file(), "fill", List.of("bash", "-c", "ulimit -f 5000; exec \"$@\"", "-"));
        List<String> said = new ArrayList<>();
        try (BufferedReader lines = reader(process)) {
            lines.lines().forEach(said::add);
        }
        List<String> acknowledged =
                said.stream().filter(line -> line.startsWith("other")).toList();

        // The log may have the last word.
        assertThat(said.stream()
                        .filter(line -> line.startsWith("failed"))
                        .findFirst()
                        .orElse(said.toString()))
                .startsWith("failed: sqlite:" + file()
                        + " cannot be written or read: the disk failed or has no room for it")
                .endsWith("DOWN");
        assertThat(acknowledged).isNotEmpty();
        assertThat(get(room().store().keys().load()).stream().map(StoredKey::publicId))
                .containsAll(acknowledged);
    }

    @Test
    void aDiskWithoutRoomIsCalledFull() {
        SqliteDatabase database = new SqliteDatabase(new Place.SqliteFile(folder, true));

        StoreFailed failed = database.explain(new SQLiteException("with a row", SQLiteErrorCode.SQLITE_FULL));

        assertThat(failed).hasMessage("sqlite:" + folder + " cannot be written: the disk is full");
        assertThat(failed.isLasting()).isFalse();
        assertThat(failed.isRefused()).isFalse();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }
}
