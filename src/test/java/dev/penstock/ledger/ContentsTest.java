// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.config.ContentConfig;
import dev.penstock.config.ContentConfig.Kind;
import dev.penstock.config.LedgerConfig;
import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Content;
import dev.penstock.config.LedgerConfig.Fsync;
import dev.penstock.config.LedgerConfig.OnFull;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Transcript;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content on its way from an event loop over the journal to a store, and what becomes of it when something breaks on that way. */
final class ContentsTest {

    private static final Duration LAST_TRIES = Duration.ofSeconds(2);

    private static final Identity ACME = new Identity("acme", "", "k");
    private static final Set<Kind> ALL = Set.of(Kind.values());

    @TempDir
    private Path home;

    private final Heard heard = new Heard();
    private final FullDisk disk = new FullDisk();
    private final Shelf shelf = new Shelf();
    private final RandomExchanges random = new RandomExchanges(71);

    private static TenantConfig tenant(String name, double share, int max) {
        Content record = share >= 1 ? Content.FULL : share > 0 ? Content.SAMPLED : Content.METADATA;
        return new TenantConfig(name, "", List.of(), new ContentConfig(record, share, ALL, Duration.ofDays(7), max));
    }

    private static Contents contents(long most, TenantConfig... tenants) {
        Contents contents = new Contents(new Heard(), most);
        contents.use(List.of(tenants), List.of(Secret.of("canary-house-key")));
        return contents;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void say(Transcript transcript, String request, String answer) {
        transcript.asked(bytes(request));
        for (int i = 0; i < answer.length(); i += 7) {
            transcript.answered(Buffer.buffer(answer.substring(i, Math.min(answer.length(), i + 7))));
        }
    }

    // ---- of which calls

    @Test
    void nobodyIsTakenDownWhoDidNotAskForIt() {
        Contents contents = contents(1 << 20, tenant("acme", 1, 1024), tenant("quiet", 0, 1024));
        assertThat(contents.begin(new Identity("quiet", "", "k"), UUID.randomUUID()))
                .isNull();
        assertThat(contents.begin(new Identity("other", "", "k"), UUID.randomUUID()))
                .isNull();
        assertThat(contents.begin(Identity.NONE, UUID.randomUUID())).isNull();
        assertThat(contents.begin(ACME, UUID.randomUUID())).isNotNull();
        contents.use(List.of(), List.of());
        assertThat(contents.begin(ACME, UUID.randomUUID())).isNull();
    }

    @Test
    void aShareOfTheCallsIsDrawnByTheirNamesTheSameOnesEachTime() {
        Random seeded = new Random(20261122);
        long clock = 1_763_800_000_000L;
        for (double share : new double[] {0.001, 0.01, 0.25, 0.9}) {
            int drawn = 0;
            for (int i = 0; i < 200_000; i++) {
                // As version 7 has it: a clock, and chance.
                long high = (clock + i / 10) << 16 | 0x7000 | seeded.nextInt(0x1000);
                UUID uuid = new UUID(high, seeded.nextLong() >>> 2 | 0x8000_0000_0000_0000L);
                boolean is = Contents.isDrawn(uuid, share);
                assertThat(Contents.isDrawn(uuid, share)).isEqualTo(is);
                assertThat(Contents.isDrawn(uuid, 1)).isTrue();
                drawn += is ? 1 : 0;
            }
            assertThat(drawn / 200_000.0).isCloseTo(share, within(4 * Math.sqrt(share / 200_000)));
        }
    }

    // ---- what is taken down

    @Test
    void theBeginningIsKeptAndTheCutIsSaid() {
        Contents contents = contents(1 << 20, tenant("acme", 1, 1024));
        ExchangeRecord record = random.get();
        say(contents.begin(ACME, record.uuid()), "q".repeat(50_000), "a".repeat(1_000));

        CallContent content = contents.of(record);

        assertThat(content.request()).isEqualTo(new CallContent.Said("q".repeat(1024), 50_000, true, 0));
        assertThat(content.answer()).isEqualTo(new CallContent.Said("a".repeat(1_000), 1_000, false, 0));
        assertThat(content.expires()).isEqualTo(record.startedAt().plus(Duration.ofDays(7)));
        assertThat(contents.of(record)).isSameAs(content);
        contents.done(record.uuid());
        assertThat(contents.of(record)).isNull();
        assertThat(contents.bytes()).isZero();
        assertThat(contents.dropped()).isZero();
    }

    @Test
    void whatHasNoRoomIsGivenUpAsAWholeAndCountedAndItsRecordIsNot() {
        Contents contents = contents(40_000, tenant("acme", 1, 64 << 10));
        List<ExchangeRecord> records = random.take(4);
        records.forEach(record -> say(contents.begin(ACME, record.uuid()), "q".repeat(10_000), "a".repeat(10_000)));

        List<Boolean> there =
                records.stream().map(record -> contents.of(record) != null).toList();

        assertThat(contents.bytes()).isLessThanOrEqualTo(40_000);
        assertThat(there).containsExactly(true, false, false, false);
        records.forEach(record -> contents.done(record.uuid()));
        assertThat(contents.dropped()).isEqualTo(3);
        assertThat(contents.bytes()).isZero();
    }

    @Test
    void ofACallThatSaidNothingNothingIsKept() {
        Contents contents = contents(1 << 20, tenant("acme", 1, 1024));
        ExchangeRecord record = random.get();
        contents.begin(ACME, record.uuid());
        assertThat(contents.of(record)).isNull();
        contents.done(record.uuid());
        assertThat(contents.dropped()).isZero();
    }

    @Test
    void keysOfTheInstallationAreNeverWritten() {
        Contents contents = new Contents(heard, 1 << 20);
        contents.use(
                List.of(new TenantConfig(
                        "acme", "", List.of(), new ContentConfig(Content.FULL, 1, Set.of(), Duration.ofDays(1), 1024))),
                List.of(Secret.of("canary-house-key")));
        ExchangeRecord record = random.get();
        say(
                contents.begin(ACME, record.uuid()),
                "my key is canary-house-key",
                "canary-house-key, I see, a@example.com");
        assertThat(contents.of(record).request().text()).isEqualTo("my key is [secret]");
        assertThat(contents.of(record).answer().text()).isEqualTo("[secret], I see, a@example.com");
    }

    // ---- on the way to the store

    private Ledger start(boolean journal) {
        LedgerConfig config = new LedgerConfig(
                journal, home, Fsync.NONE, Duration.ofMillis(5), Ack.NONE, OnFull.CONTINUE, Content.FULL);
        Ledger ledger = Ledger.start(
                config, "node-1", shelf, Ticker.system(), heard, new Ledger.Setting(16_384, 1 << 20, LAST_TRIES, disk));
        ledger.contents().use(List.of(tenant("acme", 1, 64 << 10)), List.of());
        return ledger;
    }

    private void settle(Ledger ledger, ExchangeRecord record) {
        Transcript transcript = ledger.contents().begin(ACME, record.uuid());
        say(
                transcript,
                "canary-asked by anna@example.com",
                "canary-answered " + record.uuid() + " 4111 1111 1111 1111");
        ledger.settled(record);
    }

    private void assertOnTheShelf(ExchangeRecord record) {
        LedgerEntry entry = shelf.entries.stream()
                .filter(one -> one.exchange().uuid().equals(record.uuid()))
                .findFirst()
                .orElseThrow();
        assertThat(entry.content().request().text()).isEqualTo("canary-asked by [email]");
        assertThat(entry.content().answer().text()).isEqualTo("canary-answered " + record.uuid() + " [card]");
    }

    private String journal() {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toString();
    }

    @Test
    void contentGoesWithItsRecordThroughTheJournalRedactedBeforeThat() {
        List<ExchangeRecord> records = random.take(200);
        try (Ledger ledger = start(true)) {
            records.forEach(record -> settle(ledger, record));
            until(() -> shelf.entries.size() == 200);
            until(() -> ledger.contents().bytes() == 0);
            assertThat(journal()).contains("canary-asked", "canary-answered").doesNotContain("anna@", "4111");
        }
        records.forEach(this::assertOnTheShelf);
        assertThat(heard.alarms).isEmpty();
    }

    @Test
    void withoutAJournalItGoesStraightToTheStoreHoweverOftenThatIsTried() {
        shelf.away = true;
        List<ExchangeRecord> records = random.take(50);
        try (Ledger ledger = start(false)) {
            records.forEach(record -> settle(ledger, record));
            until(() -> ledger.status().trouble() != null);
            assertThat(ledger.contents().bytes()).isPositive();
            shelf.away = false;
            until(() -> shelf.entries.size() == 50);
            until(() -> ledger.contents().bytes() == 0);
        }
        records.forEach(this::assertOnTheShelf);
        assertThat(heard.alarms).noneMatch(alarm -> alarm.contains("canary"));
    }

    @Test
    void whatAProcessThatDiedHadWrittenIsShippedByTheNextOneWithItsContent() throws Exception {
        shelf.away = true;
        List<ExchangeRecord> records = random.take(100);
        Path copy = home.resolveSibling(home.getFileName() + "-killed");
        try (Ledger ledger = start(true)) {
            records.forEach(record -> settle(ledger, record));
            until(() -> ledger.status().records() == 100);
            // As kill -9 leaves it, torn in the last record.
            copy(home, copy);
        }
        Path last = JournalFolder.segments(copy.resolve("0")).lastEntry().getValue();
        byte[] whole = Files.readAllBytes(last);
        Files.write(last, Arrays.copyOf(whole, whole.length - 20));
        shelf.away = false;
        LedgerConfig config =
                new LedgerConfig(true, copy, Fsync.NONE, Duration.ofMillis(5), Ack.NONE, OnFull.CONTINUE, Content.FULL);
        try (Ledger ledger = Ledger.start(
                config,
                "node-1",
                shelf,
                Ticker.system(),
                heard,
                new Ledger.Setting(16_384, 1 << 20, LAST_TRIES, disk))) {
            until(() -> shelf.entries.size() == 99);
        }
        records.subList(0, 99).forEach(this::assertOnTheShelf);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!file.endsWith("lock")) {
                    Files.copy(file, target);
                }
            }
        }
    }

    @Test
    void aDiskThatIsFullInTheMiddleKeepsTheContentUntilItHeals() {
        List<ExchangeRecord> records = random.take(100);
        disk.room(5_000);
        try (Ledger ledger = start(true)) {
            records.forEach(record -> settle(ledger, record));
            until(() -> ledger.status().trouble() != null);
            disk.room(Long.MAX_VALUE);
            until(() -> shelf.entries.stream()
                            .map(entry -> entry.exchange().uuid())
                            .distinct()
                            .count()
                    == 100);
            until(() -> ledger.contents().bytes() == 0);
        }
        records.forEach(this::assertOnTheShelf);
        assertThat(heard.alarms).isNotEmpty().noneMatch(alarm -> alarm.contains("canary"));
    }

    @Test
    void largeContentsAreWrittenInPartsAndNoneIsTooLargeForTheJournal() {
        List<ExchangeRecord> records = random.take(40);
        try (Ledger ledger = start(true)) {
            ledger.contents().use(List.of(tenant("acme", 1, 256 << 10)), List.of());
            for (ExchangeRecord record : records) {
                Transcript transcript = ledger.contents().begin(ACME, record.uuid());
                // Each byte of it becomes three.
                byte[] noText = new byte[300 << 10];
                Arrays.fill(noText, (byte) 0xff);
                transcript.asked(noText);
                transcript.answered(Buffer.buffer(noText));
                ledger.settled(record);
            }
            until(() -> shelf.entries.size() == 40);
            assertThat(ledger.status().lost()).isZero();
        }
        for (LedgerEntry entry : shelf.entries) {
            assertThat(bytes(entry.content().answer().text()).length).isBetween((256 << 10) - 3, 256 << 10);
            assertThat(entry.content().answer().cut()).isTrue();
        }
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

    /** A store that can be away, and is asked for nothing. */
    private static final class Shelf implements LedgerStore {

        private final List<LedgerEntry> entries = new CopyOnWriteArrayList<>();
        private volatile boolean away;

        @Override
        public CompletionStage<Void> append(List<LedgerEntry> added) {
            if (away) {
                return CompletableFuture.failedStage(new IllegalStateException("away"));
            }
            entries.addAll(added);
            return CompletableFuture.completedStage(null);
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
