// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.config.AuditConfig;
import dev.penstock.exchange.AuditEvent;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.time.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditTrailTest {

    private static final AuditEvent EVENT = AuditEvent.of("key.change", "admin-token", "key one", Map.of());

    @TempDir
    Path data;

    private final FullDisk disk = new FullDisk();
    private AuditConfig.Payloads payloads = AuditConfig.Payloads.HASH;
    private long segmentBytes = 1 << 20;
    private final AtomicLong nanos = new AtomicLong();

    /** Moved by the test, read by the thread that writes. */
    private final Ticker ticker = new Ticker() {
        @Override
        public long nanos() {
            return nanos.get();
        }

        @Override
        public Instant now() {
            return Instant.parse("2026-01-01T00:00:00Z").plusNanos(nanos.get());
        }
    };

    private AuditTrail trail(boolean asked) {
        AuditConfig config = new AuditConfig(
                data.resolve("audit"),
                asked,
                data.resolve("audit.key"),
                segmentBytes,
                Duration.ofDays(1),
                Duration.ofSeconds(10),
                true,
                payloads,
                Duration.ofDays(400),
                AuditConfig.Anchor.NONE);
        return new AuditTrail(config, data.resolve("audit"), "node-1", disk, ticker, new SecureRandom(), head -> {});
    }

    private AuditTrail started(boolean asked) {
        AuditTrail trail = trail(asked);
        trail.start();
        return trail;
    }

    private static void await(CompletionStage<Void> done) throws Exception {
        done.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private List<AuditRecord> records() throws Exception {
        List<AuditRecord> all = new ArrayList<>();
        AuditReader.read(data.resolve("audit"), AuditQuery.ALL, found -> all.add(found.record()));
        return all;
    }

    private List<String> kinds() throws Exception {
        return records().stream().map(record -> record.event().kind()).toList();
    }

    private void assertIntact() throws Exception {
        assertThat(AuditVerifier.verify(data.resolve("audit"), null, List.of(), AuditQuery.ALL)
                        .findings())
                .isEmpty();
    }

    @Test
    void whatIsKeptIsOnTheDiskWhenItSaysSo() throws Exception {
        try (AuditTrail trail = started(true)) {
            trail.tell(EVENT);
            await(trail.keep(EVENT));
            assertThat(kinds()).containsExactly("audit.opened", "key.change", "key.change");
            assertThat(trail.health().open()).isTrue();
            assertThat(trail.health().records()).isEqualTo(3);
        }
        assertIntact();
        assertThat(kinds()).endsWith("audit.closed");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("audit"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aFullDiskRefusesWhatMustBeKeptHoldsTheRestAndHealsByItself() throws Exception {
        try (AuditTrail trail = started(true)) {
            await(trail.keep(EVENT));
            disk.room = 700;
            List<CompletionStage<Void>> kept =
                    IntStream.range(0, 5).mapToObj(i -> trail.keep(EVENT)).toList();
            assertThatThrownBy(() -> await(kept.getLast())).hasMessageContaining("audit cannot be written");
            trail.tell(AuditEvent.of("key.change", "admin-token", "key told", Map.of()));
            assertThat(trail.health().open()).isFalse();
            assertThat(trail.health().failures()).isPositive();
            assertThat(trail.health().detail()).contains("No space left");

            disk.room = Long.MAX_VALUE;
            assertThatThrownBy(() -> await(trail.keep(EVENT))).hasMessageContaining("audit cannot be written");
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            await(trail.keep(EVENT));
            assertThat(trail.health().open()).isTrue();
        }
        assertIntact();
        assertThat(kinds()).contains("audit.torn");
        assertThat(records().stream().filter(record -> record.event().what().equals("key told")))
                .hasSize(1);
    }

    @Test
    void aFolderThatMayNotBeWrittenIsTriedAgain() throws Exception {
        Path folder = Files.createDirectory(data.resolve("audit"));
        // Also for one whom modes do not stop: the folder is a file.
        Files.delete(folder);
        Files.writeString(folder, "in the way");
        try (AuditTrail trail = started(true)) {
            assertThatThrownBy(() -> await(trail.keep(EVENT))).hasMessageContaining("cannot be written");
            trail.tell(EVENT);
            Files.delete(folder);
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            await(trail.keep(EVENT));
        }
        assertIntact();
        assertThat(kinds()).startsWith("audit.opened", "key.change", "key.change");
    }

    @Test
    void whatDoesNotFitIsCountedAndSaid() throws Exception {
        AuditTrail trail = trail(true);
        // Nobody writes yet.
        IntStream.range(0, 9000).forEach(i -> trail.tell(EVENT));
        assertThat(trail.health().dropped()).isEqualTo(9000 - 8192);
        assertThat(trail.keep(EVENT).toCompletableFuture()).isCompletedExceptionally();
        trail.start();
        trail.close();

        assertIntact();
        assertThat(records().stream().filter(record -> record.event().kind().equals("audit.dropped")))
                .singleElement()
                .satisfies(record -> assertThat(record.event().details()).containsEntry("events", "808"));
    }

    @Test
    void aStartAloneMakesNoFolderThatNobodyAskedFor() throws Exception {
        try (AuditTrail trail = started(false)) {
            trail.tell(AuditEvent.of(AuditEvent.NODE_START, "", "node", Map.of()));
        }
        assertThat(data.resolve("audit")).doesNotExist();
        try (AuditTrail trail = started(false)) {
            trail.tell(AuditEvent.of(AuditEvent.NODE_START, "", "node", Map.of()));
            trail.tell(EVENT);
        }
        assertThat(kinds()).containsExactly("audit.opened", "node.start", "key.change", "audit.closed");
    }

    @Test
    void ofPayloadsIsKeptWhatThePolicySays() throws Exception {
        for (AuditConfig.Payloads each : AuditConfig.Payloads.values()) {
            payloads = each;
            try (AuditTrail trail = started(true)) {
                trail.tell(
                        AuditEvent.of("tool.call", "key web", "tool search", Map.of("policy", each.name())),
                        Map.of("input", "ünder".getBytes(UTF_8)));
            }
        }
        assertIntact();
        List<Map<String, String>> details = records().stream()
                .filter(record -> record.event().kind().equals("tool.call"))
                .map(record -> record.event().details())
                .toList();
        assertThat(details.get(0)).containsOnlyKeys("policy");
        assertThat(details.get(1))
                .containsOnlyKeys("policy", "input_bytes", "input_sha256")
                .containsEntry("input_bytes", "6");
        assertThat(details.get(2))
                .containsEntry("input", "ünder")
                .containsEntry("input_sha256", details.get(1).get("input_sha256"));
    }

    /** What a node hears of others stands in its chain, and what it told of itself is good for them. */
    @Test
    void twoTrailsAreWitnessesOfEachOther() throws Exception {
        List<byte[]> told = new CopyOnWriteArrayList<>();
        try (AuditTrail trail = started(true)) {
            trail.join((chain, notice) -> told.add(notice));
            await(trail.keep(EVENT));
        }
        assertThat(told).hasSize(1);
        Path first = data.resolve("audit");
        Path second = data.resolve("second");
        Files.move(first, data.resolve("first"));
        Files.move(data.resolve("audit.key"), data.resolve("first.key"));
        try (AuditTrail other = started(true)) {
            told.forEach(other::heard);
            other.heard(new byte[] {1, 2, 3});
            other.tell(EVENT);
        }
        assertThat(kinds()).contains("audit.head");
        Files.move(first, second);

        AuditCheck.Verdict verdict = AuditCheck.verify(
                List.of(data.resolve("first"), second),
                new AuditCheck.Known(List.of(), List.of(), Set.of()),
                AuditQuery.ALL);
        assertThat(verdict.isIntact()).as(verdict.toString()).isTrue();
        assertThat(verdict.folders().get(1).foreign()).isEqualTo(1);
    }

    @Test
    void afterTheEndNothingIsKept() {
        AuditTrail trail = started(true);
        trail.close();
        assertThat(trail.keep(EVENT).toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void aDiskThatFailsInAWayOfItsOwnStopsTheAuditForAMomentAndNotForEver() throws Exception {
        try (AuditTrail trail = started(true)) {
            await(trail.keep(EVENT));
            disk.fault = new UncheckedIOException(new IOException("stale handle"));
            assertThatThrownBy(() -> await(trail.keep(EVENT))).hasMessageContaining("audit cannot be written");
            assertThat(trail.health().open()).isFalse();
            trail.tell(AuditEvent.of("key.change", "admin-token", "key told", Map.of()));

            disk.fault = null;
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            await(trail.keep(EVENT));
            assertThat(trail.health().open()).isTrue();
        }
        assertIntact();
        assertThat(records().stream().filter(record -> record.event().what().equals("key told")))
                .hasSize(1);
    }

    @Test
    void whatCannotBeWrittenBeforeTheEndIsCountedAsLost() throws Exception {
        AuditTrail trail = started(true);
        await(trail.keep(EVENT));
        disk.room = 10;
        assertThatThrownBy(() -> await(trail.keep(EVENT))).hasMessageContaining("audit cannot be written");
        trail.tell(EVENT);
        trail.tell(EVENT);
        trail.close();
        assertThat(trail.health().dropped()).isEqualTo(2);
    }

    @Test
    void whatIsOnTheDiskBeforeASegmentCannotBeSealedIsNotWrittenTwice() throws Exception {
        segmentBytes = 2_000;
        AuditTrail trail = trail(true);
        for (int i = 0; i < 12; i++) {
            trail.tell(AuditEvent.of("key.change", "admin-token", "key " + i, Map.of()));
        }
        // Room for the records of the first segment and not for its seal.
        disk.room = 2_100;
        trail.start();
        assertThatThrownBy(() -> await(trail.keep(EVENT))).hasMessageContaining("audit cannot be written");
        disk.room = Long.MAX_VALUE;
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        try (trail) {
            await(trail.keep(EVENT));
        }
        assertIntact();
        for (int i = 0; i < 12; i++) {
            String what = "key " + i;
            assertThat(records().stream().filter(record -> record.event().what().equals(what)))
                    .as(what)
                    .hasSize(1);
        }
    }

    @Test
    void ofOneWhoGuessesSomeRefusalsAreWrittenAndTheRestIsCounted() {
        ManualTime time = new ManualTime();
        Failures failures = new Failures(time);
        assertThat(IntStream.range(0, 100)
                        .filter(i -> failures.isWritten("10.0.0.1"))
                        .count())
                .isEqualTo(Failures.PER_SOURCE);
        assertThat(failures.isWritten("10.0.0.2")).isTrue();
        assertThat(failures.over(false)).isEmpty();
        time.advance(Duration.ofMinutes(1));

        assertThat(failures.over(false))
                .containsExactly(
                        AuditEvent.of("auth.more", "", "credentials", Map.of("source", "10.0.0.1", "more", "90")));
        assertThat(failures.isWritten("10.0.0.1")).isTrue();
        assertThat(failures.over(true)).isEmpty();
    }

    @Test
    void manySourcesShareOneBound() {
        Failures failures = new Failures(new ManualTime());
        assertThat(IntStream.range(0, 50_000)
                        .filter(i -> failures.isWritten("source-" + i))
                        .count())
                .isEqualTo(Failures.MOST_SOURCES + Failures.PER_SOURCE);
        assertThat(failures.over(true)).hasSize(1);
    }
}
