// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Content;
import dev.penstock.config.LedgerConfig.Fsync;
import dev.penstock.config.LedgerConfig.OnFull;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LedgerSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private LedgerConfig ledger() {
        return room.snapshot().observability().ledger();
    }

    @Test
    void theJournalIsBesideTheDatabase() {
        room.env("PENSTOCK_DATA", "/data");
        assertThat(ledger().home()).isEqualTo(Path.of("/data/ledger"));
        room.yaml("storage: sqlite:/db/keys.db");
        assertThat(ledger().home()).isEqualTo(Path.of("/db/ledger"));
        room.yaml("storage: postgresql://localhost/penstock");
        assertThat(ledger().home()).isEqualTo(Path.of("/data/ledger"));
        room.yaml("storage: none");
        assertThat(ledger().home()).isNull();
        room.yaml("observability: {ledger: {journal: false}}");
        assertThat(ledger().home()).isNull();
    }

    @Test
    void everyKeyIsReadAndShown() {
        room.env("PENSTOCK_DATA", "/data")
                .yaml("observability: {ledger: {fsync: always, interval: 20ms, ack: durable, on_full: refuse,"
                        + " content: metadata}}");
        assertThat(ledger())
                .isEqualTo(new LedgerConfig(
                        true,
                        Path.of("/data/ledger"),
                        Fsync.ALWAYS,
                        Duration.ofMillis(20),
                        Ack.DURABLE,
                        OnFull.REFUSE,
                        Content.METADATA));
        assertThat(room.settings())
                .containsEntry("observability.ledger.fsync", "always # penstock.yaml:1")
                .containsEntry("observability.ledger.on_full", "refuse # penstock.yaml:1");
    }

    @Test
    void withoutAWordTheDiskIsAskedTwentyTimesASecond() {
        assertThat(ledger()).isEqualTo(LedgerConfig.DEFAULT);
        assertThat(room.settings()).containsEntry("observability.ledger.interval", "50ms # default");
    }

    @Test
    void whatCannotBeIsRefused() {
        room.yaml("observability: {ledger: {ack: durable}}\nstorage: none");
        assertThat(String.join("\n", room.problems())).contains("needs the journal, and the journal needs storage");
        room.env("PENSTOCK_DATA", "/data").yaml("observability: {ledger: {ack: durable, fsync: none}}");
        assertThat(String.join("\n", room.problems())).contains("expected always, because ack is durable");
        room.yaml("observability: {ledger: {content: all}}");
        assertThat(String.join("\n", room.problems())).contains("observability.ledger.content");
    }
}
