// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.exchange.AuditEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to the files afterwards is found, or is written down here as what cannot be. */
final class AuditVerifierTest {

    private static final int RECORDS = 20;

    /** Changes that are tried in each file; more of them with {@code -Dpenstock.changes}. */
    private static final int CHANGES = Integer.getInteger("penstock.changes", 50);

    @TempDir
    Path data;

    private AuditRoom room;

    @BeforeEach
    void fill() throws Exception {
        room = new AuditRoom(data);
        room.fill(RECORDS);
    }

    private Path segment(int number) throws Exception {
        return room.files(".jsonl").get(number);
    }

    private Path heads(int number) throws Exception {
        return room.files(".heads").get(number);
    }

    @Test
    void whatWasWrittenIsIntact() throws Exception {
        AuditVerifier.Report report = room.verify();

        assertThat(report.findings()).isEmpty();
        assertThat(report.records()).isEqualTo(RECORDS + 2);
        assertThat(report.first()).isEqualTo(1);
        assertThat(report.last()).isEqualTo(RECORDS + 2);
        assertThat(report.unsigned()).isZero();
        assertThat(report.heads()).isEqualTo(room.heads.size()).isGreaterThan(5);
        assertThat(room.files(".jsonl").size()).isGreaterThan(2);
    }

    @Test
    void anEditIsFoundWithFileAndLine() throws Exception {
        List<String> lines = room.lines(segment(1));
        lines.set(1, lines.get(1).replace("acme", "evil"));
        room.put(segment(1), lines);

        assertThat(room.findings())
                .contains(segment(1).getFileName() + ":2  record", "is not what its hash was made of");
    }

    @Test
    void anEditWithAHashThatFitsIsFoundByTheOneBehindIt() throws Exception {
        List<String> lines = room.lines(segment(1));
        AuditRecord was = AuditRecord.read(lines.get(1).getBytes(UTF_8));
        AuditRecord forged = AuditRecord.next(
                was.seq(),
                was.time(),
                was.node(),
                AuditEvent.of("key.change", "nobody", "x", Map.of()),
                was.head(),
                was.prev());
        lines.set(1, new String(forged.line(), UTF_8));
        room.put(segment(1), lines);

        assertThat(room.findings()).contains(segment(1).getFileName() + ":3", "does not follow record " + was.seq());
    }

    @Test
    void aChainThatIsWrittenAnewIsFoundByTheSignedHeads() throws Exception {
        Map<Path, byte[]> genuine = room.snapshot();
        Path elsewhere = data.resolve("forged");
        AuditRoom forger = new AuditRoom(elsewhere);
        forger.fill(RECORDS);
        for (Path file : genuine.keySet()) {
            if (file.toString().endsWith(".jsonl")) {
                Files.copy(
                        forger.dir.resolve(file.getFileName()),
                        file,
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }

        assertThat(room.findings()).contains("names a head that is not there", "is not the one that was signed");
    }

    @Test
    void aDeletedRecordIsFound() throws Exception {
        for (int line = 0; line < room.lines(segment(1)).size(); line++) {
            Map<Path, byte[]> genuine = room.snapshot();
            List<String> lines = room.lines(segment(1));
            lines.remove(line);
            room.put(segment(1), lines);
            assertThat(room.findings()).as("line " + line).isNotEmpty();
            room.restore(genuine);
        }
    }

    @Test
    void anInsertedRecordIsFound() throws Exception {
        List<String> lines = room.lines(segment(0));
        lines.add(2, lines.get(2));
        room.put(segment(0), lines);

        assertThat(room.findings()).contains(segment(0).getFileName() + ":4", "inserted");
    }

    @Test
    void recordsInAnotherOrderAreFound() throws Exception {
        List<String> lines = room.lines(segment(0));
        Collections.swap(lines, 1, 2);
        room.put(segment(0), lines);

        assertThat(room.findings()).contains("moved");
    }

    @Test
    void aMissingSegmentIsFoundWhereverItWas() throws Exception {
        Map<Path, byte[]> genuine = room.snapshot();
        int segments = room.files(".jsonl").size();
        for (int i = 0; i < segments; i++) {
            Path records = segment(i);
            Files.delete(records);
            assertThat(room.findings()).as("records of " + i).isNotEmpty();
            Files.delete(Path.of(records.toString().replace(".jsonl", ".heads")));
            assertThat(room.findings()).as("all of " + i).isNotEmpty();
            room.restore(genuine);
        }
    }

    @Test
    void aTailThatIsCutOffIsFound() throws Exception {
        Path last = segment(room.files(".jsonl").size() - 1);
        List<String> lines = room.lines(last);
        room.put(last, lines.subList(0, lines.size() - 1));

        assertThat(room.findings()).contains("record " + (RECORDS + 2) + " was signed and is not there: cut off");
    }

    @Test
    void theLastSegmentWithItsHeadsThatIsDeletedIsFoundByTheNewestHeadAndSaidAtTheNextStart() throws Exception {
        Path last = segment(room.files(".jsonl").size() - 1);
        Files.delete(last);
        Files.delete(Path.of(last.toString().replace(".jsonl", ".heads")));
        assertThat(room.findings()).contains("newest.head:1", "records up to " + (RECORDS + 2), "cut off");

        try (Journal journal = room.open()) {
            room.write(journal, 50, 55);
            journal.finish();
        }

        assertThat(room.findings())
                .contains("says that signed records were not there any more", "signed=" + (RECORDS + 2));
        Files.delete(room.dir.resolve("newest.head"));
        assertThat(room.findings()).contains("newest.head  is not there");
    }

    @Test
    void halfALineAtTheEndIsFound() throws Exception {
        Path last = segment(room.files(".jsonl").size() - 1);
        byte[] all = Files.readAllBytes(last);
        Files.write(last, Arrays.copyOf(all, all.length - 1));

        assertThat(room.findings()).contains("ends within a line");
    }

    @Test
    void anyHeadThatIsDeletedEditedOrMovedIsFound() throws Exception {
        Map<Path, byte[]> genuine = room.snapshot();
        for (Path file : room.files(".heads")) {
            int count = room.lines(file).size();
            for (int i = 0; i < count; i++) {
                List<String> lines = room.lines(file);
                lines.remove(i);
                room.put(file, lines);
                assertThat(room.findings()).as(file + " without " + i).isNotEmpty();
                room.restore(genuine);
                lines = room.lines(file);
                lines.set(i, lines.get(i).replaceFirst("\"last\":[0-9]+", "\"last\":3"));
                room.put(file, lines);
                assertThat(room.findings()).as(file + " edited in " + i).isNotEmpty();
                room.restore(genuine);
            }
            Files.delete(file);
            assertThat(room.findings()).as("without " + file).isNotEmpty();
            room.restore(genuine);
        }
    }

    @Test
    void anotherKeyIsFoundWhenTheRightOneIsKnown() throws Exception {
        String genuine = AuditReader.publicKey(room.dir);
        AuditRoom forger = new AuditRoom(data.resolve("forged"));
        forger.fill(RECORDS);

        assertThat(forger.verify().isIntact()).isTrue();
        assertThat(AuditVerifier.verify(forger.dir, genuine, List.of(), AuditQuery.ALL)
                        .findings())
                .anySatisfy(finding -> assertThat(finding.what()).contains("another key than the one that was given"))
                .anySatisfy(finding -> assertThat(finding.what()).contains("the signature is not that of the key"));
        assertThatThrownBy(() -> AuditVerifier.verify(room.dir, "x", List.of(), AuditQuery.ALL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** An earlier state of everything is a genuine one. Only what was kept outside tells that there was more. */
    @Test
    void anEarlierStateIsFoundByHeadsThatWereKeptOutsideAndNotWithoutThem() throws Exception {
        AuditRoom rolled = new AuditRoom(data.resolve("rolled"));
        try (Journal journal = rolled.open()) {
            rolled.write(journal, 1, 6);
            Map<Path, byte[]> earlier = rolled.snapshot();
            rolled.write(journal, 7, 12);
            journal.finish();
            journal.close();
            rolled.restore(earlier);
        }
        Path outside = data.resolve("outside.jsonl");
        rolled.put(outside, rolled.heads);

        assertThat(rolled.verify().isIntact()).isTrue();
        assertThat(AuditVerifier.verify(rolled.dir, null, List.of(outside), AuditQuery.ALL)
                        .findings())
                .isNotEmpty()
                .allSatisfy(finding -> assertThat(finding.what()).contains("is not there any more"));
        rolled.put(outside, List.of("{}"));
        assertThat(AuditVerifier.verify(rolled.dir, null, List.of(outside), AuditQuery.ALL)
                        .findings())
                .hasSize(1);
    }

    @Test
    void headsThatWereKeptOutsideAgreeWithWhatIsWhole() throws Exception {
        Path outside = data.resolve("outside.jsonl");
        room.put(outside, room.heads);

        assertThat(AuditVerifier.verify(room.dir, AuditReader.publicKey(room.dir), List.of(outside), AuditQuery.ALL)
                        .findings())
                .isEmpty();
    }

    @Test
    void aRangeIsCheckedWithoutTheRest() throws Exception {
        Map<Path, byte[]> genuine = room.snapshot();
        List<String> lines = room.lines(segment(0));
        lines.set(1, lines.get(1).replace("acme", "evil"));
        room.put(segment(0), lines);
        AuditQuery late = new AuditQuery(new AuditQuery.Point.Seq(RECORDS), null, "", "", 0, 1);
        AuditQuery early = new AuditQuery(null, new AuditQuery.Point.Seq(4), "", "", 0, 1);

        assertThat(AuditVerifier.verify(room.dir, null, List.of(), late).findings())
                .isEmpty();
        assertThat(AuditVerifier.verify(room.dir, null, List.of(), early).findings())
                .isNotEmpty();
        room.restore(genuine);
        for (int i = 1; i <= RECORDS + 2; i++) {
            AuditQuery one = new AuditQuery(new AuditQuery.Point.Seq(i), new AuditQuery.Point.Seq(i), "", "", 0, 1);
            assertThat(AuditVerifier.verify(room.dir, null, List.of(), one).findings())
                    .as("record " + i)
                    .isEmpty();
        }
        Instant all = Instant.parse("2020-01-01T00:00:00Z");
        AuditQuery byTime = new AuditQuery(new AuditQuery.Point.At(all), null, "", "", 0, 1);
        assertThat(AuditVerifier.verify(room.dir, null, List.of(), byTime).records())
                .isEqualTo(RECORDS + 2);
    }

    @Test
    void anEmptyFolderHoldsNothingThatCouldBeIntact() throws Exception {
        assertThat(AuditVerifier.verify(data.resolve("none"), null, List.of(), AuditQuery.ALL)
                        .isIntact())
                .isFalse();
    }

    /** Any bit of any file, at seeded places; and bytes that are changed, removed and put in. */
    @Test
    void anyChangeOfASingleBitOrByteOfAnyFileIsFound() throws Exception {
        // What a crash has left is among the files.
        Files.writeString(segment(room.files(".jsonl").size() - 1), "{\"half", java.nio.file.StandardOpenOption.APPEND);
        try (Journal journal = room.open()) {
            room.write(journal, 30, 31);
            journal.finish();
        }
        assertThat(room.findings()).isEmpty();
        Map<Path, byte[]> genuine = room.snapshot();
        genuine.keySet().removeIf(file -> file.endsWith("lock"));
        Random random = new Random(20261122);
        List<String> missed = new ArrayList<>();
        for (Map.Entry<Path, byte[]> file : genuine.entrySet()) {
            byte[] was = file.getValue();
            for (int i = 0; i < CHANGES; i++) {
                int at = i == 0 ? was.length - 1 : random.nextInt(was.length);
                byte[] now = changed(was, at, i % 4, random);
                Files.write(file.getKey(), now);
                if (room.verify().isIntact()) {
                    missed.add(file.getKey().getFileName() + " at " + at + " by " + i % 4);
                }
            }
            Files.write(file.getKey(), was);
        }

        assertThat(missed).isEmpty();
        assertThat(room.findings()).isEmpty();
    }

    private static byte[] changed(byte[] was, int at, int how, Random random) {
        byte[] now = was.clone();
        switch (how) {
            case 0 -> now[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> now[at] += (byte) (1 + random.nextInt(255));
            case 2 -> {
                now = Arrays.copyOf(was, was.length - 1);
                System.arraycopy(was, at + 1, now, at, was.length - at - 1);
            }
            default -> {
                now = Arrays.copyOf(was, was.length + 1);
                System.arraycopy(was, at, now, at + 1, was.length - at);
                now[at] = (byte) random.nextInt(256);
                if (now[at] == was[at]) {
                    now[at] ^= 1;
                }
            }
        }
        return now;
    }

    @Test
    void wholeSegmentsWhoseTimeIsOverAreRemovedWithASignedWord() throws Exception {
        room.rules = new Journal.Rules(2500, Duration.ofDays(1), Duration.ofSeconds(10), Duration.ofHours(3));
        Path first = segment(0);
        room.time.advance(Duration.ofHours(4));
        try (Journal journal = room.open()) {
            room.write(journal, 30, 40);
        }
        AuditVerifier.Report report = room.verify();

        assertThat(report.findings()).isEmpty();
        assertThat(first).doesNotExist();
        assertThat(report.removed()).isPositive();
        assertThat(report.first()).isEqualTo(report.removed() + 1);
        room.time.advance(Duration.ofHours(4));
        try (Journal journal = room.open()) {
            room.write(journal, 50, 52);
            assertThat(room.verify().findings()).isEmpty();
            assertThat(room.verify().removed()).isGreaterThan(report.removed());
        }
        Path oldest = segment(0);
        Files.delete(oldest);
        assertThat(room.findings()).isNotEmpty();
    }

    @Test
    void theKeyIsMadeOnceForItsOwnerAlone() throws Exception {
        Path file = data.resolve("audit.key");
        assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(room.key().open().text())
                .isEqualTo(InstallationKey.at(file, Disk.REAL, new SecureRandom())
                        .open()
                        .text());
        assertThat(room.key())
                .hasToString("InstallationKey[" + room.key().open().fingerprint() + "]");
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(room::key).hasMessageContaining("may be read by others");
        Files.writeString(data.resolve("no.key"), "canary");
        Files.setPosixFilePermissions(
                data.resolve("no.key"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        assertThatThrownBy(() -> InstallationKey.at(data.resolve("no.key"), Disk.REAL, new SecureRandom()))
                .hasMessageNotContaining("canary");
    }
}
