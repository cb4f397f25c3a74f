// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ShedSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ShedSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void withoutAWordLagAndHeapAreWatched() {
        ShedSettings shed =
                room.yaml("models: {chat: demo/demo}").snapshot().server().shed();

        assertThat(shed).isEqualTo(new ShedSettings(Duration.ofMillis(25), 0.9, 0));
    }

    @Test
    void everyKeyIsRead() {
        room.yaml("server: {shed: {lag: 1s, heap: 82.5%, exchanges: 20k}}");

        assertThat(room.snapshot().server().shed()).isEqualTo(new ShedSettings(Duration.ofSeconds(1), 0.825, 20_000));
        assertThat(room.settings())
                .containsEntry("server.shed.lag", "1s # penstock.yaml:1")
                .containsEntry("server.shed.heap", "82.5% # penstock.yaml:1")
                .containsEntry("server.shed.exchanges", "20000 # penstock.yaml:1");
    }

    @ParameterizedTest
    @CsvSource({"heap, 50%", "heap, 0.9", "heap, 101%", "lag, 2h", "lag, soon", "exchanges, -1", "exchanges, 20M"})
    void aValueOutOfRangeIsRefusedByItsPath(String key, String value) {
        room.yaml("server: {shed: {" + key + ": \"" + value + "\"}}");

        assertThat(room.problems()).singleElement().asString().contains("server.shed." + key, "expected");
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearest() {
        room.yaml("server: {shed: {leg: 1s}}");

        assertThat(room.problems()).singleElement().asString().contains("server.shed.leg", "Did you mean \"lag\"?");
    }

    @Test
    void theThresholdsHoldWithoutARestart() {
        Snapshot before = room.yaml("server: {shed: {lag: 1s}}").snapshot();
        Snapshot after = room.yaml("server: {shed: {lag: 2s}}").snapshot();

        ConfigDiff diff = ConfigDiff.between(before, after);

        assertThat(diff.changed()).containsExactly("server.shed.lag");
        assertThat(diff.restart()).isEmpty();
    }
}
