// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static dev.penstock.store.StoreRoom.failure;
import static dev.penstock.store.StoreRoom.flip;
import static dev.penstock.store.StoreRoom.get;
import static dev.penstock.store.StoreRoom.key;
import static dev.penstock.store.StoreRoom.row;
import static dev.penstock.store.StoreRoom.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.Secret;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real server, and what only a server can do: stop, come back, and refuse somebody. */
final class PostgresStoreTest extends SqlStoreContract {

    private static final String CANARY = "c4nary-p4ssw0rd";

    @TempDir
    static Path folder;

    private static EmbeddedPostgres server;
    private static int databases;
    private String database;

    @BeforeAll
    static void startServer() throws Exception {
        server = start(0);
    }

    private static EmbeddedPostgres start(int port) throws Exception {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("server"))
                .setCleanDataDirectory(false)
                .setOverrideWorkingDirectory(folder.toFile());
        return (port == 0 ? builder : builder.setPort(port)).start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Override
    StorageConfig.Place emptyPlace() throws Exception {
        database = "store" + databases++;
        try (Connection connection = server.getPostgresDatabase().getConnection()) {
            connection.createStatement().execute("CREATE DATABASE " + database);
        }
        return place(database, server.getPort());
    }

    private static Place.Postgres place(String database, int port) {
        return new Place.Postgres(
                "localhost", port, database, "postgres", Secret.of(CANARY), StorageConfig.Tls.DISABLE, null);
    }

    @Override
    Connection byHand() throws Exception {
        return server.getDatabase("postgres", database).getConnection();
    }

    @Test
    void aServerThatStopsAndComesBackIsCaughtUpWith() throws Exception {
        SqlStore store = room().store();
        AtomicInteger told = new AtomicInteger();
        get(store.keys().put(List.of(key("k1"))));
        store.watch(StoreTopic.SWITCHES, told::incrementAndGet);
        int port = server.getPort();
        server.close();

        StoreFailed put = failure(store.keys().put(List.of(key("k2"))));
        StoreFailed saved = failure(store.switches().save(flip("gateway", true, 1, "n")));
        failure(store.switches().save(flip("gateway", false, 2, "n")));
        store.counters().save(List.of(row("a", 1, 10, 1)));
        store.counters().save(List.of(row("a", 1, 20, 2), row("b", 1, 5, 1)));
        StoreHealth gone = store.health();

        assertThat(gone.state()).isEqualTo(StoreHealth.State.DOWN);
        assertThat(gone.pending()).isEqualTo(3);
        assertThat(gone.detail()).startsWith("down since ").endsWith(", 3 rows to write");
        assertThat(put.isLasting()).isFalse();
        assertThat(List.of(put.getMessage(), saved.getMessage(), gone.detail(), store.name()))
                .noneMatch(text -> text.contains(CANARY.substring(0, 5)));

        server = start(port);
        until(Duration.ofSeconds(30), "caught up", () -> store.health().pending() == 0);
        until(Duration.ofSeconds(10), "told", () -> told.get() > 0);

        SqlStore other = room().store();
        assertThat(store.health().state()).isEqualTo(StoreHealth.State.UP);
        assertThat(get(other.keys().load())).containsExactly(key("k1"));
        assertThat(get(other.switches().load())).containsExactly(flip("gateway", false, 2, "n"));
        assertThat(load(other)).containsEntry("a", row("a", 1, 20, 2)).containsEntry("b", row("b", 1, 5, 1));
    }

    @Test
    void aServerThatIsNotThereAtStartIsNoReasonNotToStart() throws Exception {
        int free;
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        try (StoreRoom away = new StoreRoom(place("none", free))) {
            SqlStore store = away.store();

            get(store.start());

            assertThat(store.health().state()).isEqualTo(StoreHealth.State.DOWN);
            assertThat(store.health().trouble())
                    .isEqualTo("postgresql://postgres@localhost:" + free + "/none?sslmode=disable cannot be reached");
        }
    }

    @Test
    void aDatabaseThatDoesNotExistIsToldByItsName() {
        try (StoreRoom wrong = new StoreRoom(place("nonesuch", server.getPort()))) {
            SqlStore store = wrong.store();

            assertThat(failure(store.keys().load()))
                    .hasMessage(store.name() + " has no such database")
                    .hasMessageNotContaining(CANARY);
        }
    }

    @Test
    void tablesOfOthersInTheSameDatabaseStay() throws Exception {
        try (Connection connection = byHand()) {
            connection.createStatement().execute("CREATE TABLE orders (id BIGINT)");
        }

        get(room().store().start());

        try (Connection connection = byHand()) {
            connection.createStatement().execute("INSERT INTO orders VALUES (1)");
        }
        assertThat(room().store().health().trouble()).isEmpty();
    }

    @Test
    void anEncryptedConnectionThatTheServerDoesNotOfferIsRefused() {
        Place.Postgres encrypted = new Place.Postgres(
                "localhost",
                server.getPort(),
                database,
                "postgres",
                Secret.of(CANARY),
                StorageConfig.Tls.REQUIRE,
                null);
        try (StoreRoom strict = new StoreRoom(encrypted)) {
            assertThat(failure(strict.store().keys().load())).hasMessageContaining("cannot be reached");
        }
    }
}
