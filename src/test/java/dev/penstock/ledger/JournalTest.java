// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.time.ManualTime;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {

    private static final long LARGE = 64 << 20;

    @TempDir
    private Path home;

    private final Heard heard = new Heard();
    private final RandomExchanges random = new RandomExchanges(21);

    @Test
    void aRecordThatWasCutAnywhereIsCutOffAndAllBeforeItStay() throws Exception {
        List<ExchangeRecord> records = random.take(3);
        write(home, LARGE, records);
        Path file = onlyFile();
        byte[] whole = Files.readAllBytes(file);
        int last = frame(records.get(2)).length;
        for (int missing = 1; missing < last; missing += missing < 16 || missing > last - 16 ? 1 : 7) {
            Files.write(file, Arrays.copyOf(whole, whole.length - missing));
            ExchangeRecord next = random.get();
            write(home, LARGE, List.of(next));
            assertThat(read(home))
                    .as("%d bytes missing", missing)
                    .containsExactly(records.get(0), records.get(1), next);
        }
        assertThat(heard.alarms).allMatch(alarm -> alarm.contains("is unfinished") && alarm.contains(file.toString()));
    }

    @Test
    void aDamagedRecordInTheMiddleIsSkippedAndSaidWithFileAndPlace() throws Exception {
        List<ExchangeRecord> records = random.take(20);
        write(home, LARGE, records);
        Path file = onlyFile();
        byte[] whole = Files.readAllBytes(file);
        SplittableRandom chance = new SplittableRandom(22);
        int start = SegmentFormat.HEAD_BYTES;
        for (int i = 0; i < 19; i++) {
            int length = frame(records.get(i)).length;
            byte[] damaged = whole.clone();
            damaged[start + chance.nextInt(length)] ^= (byte) (1 << chance.nextInt(8));
            Files.write(file, damaged);
            heard.alarms.clear();
            List<ExchangeRecord> others = new ArrayList<>(records);
            others.remove(i);
            assertThat(read(home)).isEqualTo(others);
            assertThat(heard.alarms)
                    .containsExactly("no record can be read in " + file + " from " + start + " to " + (start + length)
                            + ": it is skipped");
            start += length;
        }
    }

    @Test
    void aDamagedHeadCostsNoRecord() throws Exception {
        List<ExchangeRecord> records = random.take(5);
        write(home, LARGE, records);
        Path file = onlyFile();
        byte[] bytes = Files.readAllBytes(file);
        bytes[3] = 0;
        Files.write(file, bytes);
        assertThat(read(home)).isEqualTo(records);
        assertThat(heard.alarms).hasSize(1);
    }

    @Test
    void aJournalOfANewerProgramIsLeftAlone() throws Exception {
        write(home, LARGE, random.take(1));
        Path file = onlyFile();
        byte[] bytes = Files.readAllBytes(file);
        bytes[11] = 2;
        Files.write(file, bytes);
        assertThatExceptionOfType(UnreadableEntry.class)
                .isThrownBy(() -> open(home, LARGE))
                .withMessageContaining("version 2 of the journal");
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }

    @Test
    void filesFollowEachOtherAndAreDeletedWhenTheStoreHasAllOfThem() throws Exception {
        List<ExchangeRecord> records = random.take(200);
        try (Journal journal = open(home, 8_192)) {
            append(journal, records);
            int files = journal(home).size();
            assertThat(files).isGreaterThan(5);
            List<Long> bases = new ArrayList<>(journal(home).keySet());
            journal.shipped(bases.get(3));
            assertThat(journal(home).keySet()).containsExactlyElementsOf(bases.subList(3, files));
            journal.shipped(journal.written());
            assertThat(journal(home)).as("the last one stays").hasSize(1);
        }
        try (Journal again = open(home, 8_192)) {
            assertThat(again.shippedAtOpen()).isEqualTo(again.written());
            assertThat(again.unshippedAtOpen()).isZero();
        }
    }

    @Test
    void whatIsBeyondTheMarkIsCountedWhenItIsOpened() throws Exception {
        List<ExchangeRecord> records = random.take(10);
        try (Journal journal = open(home, LARGE)) {
            append(journal, records.subList(0, 4));
            journal.shipped(journal.written());
            append(journal, records.subList(4, 10));
        }
        try (Journal again = open(home, LARGE)) {
            assertThat(again.unshippedAtOpen()).isEqualTo(6);
        }
    }

    @Test
    void aMarkBeyondTheEndNeverHidesWhatComesNext() throws Exception {
        try (Journal journal = open(home, LARGE)) {
            append(journal, random.take(3));
            journal.shipped(journal.written());
        }
        // The machine lost power: the store has the records, and the disk of the journal forgot them.
        Path file = onlyFile();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), SegmentFormat.HEAD_BYTES));
        ExchangeRecord next = random.get();
        write(home, LARGE, List.of(next));
        assertThat(readFrom(home, new ShippedMark(home.resolve("0")).read())).containsExactly(next);
    }

    @Test
    void aMarkThatIsDamagedCountsAsNone() throws Exception {
        try (Journal journal = open(home, LARGE)) {
            append(journal, random.take(3));
            journal.shipped(journal.written());
        }
        Path mark = home.resolve("0").resolve("shipped");
        Files.writeString(mark, Files.readString(mark).replaceFirst("^.", "9"));
        try (Journal again = open(home, LARGE)) {
            assertThat(again.unshippedAtOpen()).isEqualTo(3);
        }
    }

    @Test
    void twoProcessesNeverShareAFolderAndTheNextOneTakesOverWhatIsLeft() throws Exception {
        List<ExchangeRecord> first = random.take(3);
        List<ExchangeRecord> second = random.take(3);
        try (Journal one = open(home, LARGE);
                Journal two = open(home, LARGE)) {
            append(one, first);
            append(two, second);
            assertThat(one.path()).isNotEqualTo(two.path());
        }
        try (Journal next = open(home, LARGE)) {
            assertThat(next.unshippedAtOpen()).isEqualTo(6);
            assertThat(next.path()).isEqualTo(home.resolve("0"));
            assertThat(JournalFolder.segments(home.resolve("1"))).isEmpty();
        }
        assertThat(read(home)).containsAll(first).containsAll(second).hasSize(6);
    }

    @Test
    void nobodyElseOnTheMachineMayReadWhatIsInIt() throws Exception {
        Path deep = home.resolve("data").resolve("ledger");
        assumeTrue(home.getFileSystem().supportedFileAttributeViews().contains("posix"));
        try (Journal journal = open(deep, LARGE)) {
            append(journal, random.take(1));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(journal.path())))
                    .isEqualTo("rwx------");
        }
    }

    private Path onlyFile() throws Exception {
        assertThat(journal(home)).hasSize(1);
        return journal(home).firstEntry().getValue();
    }

    private static java.util.NavigableMap<Long, Path> journal(Path home) throws Exception {
        return JournalFolder.segments(home.resolve("0"));
    }

    private Journal open(Path at, long segmentBytes) throws Exception {
        return Journal.open(at, segmentBytes, FileChannel::open, heard, Ticker.system());
    }

    private void write(Path at, long segmentBytes, List<ExchangeRecord> records) throws Exception {
        try (Journal journal = open(at, segmentBytes)) {
            append(journal, records);
        }
    }

    private static void append(Journal journal, List<ExchangeRecord> records) throws Exception {
        for (ExchangeRecord record : records) {
            journal.append(java.nio.ByteBuffer.wrap(frame(record)));
        }
    }

    @Test
    void aFileWithContentOfCallsIsLeftAfterAnHourAndGoesWhenTheStoreHasIt() throws Exception {
        ManualTime time = new ManualTime();
        try (Journal journal = Journal.open(home, LARGE, FileChannel::open, heard, time)) {
            append(journal, random.take(1));
            time.advance(Duration.ofHours(2));
            append(journal, random.take(1));
            assertThat(journal(home)).hasSize(1);
            journal.holdsContent();
            time.advance(Duration.ofMinutes(60));
            append(journal, random.take(1));
            assertThat(journal(home)).hasSize(1);
            time.advance(Duration.ofMinutes(1));

            append(journal, random.take(1));

            assertThat(journal(home)).hasSize(2);
            time.advance(Duration.ofHours(5));
            append(journal, random.take(1));
            journal.shipped(journal.written());
            assertThat(journal(home)).hasSize(1);
            assertThat(read(home)).hasSize(2);
        }
        // Of a file that another process has begun nobody knows what is in it.
        try (Journal journal = Journal.open(home, LARGE, FileChannel::open, heard, time)) {
            append(journal, random.take(1));
            assertThat(journal(home)).hasSize(1);
            time.advance(Duration.ofMinutes(61));
            append(journal, random.take(1));
            assertThat(journal(home)).hasSize(2);
        }
    }

    static byte[] frame(ExchangeRecord record) {
        EntryWriter bytes = new EntryWriter();
        bytes.skip(SegmentFormat.FRAME_BYTES);
        EntryCodec.encode("node-1", record, null, bytes);
        SegmentFormat.seal(bytes, 0, new CRC32C());
        return Arrays.copyOf(bytes.array(), bytes.length());
    }

    private List<ExchangeRecord> read(Path at) throws Exception {
        return readFrom(at, 0);
    }

    private List<ExchangeRecord> readFrom(Path at, long mark) throws Exception {
        List<ExchangeRecord> found = new ArrayList<>();
        SegmentReader.Damage told = (file, from, to, end) ->
                heard.onAlarm("no record can be read in " + file + " from " + from + " to " + to + ": it is skipped");
        for (Map.Entry<Long, Path> segment : journal(at).entrySet()) {
            long length = Files.size(segment.getValue());
            try (SegmentReader reader = new SegmentReader(segment.getValue(), 0, told)) {
                reader.head(length);
                while (reader.next(length)) {
                    if (segment.getKey() + reader.position() > mark) {
                        found.add(EntryCodec.decode(reader.window(), reader.entryAt(), reader.entryLength())
                                .exchange());
                    }
                }
            }
        }
        return found;
    }
}
