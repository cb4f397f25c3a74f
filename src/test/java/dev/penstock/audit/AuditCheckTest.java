// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes that are witnesses of each other, over real files: what is done to one of them the others tell. */
final class AuditCheckTest {

    private static final int ROUNDS = 12;

    @TempDir
    Path data;

    private List<AuditRoom> rooms;
    private final List<Journal> journals = new ArrayList<>();

    @BeforeEach
    void fill() throws Exception {
        rooms = IntStream.range(0, 3).mapToObj(this::room).toList();
        for (AuditRoom room : rooms) {
            journals.add(room.open());
        }
        go(1, ROUNDS / 2);
    }

    private AuditRoom room(int number) {
        AuditRoom room = new AuditRoom(data.resolve("node-" + number));
        room.node = "node-" + number;
        room.rules = new Journal.Rules(6000, Duration.ofDays(1), Duration.ofSeconds(1), Duration.ofDays(400));
        room.time.advance(Duration.ofMillis(10L * number));
        return room;
    }

    /** Each writes a record and signs it, and then each writes down what the others have signed. */
    private void go(int from, int to) throws Exception {
        for (int i = from; i <= to; i++) {
            for (int n = 0; n < 3; n++) {
                rooms.get(n).write(journals.get(n), i, i);
            }
            for (int n = 0; n < 3; n++) {
                for (int other = 0; other < 3; other++) {
                    Head head = journals.get(other).newest();
                    if (other != n && head != null) {
                        HeadNotice notice =
                                new HeadNotice(head, journals.get(other).key());
                        journals.get(n)
                                .append(List.of(new Journal.Stamped(
                                        notice.event(), rooms.get(n).time.now())));
                    }
                }
            }
        }
    }

    private void close() throws Exception {
        for (Journal journal : journals) {
            journal.finish();
            journal.close();
        }
    }

    private AuditCheck.Verdict check(int... nodes) throws Exception {
        return check(List.of(), Set.of(), nodes);
    }

    private AuditCheck.Verdict check(List<Path> anchors, Set<String> gone, int... nodes) throws Exception {
        List<Path> folders = IntStream.of(nodes).mapToObj(n -> rooms.get(n).dir).toList();
        return AuditCheck.verify(folders, new AuditCheck.Known(List.of(), anchors, gone), AuditQuery.ALL);
    }

    private static String between(AuditCheck.Verdict verdict) {
        return verdict.between().stream().map(Object::toString).collect(Collectors.joining("\n"));
    }

    @Test
    void asItWasWrittenAllOfItFits() throws Exception {
        go(ROUNDS / 2 + 1, ROUNDS);
        assertThat(check(0, 1, 2).isIntact()).as("while they run").isTrue();
        close();

        AuditCheck.Verdict verdict = check(0, 1, 2);

        assertThat(verdict.between()).isEmpty();
        assertThat(verdict.isIntact()).isTrue();
        assertThat(verdict.folders()).allSatisfy(report -> {
            assertThat(report.findings()).isEmpty();
            assertThat(report.foreign()).isEqualTo(2 * ROUNDS);
        });
        assertThat(verdict.folders())
                .extracting(AuditVerifier.Report::node)
                .containsExactly("node-0", "node-1", "node-2");
        assertThat(verdict.elsewhere()).isEmpty();
    }

    @Test
    void aChainThatWasPutBackToAnEarlierStateIsFoundByTheOthers() throws Exception {
        Map<Path, byte[]> earlier = rooms.get(1).snapshot();
        go(ROUNDS / 2 + 1, ROUNDS);
        close();
        rooms.get(1).restore(earlier);

        assertThat(check(1).isIntact()).as("alone it looks well").isTrue();
        AuditCheck.Verdict verdict = check(0, 1, 2);

        assertThat(verdict.isIntact()).isFalse();
        assertThat(verdict.between()).as("once by each witness").hasSize(2);
        assertThat(between(verdict))
                .contains(
                        rooms.get(0).dir.toString(),
                        ".jsonl:",
                        "of node node-1",
                        rooms.get(1).dir.toString())
                .contains("is not there any more: cut off or written anew");
    }

    @Test
    void aChainThatWasWrittenAnewWithItsOwnKeyIsFoundByTheOthers() throws Exception {
        close();
        rooms.get(1).restore(Map.of());
        AuditRoom forger = room(1);
        forger.fill(40);

        assertThat(check(1).isIntact()).as("alone it looks well").isTrue();
        AuditCheck.Verdict verdict = check(0, 1, 2);
        assertThat(verdict.between()).hasSize(2);
        assertThat(between(verdict)).contains("cut off or written anew");
    }

    @Test
    void aChainThatWasWrittenAnewWithAnotherKeyIsFoundByTheOthers() throws Exception {
        close();
        rooms.get(1).restore(Map.of());
        Files.delete(rooms.get(1).data.resolve("audit.key"));
        room(1).fill(40);

        assertThat(check(1).isIntact()).as("alone it looks well").isTrue();
        AuditCheck.Verdict verdict = check(0, 1, 2);
        assertThat(verdict.between()).hasSize(1);
        assertThat(between(verdict)).contains("no folder has that chain", "is of that node", "written anew");
    }

    @Test
    void aChainThatIsMissingIsFoundUnlessItIsKnownToBeGone() throws Exception {
        close();
        AuditCheck.Verdict verdict = check(0, 2);
        assertThat(verdict.isIntact()).isFalse();
        assertThat(between(verdict)).contains("of node node-1", "no folder has that chain");

        String key = rooms.get(1).key().open().fingerprint();
        assertThat(check(List.of(), Set.of(key), 0, 2).isIntact()).isTrue();

        rooms.get(1).restore(Map.of());
        assertThat(check(0, 1, 2).isIntact()).as("an empty folder").isFalse();
    }

    @Test
    void ofOneFolderAloneItIsSaidWhoElseIsSpokenOf() throws Exception {
        close();
        AuditCheck.Verdict verdict = check(0);
        assertThat(verdict.isIntact()).isTrue();
        assertThat(verdict.elsewhere()).hasSize(2).anyMatch(other -> other.startsWith("node node-2, key "));
    }

    @Test
    void aForeignHeadThatWasChangedIsFoundInItsOwnChain() throws Exception {
        close();
        Path segment = rooms.get(0).files(".jsonl").getFirst();
        List<String> lines = rooms.get(0).lines(segment);
        int line = IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).contains(HeadNotice.KIND))
                .findFirst()
                .orElseThrow();
        lines.set(line, lines.get(line).replace("checkpoint", "seal"));
        rooms.get(0).put(segment, lines);

        assertThat(check(0, 1, 2).folders().getFirst().findings().toString())
                .contains("holds no head that another node has signed", "is not what its hash was made of");
    }

    @Test
    void whatRetentionHasRemovedIsNotMissed() throws Exception {
        Journal journal = journals.get(1);
        journal.close();
        rooms.get(1).rules = new Journal.Rules(6000, Duration.ofDays(1), Duration.ofSeconds(1), Duration.ofSeconds(1));
        journals.set(1, rooms.get(1).open());
        rooms.get(1).time.advance(Duration.ofHours(2));
        go(ROUNDS / 2 + 1, ROUNDS);
        close();

        AuditCheck.Verdict verdict = check(0, 1, 2);
        assertThat(verdict.folders().get(1).removed()).isPositive();
        assertThat(between(verdict)).isEmpty();
        assertThat(verdict.isIntact()).isTrue();
    }

    @Test
    void headsOfSeveralNodesMayLieInOneFileOutside() throws Exception {
        Map<Path, byte[]> earlier = rooms.get(1).snapshot();
        go(ROUNDS / 2 + 1, ROUNDS);
        close();
        Path anchor = data.resolve("heads.jsonl");
        List<String> all = new ArrayList<>();
        rooms.forEach(room -> all.addAll(room.heads));
        Files.write(anchor, all, UTF_8);

        assertThat(check(List.of(anchor), Set.of(), 0, 1, 2).isIntact()).isTrue();
        rooms.get(1).restore(earlier);
        AuditCheck.Verdict verdict = check(List.of(anchor), Set.of(), 0, 1, 2);
        assertThat(verdict.folders().get(1).findings().toString()).contains("heads.jsonl", "cut off or written anew");
        assertThat(verdict.folders().get(0).findings()).isEmpty();
        assertThat(between(check(List.of(anchor), Set.of(), 0, 1))).contains("heads.jsonl", "of node node-2");
    }

    @Test
    void recordsOfSeveralNodesAreReadByTheirTime() throws Exception {
        go(ROUNDS / 2 + 1, ROUNDS);
        close();
        List<AuditRecord> read = new ArrayList<>();
        List<Path> folders = rooms.stream().map(room -> room.dir).toList();

        boolean more = AuditReader.read(folders, AuditQuery.ALL, found -> read.add(found.record()));

        assertThat(more).isFalse();
        assertThat(read)
                .hasSize(check(0, 1, 2).folders().stream()
                        .mapToInt(report -> (int) report.records())
                        .sum());
        assertThat(read).isSortedAccordingTo(java.util.Comparator.comparing(AuditRecord::time));
        for (AuditRoom room : rooms) {
            assertThat(read.stream()
                            .filter(each -> each.node().equals(room.node))
                            .map(AuditRecord::seq))
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
        List<AuditRecord> page = new ArrayList<>();
        AuditQuery ten = new AuditQuery(null, null, "", "", 0, 10);
        assertThat(AuditReader.read(folders, ten, found -> page.add(found.record())))
                .isTrue();
        assertThat(page).isEqualTo(read.subList(0, 10));
    }

    @Test
    void ofARangeOnlyWhatItTouchesIsCompared() throws Exception {
        go(ROUNDS / 2 + 1, ROUNDS);
        close();
        List<Path> folders = rooms.stream().map(room -> room.dir).toList();
        for (int from = 1; from < 3 * ROUNDS; from++) {
            AuditQuery range = new AuditQuery(
                    new AuditQuery.Point.Seq(from), new AuditQuery.Point.Seq(from + 4), "", "", 0, Integer.MAX_VALUE);
            AuditCheck.Verdict verdict =
                    AuditCheck.verify(folders, new AuditCheck.Known(List.of(), List.of(), Set.of()), range);
            assertThat(verdict.isIntact()).as("from " + from + " " + verdict).isTrue();
        }
    }
}
