// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IdempotencySectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void withoutAWordAnswersUpToAMebibyteAreKeptForADay() {
        assertThat(room.yaml("models: {chat: demo/demo}").snapshot().access().idempotency())
                .isEqualTo(new IdempotencyConfig(Duration.ofHours(24), 1 << 20));
        assertThat(room.settings())
                .containsEntry("idempotency.ttl", "24h # default")
                .containsEntry("idempotency.max_answer", "1MiB # default");
    }

    @Test
    void aChangeTakesEffectWithoutARestart() {
        Snapshot old = room.yaml("idempotency: {ttl: 1h}").snapshot();
        Snapshot now = room.yaml("idempotency: {ttl: 2h, max_answer: 2MiB}").snapshot();

        ConfigDiff diff = ConfigDiff.between(old, now);

        assertThat(now.access().idempotency()).isEqualTo(new IdempotencyConfig(Duration.ofHours(2), 2 << 20));
        assertThat(diff.changed()).containsExactlyInAnyOrder("idempotency.ttl", "idempotency.max_answer");
        assertThat(diff.restart()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ttl: 59s, idempotency.ttl", "ttl: 721h, idempotency.ttl", "max_answer: 1B, idempotency.max_answer"})
    void whatMakesNoSenseIsRefusedByItsName(String written, String key) {
        assertThat(room.yaml("idempotency: {" + written + "}").problems().toString())
                .contains(key);
    }
}
