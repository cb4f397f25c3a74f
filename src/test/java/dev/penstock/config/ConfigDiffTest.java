// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reload says it changed. */
final class ConfigDiffTest {

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void equalConfigurationsDifferInNothing() {
        Snapshot first = room.yaml("server: {port: 1}").snapshot();
        Snapshot second = room.yaml("\nserver: {port: 1}").snapshot();

        assertThat(ConfigDiff.between(first, second).isEmpty()).isTrue();
    }

    @Test
    void namesWhatChangedAndWhatNeedsARestart() {
        Snapshot first = room.yaml("""
                server: {port: 1, api_key: one}
                models: {a: demo/demo, b: demo/demo}
                """).snapshot();
        Snapshot second = room.yaml("""
                server: {port: 2, api_key: two, drain: 1s}
                models: {a: demo/demo, c: {targets: [demo/demo]}}
                """).snapshot();

        ConfigDiff diff = ConfigDiff.between(first, second);

        assertThat(diff.changed())
                .containsExactlyInAnyOrder("server.port", "server.api_key", "server.drain", "models.b", "models.c");
        assertThat(diff.restart()).containsExactly("server.port");
    }

    @Test
    void aWrongFileChangesNothing() {
        Snapshot current = room.snapshot();
        LoadResult wrong = room.yaml("sever: {}").loader().load();

        ReloadResult result = ReloadResult.of(current, current, wrong);

        assertThat(result).isInstanceOf(ReloadResult.Refused.class);
        assertThat(result.toMap()).containsEntry("applied", false).containsKey("problems");
    }

    @Test
    void aPendingRestartIsNamedUntilItHappens() {
        Snapshot started = room.yaml("server: {port: 1}").snapshot();
        Snapshot current = room.yaml("server: {port: 2}").snapshot();
        LoadResult next = room.yaml("server: {port: 2, drain: 1s}").loader().load();

        Map<String, Object> answer = ReloadResult.of(started, current, next).toMap();

        assertThat(answer)
                .containsEntry("applied", true)
                .containsEntry("changed", java.util.List.of("server.drain"))
                .containsEntry("needs_restart", java.util.List.of("server.port"));
    }
}
