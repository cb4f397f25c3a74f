// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.config.ReloadResult;
import dev.penstock.config.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;

/** When the configuration is read again. The looks are taken by hand; only the signal and the thread are real time. */
final class ConfigWatcherTest {

    @TempDir
    Path folder;

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final List<ReloadResult> reloads = new ArrayList<>();

    @AfterEach
    void close() {
        executor.shutdownNow();
    }

    private void yaml(String text) throws Exception {
        Files.writeString(folder.resolve("penstock.yaml"), text);
    }

    private ConfigWatcher watcher(Path... files) {
        ConfigLoader loader = new ConfigLoader(List.of(files), folder, Map.of(), null);
        Snapshot started = ((LoadResult.Loaded) loader.load()).snapshot();
        return new ConfigWatcher(
                loader::fingerprint,
                () -> {
                    ReloadResult result = ReloadResult.of(started, started, loader.load());
                    reloads.add(result);
                    return result;
                },
                executor);
    }

    @Test
    void leavesAnUnchangedFileAlone() throws Exception {
        yaml("server: {port: 1}");
        ConfigWatcher watcher = watcher();

        watcher.look();
        watcher.look();

        assertThat(reloads).isEmpty();
    }

    @Test
    void readsAChangedFileOnceItHasSettled() throws Exception {
        yaml("server: {drain: 1s}");
        ConfigWatcher watcher = watcher();

        yaml("server: {drain: ");
        watcher.look();
        yaml("server: {drain: 2s}");
        watcher.look();
        assertThat(reloads).as("still being written").isEmpty();
        watcher.look();
        watcher.look();

        assertThat(reloads).hasSize(1);
        assertThat(((ReloadResult.Applied) reloads.get(0)).changed()).containsExactly("server.drain");
    }

    @Test
    void seesAFileThatAppearsAndOneThatIsRenamedOver() throws Exception {
        ConfigWatcher watcher = watcher();

        yaml("server: {drain: 1s}");
        watcher.look();
        watcher.look();
        Files.writeString(folder.resolve("new"), "server: {drain: 2s}");
        Files.move(folder.resolve("new"), folder.resolve("penstock.yaml"), StandardCopyOption.REPLACE_EXISTING);
        watcher.look();
        watcher.look();

        assertThat(reloads).hasSize(2);
    }

    @Test
    void followsTheSwappedLinkOfAMountedConfigMap() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Path first = Files.createDirectory(mount.resolve("..2026_01"));
        Path second = Files.createDirectory(mount.resolve("..2026_02"));
        Files.writeString(first.resolve("penstock.yaml"), "server: {drain: 1s}");
        Files.writeString(second.resolve("penstock.yaml"), "server: {drain: 2s}");
        Files.createSymbolicLink(mount.resolve("..data"), Path.of("..2026_01"));
        Files.createSymbolicLink(mount.resolve("penstock.yaml"), Path.of("..data/penstock.yaml"));
        ConfigWatcher watcher = watcher(Path.of("mount"));

        Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..2026_02"));
        Files.move(mount.resolve("..data_tmp"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        watcher.look();
        watcher.look();

        assertThat(reloads).hasSize(1);
        assertThat(((ReloadResult.Applied) reloads.get(0)).snapshot().server().drain())
                .hasSeconds(2);
    }

    @Test
    void seesARotatedSecret() throws Exception {
        Files.writeString(folder.resolve("key"), "one");
        yaml("server: {api_key: \"${file:key}\"}");
        ConfigWatcher watcher = watcher();

        Files.writeString(folder.resolve("key"), "two");
        watcher.look();
        watcher.look();

        assertThat(((ReloadResult.Applied) reloads.get(0)).changed()).containsExactly("server.api_key");
    }

    @Test
    void aWrongFileIsReportedOnceAndTheNextRightOneIsTaken() throws Exception {
        yaml("server: {drain: 1s}");
        ConfigWatcher watcher = watcher();

        yaml("sever: {}");
        watcher.look();
        watcher.look();
        watcher.look();
        yaml("server: {drain: 3s}");
        watcher.look();
        watcher.look();

        assertThat(reloads).hasSize(2);
        assertThat(reloads.get(0)).isInstanceOf(ReloadResult.Refused.class);
        assertThat(reloads.get(1)).isInstanceOf(ReloadResult.Applied.class);
    }

    @Test
    void whatWasReloadedOnRequestIsNoChangeForTheNextLook() throws Exception {
        yaml("server: {drain: 1s}");
        ConfigWatcher watcher = watcher();

        yaml("server: {drain: 2s}");
        watcher.reloadSoon();
        executor.submit(() -> {}).get(10, TimeUnit.SECONDS);
        watcher.look();
        watcher.look();

        assertThat(reloads).hasSize(1);
    }

    @Test
    void theHangupSignalReloadsOnTheWatchersThread() throws Exception {
        CompletableFuture<String> thread = new CompletableFuture<>();
        ReloadResult nothing = new ReloadResult.Refused(List.of());
        try (ConfigWatcher watcher = ConfigWatcher.start(() -> "same", () -> {
            thread.complete(Thread.currentThread().getName());
            return nothing;
        })) {
            Signals.onHangup(watcher::reloadSoon);

            Signal.raise(new Signal("HUP"));

            assertThat(thread.get(10, TimeUnit.SECONDS)).isEqualTo(ConfigWatcher.THREAD);
        }
    }
}
