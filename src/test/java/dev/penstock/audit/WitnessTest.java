// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.AuditEvent;
import dev.penstock.kit.time.ManualTime;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much nodes tell each other, and what they believe. */
final class WitnessTest {

    @TempDir
    Path data;

    private final ManualTime time = new ManualTime();
    private final List<HeadNotice> told = new ArrayList<>();
    private InstallationKey own;
    private InstallationKey other;
    private Witness witness;

    @BeforeEach
    void open() throws Exception {
        own = key("own");
        other = key("other");
        witness = new Witness("b", time);
        witness.opened(own.open(), null, List.of());
        witness.join((chain, notice) -> told.add(HeadNotice.read(notice)));
    }

    private InstallationKey key(String name) throws Exception {
        return InstallationKey.at(data.resolve(name), Disk.REAL, new SecureRandom());
    }

    private static Head head(InstallationKey with, String node, long number) {
        return new Head(
                        Head.Kind.CHECKPOINT,
                        number,
                        node,
                        Instant.EPOCH,
                        1,
                        number,
                        "hash",
                        "prev",
                        "",
                        with.open().fingerprint(),
                        "")
                .signed(with);
    }

    private static HeadNotice notice(InstallationKey with, String node, long number) {
        return new HeadNotice(head(with, node, number), with.open());
    }

    private void heard(InstallationKey with, String node, long number) {
        witness.heard(notice(with, node, number).bytes());
    }

    private List<Long> written() {
        return witness.due(false).stream()
                .map(event -> HeadNotice.read(event).head().number())
                .toList();
    }

    private void sign(String kind, long number) {
        witness.records(List.of(new Journal.Stamped(AuditEvent.of(kind, "", "x", Map.of()), time.now())));
        witness.signed(head(own, "b", number));
        witness.tell(false);
    }

    @Test
    void ofEachChainTheNewestHeadIsWrittenOnceAMinute() {
        heard(other, "a", 1);
        heard(other, "a", 2);
        assertThat(written()).containsExactly(2L);
        heard(other, "a", 3);
        heard(other, "a", 4);
        heard(other, "a", 2);
        assertThat(written()).isEmpty();
        time.advance(Witness.EVERY);
        assertThat(written()).containsExactly(4L);
        heard(other, "a", 4);
        time.advance(Witness.EVERY);
        assertThat(written()).as("known").isEmpty();
        heard(other, "a", 5);
        assertThat(witness.due(false)).hasSize(1);
        heard(other, "a", 6);
        assertThat(witness.due(true)).as("at the end").hasSize(1);
    }

    @Test
    void whatStandsInTheChainAlreadyIsNotWrittenAgainAfterAStart() {
        witness.opened(own.open(), null, List.of(notice(other, "a", 7)));
        heard(other, "a", 7);
        heard(other, "a", 6);
        assertThat(written()).isEmpty();
        heard(other, "a", 8);
        assertThat(written()).containsExactly(8L);
    }

    @Test
    void twoHeadsOfOneNumberAreKeptBoth() {
        heard(other, "a", 1);
        assertThat(written()).hasSize(1);
        Head forged = new Head(
                        Head.Kind.SEAL,
                        1,
                        "a",
                        Instant.EPOCH,
                        1,
                        1,
                        "other",
                        "",
                        "",
                        other.open().fingerprint(),
                        "")
                .signed(other);
        witness.heard(new HeadNotice(forged, other.open()).bytes());
        time.advance(Witness.EVERY);
        assertThat(written()).containsExactly(1L);
    }

    @Test
    void whatIsNotSignedByTheKeyBesideItIsRefused() throws Exception {
        Head genuine = head(other, "a", 1);
        witness.heard(new HeadNotice(genuine, own.open()).bytes());
        Head changed = new Head(
                genuine.kind(), 2, "a", genuine.time(), 1, 1, "hash", "prev", "", genuine.key(), genuine.sig());
        witness.heard(new HeadNotice(changed, other.open()).bytes());
        witness.heard("nonsense".getBytes(UTF_8));
        witness.heard(new byte[HeadNotice.MAX_BYTES + 1]);
        witness.heard(notice(other, "a\u001b[2J", 1).bytes());
        assertThat(written()).isEmpty();
        assertThat(witness.refused()).isEqualTo(5);
    }

    @Test
    void moreChainsThanThereCanBeAreNotKept() {
        IntStream.range(0, Witness.MOST_CHAINS + 20).forEach(i -> heard(other, "node-" + i, 1));
        assertThat(written()).hasSize(Witness.MOST_CHAINS);
        assertThat(witness.refused()).isEqualTo(20);
    }

    @Test
    void itsOwnHeadsAreToldOnceAMinuteAndAtTheEnd() {
        sign("key.change", 1);
        assertThat(told).hasSize(1);
        sign("key.change", 2);
        sign("key.change", 3);
        assertThat(told).hasSize(1);
        time.advance(Witness.EVERY);
        witness.tell(false);
        assertThat(told).hasSize(2);
        assertThat(told.getLast().head().number()).isEqualTo(3);
        sign("node.stop", 4);
        witness.tell(true);
        assertThat(told.getLast().head().number()).isEqualTo(4);
    }

    @Test
    void aHeadOverNothingButHeadsOfOthersIsNotToldSoThatNodesAtRestAreSilent() {
        sign(HeadNotice.KIND, 1);
        time.advance(Duration.ofHours(1));
        witness.tell(true);
        assertThat(told).isEmpty();
        sign("key.change", 2);
        assertThat(told).hasSize(1);
    }

    @Test
    void aNodeWhoseOwnChainIsShorterThanTheOthersSaySaysSoOnce() {
        witness.opened(own.open(), head(own, "b", 3), List.of());
        heard(own, "b", 3);
        heard(own, "b", 2);
        assertThat(witness.due(false)).isEmpty();
        heard(own, "b", 9);
        heard(own, "b", 10);
        assertThat(witness.due(false)).singleElement().satisfies(event -> {
            assertThat(event.kind()).isEqualTo("audit.missing");
            assertThat(event.details()).containsEntry("signed", "9").containsEntry("found", "3");
        });
    }
}
