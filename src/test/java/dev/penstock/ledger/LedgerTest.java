// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.config.LedgerConfig;
import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Content;
import dev.penstock.config.LedgerConfig.Fsync;
import dev.penstock.config.LedgerConfig.OnFull;
import dev.penstock.exchange.Ticker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LedgerTest {

    @TempDir
    private Path home;

    private final Heard heard = new Heard();
    private final FullDisk disk = new FullDisk();
    private final Shelf shelf = new Shelf();
    private final RandomExchanges random = new RandomExchanges(31);

    @Test
    void everyRecordReachesTheStoreOnce() {
        List<ExchangeRecord> records = random.take(5_000);
        try (Ledger ledger = start(Fsync.INTERVAL, Ack.NONE, OnFull.CONTINUE)) {
            records.forEach(ledger::settled);
            until(() -> shelf.entries.size() == records.size());
            until(() -> ledger.status().behindRecords() == 0);
            assertThat(ledger.status().records()).isEqualTo(5_000);
            assertThat(ledger.status().behindBytes()).isZero();
            until(() -> heard.syncs.get() > 0);
        }
        assertThat(shelf.entries.values().stream().map(LedgerEntry::exchange)).containsExactlyElementsOf(records);
        assertThat(heard.alarms).isEmpty();
    }

    @Test
    void whileTheStoreIsAwayTheJournalKeepsWhatComesAndTheNextProcessShipsIt() {
        shelf.away = true;
        List<ExchangeRecord> records = random.take(2_000);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            records.forEach(ledger::settled);
            until(() -> ledger.status().behindRecords() == 2_000);
            until(() -> ledger.status().storeTrouble() != null);
            assertThat(ledger.isFull()).isFalse();
            assertThat(ledger.status().behindFor()).isPositive();
            assertThat(ledger.status().lost()).isZero();
        }
        assertThat(heard.alarms).hasSize(1).allMatch(alarm -> alarm.contains("does not reach its store"));
        shelf.away = false;
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            until(() -> shelf.entries.size() == records.size());
            assertThat(ledger.status().lost()).isZero();
        }
    }

    @Test
    void aStoreThatComesBackIsCaughtUpWith() {
        shelf.away = true;
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            random.take(1_000).forEach(ledger::settled);
            until(() -> ledger.status().storeTrouble() != null);
            shelf.away = false;
            until(() -> shelf.entries.size() == 1_000);
            until(() -> ledger.status().storeTrouble() == null);
        }
        assertThat(heard.notes).contains("the ledger reaches its store again");
    }

    @Test
    void aStoreThatHangsHoldsUpNoOneWhoSettles() {
        shelf.hangs = true;
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.REFUSE)) {
            for (ExchangeRecord record : random.take(20_000)) {
                ledger.settled(record);
                if (ledger.status().waiting() > 8_000) {
                    until(() -> ledger.status().waiting() < 4_000);
                }
            }
            until(() -> ledger.status().records() == 20_000);
            assertThat(ledger.isFull()).isFalse();
            shelf.hangs = false;
            shelf.letGo();
            until(() -> shelf.entries.size() == 20_000);
        }
    }

    @Test
    void aDiskThatIsFullInTheMiddleOfARecordLosesNothingAndHeals() {
        List<ExchangeRecord> records = random.take(300);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            records.subList(0, 100).forEach(ledger::settled);
            until(() -> ledger.status().records() == 100);
            disk.room(77);
            records.subList(100, 300).forEach(ledger::settled);
            until(() -> ledger.status().trouble() != null);
            assertThat(ledger.status().trouble()).isEqualTo("No space left on device");
            disk.room(1_000_000);
            until(() -> shelf.entries.size() == 300);
            assertThat(ledger.status().trouble()).isNull();
            assertThat(ledger.status().damaged()).isZero();
        }
        assertThat(shelf.entries.values().stream().map(LedgerEntry::exchange)).containsExactlyElementsOf(records);
        assertThat(heard.notes).contains("the ledger takes records again");
    }

    @Test
    void aFileThatCannotBeCutBackIsLeftAndTheNextOneHasAll() {
        List<ExchangeRecord> records = random.take(200);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            records.subList(0, 100).forEach(ledger::settled);
            until(() -> ledger.status().records() == 100);
            disk.truncates(false);
            disk.room(50);
            records.subList(100, 200).forEach(ledger::settled);
            until(() -> ledger.status().trouble() != null);
            disk.truncates(true);
            disk.room(1_000_000);
            until(() -> shelf.entries.size() == 200);
            assertThat(ledger.status().damaged())
                    .as("what is left of the first try")
                    .isEqualTo(1);
        }
    }

    @Test
    void aDiskThatIsFullFromTheBeginIsNoReasonNotToServe() {
        disk.room(3);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            random.take(10).forEach(ledger::settled);
            until(() -> ledger.status().trouble() != null);
            assertThat(ledger.status().behindFor())
                    .as("what waits for the disk is behind as well")
                    .isPositive();
            disk.room(1_000_000);
            until(() -> shelf.entries.size() == 10);
            until(() -> ledger.status().behindFor().isZero());
        }
    }

    @Test
    void whatHasNoRoomWhileTheDiskIsFullIsCountedAndSaid() {
        disk.room(3);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            random.take(1).forEach(ledger::settled);
            until(() -> ledger.status().trouble() != null);
            random.take(20_000).forEach(ledger::settled);
            long lost = ledger.status().lost();
            assertThat(lost).isPositive();
            assertThat(ledger.isFull()).isFalse();
            disk.room(Long.MAX_VALUE);
            until(() -> shelf.entries.size() == 20_001 - lost);
            until(() ->
                    heard.alarms.stream().anyMatch(alarm -> alarm.contains(lost + " records of the ledger are lost")));
        }
    }

    @Test
    void whoMustHaveRecordsRefusesWhileNoneCanBeTaken() {
        disk.room(3);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.REFUSE)) {
            assertThat(ledger.isFull()).isFalse();
            random.take(1).forEach(ledger::settled);
            until(ledger::isFull);
            disk.room(1_000_000);
            until(() -> !ledger.isFull());
        }
        assertThat(shelf.entries).hasSize(1);
    }

    @Test
    void anAnswerThatWaitsForItsRecordGoesOutAfterTheSync() throws Exception {
        ExchangeRecord record = random.get();
        CountDownLatch sent = new CountDownLatch(1);
        int[] syncs = new int[1];
        try (Ledger ledger = start(Fsync.INTERVAL, Ack.DURABLE, OnFull.CONTINUE)) {
            ledger.whenKept(record.uuid(), () -> {
                syncs[0] = heard.syncs.get();
                sent.countDown();
            });
            assertThat(sent.getCount()).isEqualTo(1);
            ledger.settled(record);
            assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(syncs[0]).isPositive();
    }

    @Test
    void anAnswerWhoseEventLoopIsGoneHoldsUpNoRecordAndNotTheEnd() throws Exception {
        List<ExchangeRecord> records = random.take(20);
        Ledger ledger = start(Fsync.INTERVAL, Ack.DURABLE, OnFull.CONTINUE);
        Runnable gone = () -> {
            throw new RejectedExecutionException("event executor terminated");
        };
        records.forEach(record -> ledger.whenKept(record.uuid(), gone));
        ledger.whenKept(new UUID(1, 1), gone);
        records.forEach(ledger::settled);
        until(() -> ledger.status().records() >= 20);
        ledger.close();
        assertThat(ledger.status().records()).isEqualTo(20);
        assertThat(ledger.status().lost()).isZero();
        assertThat(shelf.entries).hasSize(20);
        assertThat(heard.alarms).noneMatch(alarm -> alarm.contains("cannot take records"));
        // The folder was given back.
        start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE).close();
        assertThat(home.resolve("1")).doesNotExist();
    }

    @Test
    void anAnswerDoesNotWaitForADiskThatIsFullUnlessItMust() throws Exception {
        disk.room(3);
        for (OnFull policy : OnFull.values()) {
            ExchangeRecord record = random.get();
            CountDownLatch sent = new CountDownLatch(1);
            try (Ledger ledger = start(Fsync.INTERVAL, Ack.DURABLE, policy)) {
                ledger.whenKept(record.uuid(), sent::countDown);
                ledger.settled(record);
                until(() -> ledger.status().trouble() != null);
                if (policy == OnFull.CONTINUE) {
                    assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
                } else {
                    assertThat(sent.getCount()).isEqualTo(1);
                    disk.room(1_000_000);
                    assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
                }
            }
        }
    }

    @Test
    void aDiskThatDoesNotSyncIsLeftForANewFileAndNothingIsAcknowledgedBefore() throws Exception {
        ExchangeRecord record = random.get();
        CountDownLatch sent = new CountDownLatch(1);
        disk.syncs(false);
        try (Ledger ledger = start(Fsync.ALWAYS, Ack.DURABLE, OnFull.REFUSE)) {
            ledger.whenKept(record.uuid(), sent::countDown);
            ledger.settled(record);
            until(() -> ledger.status().trouble() != null);
            assertThat(sent.getCount()).isEqualTo(1);
            disk.syncs(true);
            assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
            until(() -> shelf.entries.size() == 1);
            assertThat(ledger.status().lost()).isZero();
        }
        assertThat(JournalFolder.segments(home.resolve("0")).size()).isPositive();
    }

    @Test
    void withoutAFolderRecordsGoStraightToTheStore() {
        LedgerConfig none = new LedgerConfig(
                true, null, Fsync.INTERVAL, Duration.ofMillis(50), Ack.NONE, OnFull.CONTINUE, Content.METADATA);
        try (Ledger ledger = Ledger.start(none, "node-1", shelf, Ticker.system(), heard, Ledger.Setting.USUAL)) {
            random.take(100).forEach(ledger::settled);
            until(() -> shelf.entries.size() == 100);
            assertThat(ledger.status().journaled()).isFalse();
        }
    }

    @Test
    void anEntryOfANewerProgramStopsTheShipmentAndIsKept() throws Exception {
        List<ExchangeRecord> records = random.take(3);
        shelf.away = true;
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            records.subList(0, 2).forEach(ledger::settled);
            until(() -> ledger.status().records() == 2);
        }
        Path file = JournalFolder.segments(home.resolve("0")).firstEntry().getValue();
        byte[] newer = JournalTest.frame(records.get(2));
        newer[SegmentFormat.FRAME_BYTES] = 99;
        EntryWriter sealed = new EntryWriter();
        for (byte one : newer) {
            sealed.octet(one);
        }
        SegmentFormat.seal(sealed, 0, new java.util.zip.CRC32C());
        Files.write(
                file,
                java.util.Arrays.copyOf(sealed.array(), sealed.length()),
                java.nio.file.StandardOpenOption.APPEND);
        shelf.away = false;
        heard.alarms.clear();
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            until(() -> ledger.status().storeTrouble() != null);
            assertThat(shelf.entries).hasSize(2);
            assertThat(ledger.status().behindBytes()).isEqualTo(newer.length);
        }
        assertThat(heard.alarms).anyMatch(alarm -> alarm.contains("a newer Penstock wrote this"));
    }

    @Test
    void nothingOfACallIsInAnAlarm() {
        disk.room(3);
        try (Ledger ledger = start(Fsync.NONE, Ack.NONE, OnFull.CONTINUE)) {
            random.take(50).forEach(ledger::settled);
            until(() -> ledger.status().trouble() != null);
        }
        assertThat(String.join("\n", heard.alarms).getBytes(StandardCharsets.UTF_8))
                .isNotEmpty();
        assertThat(heard.alarms).noneMatch(alarm -> alarm.contains("req_") || alarm.contains("gpt"));
    }

    private Ledger start(Fsync fsync, Ack ack, OnFull onFull) {
        LedgerConfig config = new LedgerConfig(true, home, fsync, Duration.ofMillis(5), ack, onFull, Content.METADATA);
        return Ledger.start(config, "node-1", shelf, Ticker.system(), heard, new Ledger.Setting(16_384, 1 << 20, disk));
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within a minute");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** A store that can be away. */
    private static final class Shelf implements LedgerStore {

        private final Map<UUID, LedgerEntry> entries = java.util.Collections.synchronizedMap(new LinkedHashMap<>());
        private final List<CompletableFuture<Void>> hanging = new ArrayList<>();
        private volatile boolean away;
        private volatile boolean hangs;

        @Override
        public synchronized CompletionStage<Void> append(List<LedgerEntry> added) {
            if (away) {
                return CompletableFuture.failedStage(new IllegalStateException("away"));
            }
            added.forEach(entry -> entries.putIfAbsent(entry.exchange().uuid(), entry));
            CompletableFuture<Void> done = new CompletableFuture<>();
            if (hangs) {
                hanging.add(done);
            } else {
                done.complete(null);
            }
            return done;
        }

        synchronized void letGo() {
            hanging.forEach(one -> one.complete(null));
        }

        @Override
        public CompletionStage<List<UsageRow>> usage(UsageQuery query) {
            return CompletableFuture.completedStage(List.of());
        }

        @Override
        public CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
            return CompletableFuture.completedStage(List.of());
        }

        @Override
        public CompletionStage<List<LedgerEntry>> find(String name) {
            return CompletableFuture.completedStage(List.of());
        }

        @Override
        public CompletionStage<Long> expire(Instant a, Instant b, Instant c, Instant d) {
            return CompletableFuture.completedStage(0L);
        }
    }
}
