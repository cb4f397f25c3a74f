// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Problem;
import dev.penstock.config.ReloadResult;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Reloads when the files change or a person asks. It compares a hash of the content once a second instead of listening to
 * the file system: that sees an editor's write, an atomic rename, the swapped link of a mounted ConfigMap, a network mount
 * and a rotated secret alike, and costs less than a millisecond. A change counts once it has been the same for two looks, so
 * that a file in the middle of being written is not read. Everything runs on one thread of its own.
 */
final class ConfigWatcher implements AutoCloseable {

    static final String THREAD = "penstock-config-watch";

    private static final Logger LOG = LogManager.getLogger(ConfigWatcher.class);
    private static final long LOOK_EVERY_MILLIS = 1_000;

    private final Supplier<String> fingerprint;
    private final Supplier<ReloadResult> reload;
    private final ScheduledExecutorService thread;
    private String applied;
    private String seen;

    ConfigWatcher(Supplier<String> fingerprint, Supplier<ReloadResult> reload, ScheduledExecutorService thread) {
        this.fingerprint = fingerprint;
        this.reload = reload;
        this.thread = thread;
        this.applied = fingerprint.get();
        this.seen = applied;
    }

    static ConfigWatcher start(Supplier<String> fingerprint, Supplier<ReloadResult> reload) {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(THREAD).factory());
        ConfigWatcher watcher = new ConfigWatcher(fingerprint, reload, thread);
        var unused = thread.scheduleWithFixedDelay(
                watcher::guardedLook, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return watcher;
    }

    /** For SIGHUP: returns at once, the reload runs on the watcher's thread. */
    void reloadSoon() {
        thread.execute(this::guardedReload);
    }

    /** One look at the files. */
    void look() {
        String now = fingerprint.get();
        boolean settled = now.equals(seen);
        seen = now;
        if (settled && !now.equals(applied)) {
            applied = now;
            reload();
        }
    }

    private void reload() {
        report(reload.get());
    }

    private static void report(ReloadResult result) {
        switch (result) {
            case ReloadResult.Applied applied -> {
                LOG.info(
                        "configuration reloaded, version {}, changed {}",
                        applied.snapshot().version(),
                        applied.changed());
                if (!applied.restart().isEmpty()) {
                    LOG.warn("configuration needs a restart for {}", applied.restart());
                }
            }
            case ReloadResult.Refused refused -> refuse(refused.problems());
        }
    }

    private static void refuse(List<Problem> problems) {
        LOG.error("configuration refused, nothing changed, problems {}", problems.size());
        problems.forEach(problem -> LOG.error("configuration problem: {}", problem));
    }

    /** A look that throws would end all later ones. */
    private void guardedLook() {
        guarded(this::look);
    }

    private void guardedReload() {
        guarded(this::reloadNow);
    }

    /** What is read now is not a change for the next look. */
    private void reloadNow() {
        applied = fingerprint.get();
        seen = applied;
        reload();
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("configuration could not be reloaded, nothing changed", e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
