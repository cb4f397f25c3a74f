// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.exchange.AuditEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {

    @TempDir
    Path data;

    private AuditRoom room;

    @BeforeEach
    void open() {
        room = new AuditRoom(data);
    }

    private List<String> kinds() throws IOException {
        List<String> kinds = new ArrayList<>();
        AuditReader.read(
                room.dir,
                AuditQuery.ALL,
                found -> kinds.add(found.record().event().kind()));
        return kinds;
    }

    @Test
    void aRecordIsOneLineOfJsonInItsCanonicalForm() throws Exception {
        try (Journal journal = room.open()) {
            journal.append(List.of(room.event(1)));
        }
        String line = room.lines(room.files(".jsonl").getFirst()).get(1);
        assertThat(line)
                .startsWith(
                        "{\"actor\":\"admin-token\",\"after\":\"tenant=acme \\\"ü\\\"\\n\",\"before\":\"\",\"details\":{\"n\":\"1\"},"
                                + "\"hash\":\"")
                .contains(
                        "\"kind\":\"key.change\",\"node\":\"node-1\",\"prev\":\"",
                        "\"seq\":2,\"time\":\"2026-01-01T00:00:00Z\"");
        assertThat(AuditRecord.read(line.replace("\"seq\":2", "\"seq\": 2").getBytes(UTF_8)))
                .isNull();
        assertThat(AuditRecord.read((line + " ").getBytes(UTF_8))).isNull();
        assertThat(AuditRecord.read(line.replace("ü", "\\u00fc").getBytes(UTF_8)))
                .isNull();
        assertThat(AuditRecord.read(
                        line.replace("\"seq\":2", "\"seq\":2,\"seq\":2").getBytes(UTF_8)))
                .isNull();
    }

    @Test
    void textThatIsTooLongOrNoTextIsWrittenAllTheSame() throws Exception {
        String huge = "x".repeat(100_000);
        try (Journal journal = room.open()) {
            journal.append(List.of(new Journal.Stamped(
                    AuditEvent.of("a.b", "\ud800 alone \udc00", huge, Map.of("\u0000", "\u2028\u007f")),
                    room.time.now())));
            journal.finish();
        }
        assertThat(room.findings()).isEmpty();
        assertThat(room.lines(room.files(".jsonl").getLast()).getFirst().length())
                .isLessThan(6000);
    }

    @Test
    void itGoesOnWhereItStopped() throws Exception {
        room.fill(3);
        room.fill(3);

        assertThat(room.findings()).isEmpty();
        assertThat(kinds())
                .containsExactly(
                        "audit.opened",
                        "key.change",
                        "key.change",
                        "key.change",
                        "audit.closed",
                        "audit.opened",
                        "key.change",
                        "key.change",
                        "key.change",
                        "audit.closed");
        List<String> after = new ArrayList<>();
        AuditQuery opened = new AuditQuery(null, null, "audit.opened", "", 0, 9);
        AuditReader.read(
                room.dir,
                opened,
                found -> after.add(found.record().event().details().get("after")));
        assertThat(after).containsExactly("nothing", "close");
    }

    @Test
    void whatACrashHasTornIsKeptAsideAndSaid() throws Exception {
        try (Journal journal = room.open()) {
            room.write(journal, 1, 4);
        }
        Path records = room.files(".jsonl").getLast();
        Path heads = room.files(".heads").getLast();
        Files.writeString(records, "{\"actor\":\"half a li", StandardOpenOption.APPEND);
        Files.writeString(heads, "{\"count\":", StandardOpenOption.APPEND);
        assertThat(room.findings()).contains("torn by a crash");

        try (Journal journal = room.open()) {
            room.write(journal, 5, 6);
            journal.finish();
        }

        assertThat(room.findings()).isEmpty();
        assertThat(kinds()).containsSubsequence("key.change", "audit.torn", "audit.torn", "audit.opened", "key.change");
        List<Path> torn = new ArrayList<>(room.files(".torn-1"));
        torn.addAll(room.files(".torn-2"));
        assertThat(torn)
                .extracting(file -> Files.readString(file))
                .containsExactlyInAnyOrder("{\"actor\":\"half a li", "{\"count\":");
        assertThat(Files.readString(room.files(".jsonl").getLast())).contains("\"after\":\"crash\"");
        Files.delete(torn.getFirst());
        assertThat(room.findings()).contains("what was torn is not kept as it was");
    }

    @Test
    void aStartAfterSomebodyHasCutTheTailSaysSoAndTheCutIsStillFound() throws Exception {
        try (Journal journal = room.open()) {
            room.write(journal, 1, 4);
        }
        Path records = room.files(".jsonl").getFirst();
        room.put(records, room.lines(records).subList(0, 2));
        try (Journal journal = room.open()) {
            room.write(journal, 5, 9);
        }

        assertThat(kinds()).contains("audit.missing");
        assertThat(room.findings()).contains("is not the one that was signed");
    }

    @Test
    void twoNeverShareAFolder() throws Exception {
        try (Journal journal = room.open()) {
            assertThatThrownBy(room::open).hasMessageContaining("another process writes into");
            journal.append(List.of(room.event(1)));
        }
        room.open().close();
    }

    @Test
    void anotherInstallationsFolderIsNotTaken() throws Exception {
        room.fill(1);
        Files.delete(data.resolve("audit.key"));

        assertThatThrownBy(room::open).hasMessageContaining("is not the key of this installation");
    }

    @Test
    void afterAFullDiskNothingIsTwiceAndNothingRefusedIsThere() throws Exception {
        FullDisk disk = new FullDisk();
        room.disk = disk;
        Journal journal = room.open();
        room.write(journal, 1, 2);
        disk.room = 500;
        assertThatThrownBy(() -> journal.append(List.of(room.event(3), room.event(4))))
                .hasMessageContaining("No space left");
        Journal.Mark mark = journal.mark();
        journal.close();
        disk.room = Long.MAX_VALUE;
        try (Journal again = room.open(mark)) {
            room.write(again, 5, 6);
            again.finish();
        }

        assertThat(room.findings()).isEmpty();
        assertThat(kinds())
                .containsExactly(
                        "audit.opened",
                        "key.change",
                        "key.change",
                        "audit.torn",
                        "key.change",
                        "key.change",
                        "audit.closed");
    }

    @Test
    void whatTheMediumDidNotConfirmIsPutAsideAlthoughItIsWhole() throws Exception {
        FullDisk disk = new FullDisk();
        room.disk = disk;
        Journal journal = room.open();
        room.write(journal, 1, 2);
        disk.failsToForce = true;
        assertThatThrownBy(() -> journal.append(List.of(room.event(3)))).hasMessageContaining("Input/output");
        Journal.Mark mark = journal.mark();
        journal.close();
        disk.failsToForce = false;
        try (Journal again = room.open(mark)) {
            room.write(again, 5, 5);
        }

        assertThat(room.findings()).isEmpty();
        List<String> what = new ArrayList<>();
        AuditReader.read(
                room.dir,
                AuditQuery.ALL,
                found -> what.add(found.record().event().what()));
        assertThat(what).contains("key k5").doesNotContain("key k3");
    }

    @Test
    void anOldSegmentIsSealedThoughItIsSmall() throws Exception {
        room.rules = new Journal.Rules(1 << 20, Duration.ofHours(1), Duration.ofSeconds(10), Duration.ofDays(400));
        try (Journal journal = room.open()) {
            room.write(journal, 1, 2);
            room.time.advance(Duration.ofHours(1));
            journal.tick();
            room.write(journal, 3, 3);
        }
        assertThat(room.files(".jsonl")).hasSize(2);
        assertThat(room.heads).anySatisfy(head -> assertThat(head).contains("\"kind\":\"seal\""));
        assertThat(room.findings()).isEmpty();
    }

    @Test
    void recordsAreFoundByNumberTimeKindAndActor() throws Exception {
        room.fill(20);
        List<Long> found = new ArrayList<>();
        AuditQuery page = new AuditQuery(null, null, "key.", "admin-token", 5, 4);

        assertThat(AuditReader.read(
                        room.dir, page, each -> found.add(each.record().seq())))
                .isTrue();
        assertThat(found).containsExactly(6L, 7L, 8L, 9L);
        found.clear();
        AuditQuery span = new AuditQuery(
                new AuditQuery.Point.At(room.time.now().minusSeconds(8)), new AuditQuery.Point.Seq(21), "", "", 0, 100);
        assertThat(AuditReader.read(
                        room.dir, span, each -> found.add(each.record().seq())))
                .isFalse();
        assertThat(found).containsExactly(20L, 21L);
        found.clear();
        AuditReader.read(room.dir, new AuditQuery(null, null, "", "nobody", 0, 9), each -> found.add(1L));
        assertThat(found).isEmpty();
    }
}
