// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.Secret;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger on a real server, and what only a server can do: be away. */
final class PostgresLedgerTest extends LedgerContract {

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
        database = "ledger" + databases++;
        try (Connection connection = server.getPostgresDatabase().getConnection()) {
            connection.createStatement().execute("CREATE DATABASE " + database);
        }
        return place();
    }

    private Place.Postgres place() {
        return new Place.Postgres(
                "localhost",
                server.getPort(),
                database,
                "postgres",
                Secret.of("postgres"),
                StorageConfig.Tls.DISABLE,
                null);
    }

    @Override
    Connection byHand() throws Exception {
        return server.getDatabase("postgres", database).getConnection();
    }

    @Override
    Database database() {
        return new PostgresDatabase(place());
    }

    @Override
    void refuse(String tenant) throws Exception {
        byHand("ALTER TABLE penstock_exchanges ADD CONSTRAINT refuse CHECK (tenant <> '" + tenant + "')");
    }

    @Override
    List<String> plan(String sql, Filling query) throws Exception {
        List<String> lines = new ArrayList<>();
        try (Connection connection = byHand();
                PreparedStatement explain = connection.prepareStatement("EXPLAIN " + sql)) {
            query.fill(explain);
            ResultSet row = explain.executeQuery();
            while (row.next()) {
                lines.add(row.getString(1));
            }
        }
        return lines;
    }

    @Override
    boolean isScanOf(String table, String line) {
        return line.contains("Seq Scan on " + table);
    }

    @Test
    void aServerThatStopsFailsTheAppendAndTakesItWhenItIsBack() throws Exception {
        LedgerStore ledger = room().store().ledger();
        List<LedgerEntry> entries = new Entries(1).usual(100, DAY, Duration.ofHours(1));
        get(ledger.append(entries.subList(0, 40)));
        int port = server.getPort();
        server.close();

        Throwable append = failure(ledger.append(entries));
        server = start(port);

        assertThat(append).isInstanceOf(StoreFailed.class);
        StoreRoom.until(Duration.ofSeconds(30), "kept", () -> ledger.append(entries)
                .handle((done, cause) -> cause == null)
                .toCompletableFuture()
                .join());
        assertThat(number("SELECT sum(exchanges) FROM penstock_usage_days")).isEqualTo(100);
    }
}
