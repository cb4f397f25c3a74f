// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.replicatedmap.ReplicatedMap;
import dev.penstock.cluster.ClusterRoom.Heard;
import dev.penstock.cluster.ClusterRoom.Node;
import dev.penstock.config.NetworkBlock;
import dev.penstock.exchange.Ticker;
import dev.penstock.resilience.BreakerNotice;
import dev.penstock.resilience.NoticeFormat;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Three real nodes, and others that come and go. What each test says is about a breaker of its own name. */
final class ClusterNodeTest {

    private static final Logger LOG = LogManager.getLogger(ClusterNodeTest.class);
    private static final Duration LONG = Duration.ofSeconds(60);

    private static ClusterRoom room;
    private static Node a;
    private static Node b;
    private static Node c;
    private static long joinNanos;

    private String breaker = "";

    @BeforeAll
    static void join() {
        room = ClusterRoom.of(5);
        a = room.start(0);
        b = room.start(1);
        long before = System.nanoTime();
        c = room.start(2);
        joinNanos = System.nanoTime() - before;
        ClusterRoom.await("three members", () -> a.cluster.size() == 3 && b.cluster.size() == 3);
    }

    @AfterAll
    static void leave() {
        room.close();
    }

    @BeforeEach
    void nameTheBreaker(TestInfo test) {
        breaker = test.getDisplayName();
        List.of(a, b, c).forEach(node -> node.heard.clear());
    }

    @Test
    void nodesFindEachOtherInSeconds() {
        LOG.info("measured: joined in {} ms", TimeUnit.NANOSECONDS.toMillis(joinNanos));

        assertThat(a.cluster.standing()).isEqualTo(Standing.JOINED);
        assertThat(c.cluster.size()).isEqualTo(3);
        assertThat(joinNanos).isLessThan(Duration.ofSeconds(10).toNanos());
        assertThat(b.cluster.members())
                .extracting(ClusterMember::node)
                .containsExactlyInAnyOrder(a.cluster.node(), b.cluster.node(), c.cluster.node());
        assertThat(b.cluster.members())
                .filteredOn(ClusterMember::self)
                .singleElement()
                .satisfies(self -> {
                    assertThat(self.node()).isEqualTo(b.cluster.node()).startsWith("host-");
                    assertThat(self.address()).isEqualTo("127.0.0.1:" + room.port(1));
                });
    }

    @Test
    void aNoticeReachesTheOthersWithinHalfASecond() {
        List<Long> nanos = new ArrayList<>();
        a.opens(breaker);
        b.next(breaker);
        c.next(breaker);
        for (int i = 0; i < 300; i++) {
            long said = System.nanoTime();
            BreakerNotice notice = a.opens(breaker);
            for (Node other : List.of(b, c)) {
                Heard heard = other.next(breaker);
                assertThat(heard.notice().version()).isEqualTo(notice.version());
                nanos.add(heard.nanos() - said);
            }
        }
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        long p99 = sorted[sorted.length * 99 / 100];
        LOG.info(
                "measured: {} notices heard, p50 {} us, p99 {} us, longest {} us",
                sorted.length,
                sorted[sorted.length / 2] / 1000,
                p99 / 1000,
                last(nanos.stream().sorted().toList()) / 1000);

        assertThat(Duration.ofNanos(p99)).isLessThan(Duration.ofMillis(500));
    }

    @Test
    void eachNoticeIsHeardOnceAndInOrderThoughItTakesTwoWays() {
        List<BreakerNotice> said = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            said.add(a.opens(breaker));
        }
        ClusterRoom.await("the last one", () -> c.hasHeard(last(said)));
        // On the board of c, and therefore past both ways.
        ClusterRoom.await("the board", () -> c.cluster.openBreakers().stream()
                .anyMatch(notice -> notice.breaker().equals(breaker)
                        && notice.version() == last(said).version()));
        BreakerNotice after = b.opens("after " + breaker);
        ClusterRoom.await("what came later", () -> c.hasHeard(after));

        List<Long> versions = c.heard.stream()
                .map(Heard::notice)
                .filter(notice -> notice.breaker().equals(breaker))
                .map(BreakerNotice::version)
                .toList();

        assertThat(versions)
                .containsExactlyElementsOf(
                        said.stream().map(BreakerNotice::version).toList());
    }

    @Test
    void aNodeDoesNotHearItselfAndNoticesOfOthersAreNotToldAgain() {
        BreakerNotice own = a.opens(breaker);
        assertThat(b.next(breaker).notice().node()).isEqualTo(a.cluster.node());
        long sent = b.bus.sent();

        b.announcements.announce(own);
        BreakerNotice end = c.notice("end of " + breaker, true, LONG);
        c.announcements.announce(end);

        a.next(end.breaker());
        assertThat(b.bus.sent()).isEqualTo(sent);
        assertThat(a.heard).noneMatch(heard -> heard.notice().node().equals(a.cluster.node()));
    }

    @Test
    void whoComesLateLearnsWhatIsOpenAndForHowLongStill() {
        a.opens(breaker);
        BreakerNotice closed = b.notice("closed " + breaker, false, Duration.ZERO);
        b.announcements.announce(closed);
        ClusterRoom.await(
                "both are on the board",
                () -> c.hasHeard(closed)
                        && c.cluster.openBreakers().stream()
                                .anyMatch(notice -> notice.breaker().equals(breaker)));

        Node late = room.start(3);
        try {
            assertThat(late.next(breaker).notice()).satisfies(notice -> {
                assertThat(notice.node()).isEqualTo(a.cluster.node());
                assertThat(notice.open()).isTrue();
                assertThat(notice.remaining()).isPositive().isLessThanOrEqualTo(LONG);
            });
            assertThat(late.cluster.openBreakers())
                    .extracting(BreakerNotice::breaker)
                    .contains(breaker)
                    .doesNotContain("closed " + breaker);
        } finally {
            late.close();
        }
    }

    @Test
    void aBreakerThatClosedIsHeardAndIsOpenNoMore() {
        a.opens(breaker);
        assertThat(b.next(breaker).notice().open()).isTrue();

        a.announcements.announce(a.notice(breaker, false, Duration.ZERO));

        assertThat(b.next(breaker).notice().open()).isFalse();
        ClusterRoom.await("off the list", () -> c.cluster.openBreakers().stream()
                .noneMatch(notice -> notice.breaker().equals(breaker)));
    }

    @Test
    void whatWasLostFromTheBoardIsPutThereAgain() {
        BreakerNotice opened = a.opens(breaker);
        b.next(breaker);
        ClusterRoom.await("on the board", () -> isListed(c));

        c.cluster
                .hazelcast()
                .getReplicatedMap(HazelcastSettings.BREAKERS)
                .remove(BreakerBoard.key(a.cluster.node(), breaker));
        ClusterRoom.await("gone", () -> !isListed(c));

        ClusterRoom.await("there again", () -> isListed(c));
        assertThat(c.cluster.openBreakers())
                .filteredOn(notice -> notice.breaker().equals(breaker))
                .singleElement()
                .satisfies(again -> {
                    assertThat(again.version()).isEqualTo(opened.version());
                    assertThat(again.remaining()).isLessThan(opened.remaining());
                });
    }

    private boolean isListed(Node node) {
        return node.cluster.openBreakers().stream()
                .anyMatch(notice -> notice.breaker().equals(breaker));
    }

    @Test
    void whatIsOverIsOffTheBoardByItself() {
        a.announcements.announce(a.notice(breaker, true, Duration.ofMillis(300)));
        b.next(breaker);

        ClusterRoom.await("over", () -> c.cluster.openBreakers().stream()
                .noneMatch(notice -> notice.breaker().equals(breaker)));
    }

    @Test
    void oneNodeAtATimeMayProbe() {
        List<CompletableFuture<Boolean>> answers =
                List.of(a.asked(breaker, LONG), b.asked(breaker, LONG), c.asked(breaker, LONG));

        List<Boolean> may = answers.stream().map(CompletableFuture::join).toList();

        assertThat(may).containsOnlyOnce(true);
        Node holder = List.of(a, b, c).get(may.indexOf(true));
        assertThat(holder.mayProbe(breaker, LONG)).as("who has it keeps it").isTrue();
        assertThat(a.mayProbe("another " + breaker, LONG)).isTrue();
    }

    @Test
    void theTimeOfTheRightToProbeBeginsAnewWhenItsHolderAsksAgain() {
        IMap<String, String> probes = c.cluster.hazelcast().getMap(HazelcastSettings.PROBES);

        assertThat(a.mayProbe(breaker, LONG)).isTrue();
        assertThat(a.mayProbe(breaker, LONG.multipliedBy(2))).isTrue();
        assertThat(b.mayProbe(breaker, LONG.multipliedBy(3))).isFalse();

        assertThat(probes.getEntryView(breaker).getTtl())
                .isEqualTo(LONG.multipliedBy(2).toMillis());
    }

    @Test
    void theRightToProbeEndsWithItsTime() {
        // Long enough for a machine that stands still for a moment between the two.
        Duration span = Duration.ofSeconds(3);
        assertThat(a.mayProbe(breaker, span)).isTrue();
        assertThat(b.mayProbe(breaker, span)).isFalse();

        ClusterRoom.await("b may", () -> b.mayProbe(breaker, span));
    }

    @Test
    void whoDiesIsMissedSoonAndItsRightToProbeEnds() throws Exception {
        Node dying = room.start(3);
        ClusterRoom.await("four members", () -> a.cluster.size() == 4);
        assertThat(dying.mayProbe(breaker, Duration.ofSeconds(3))).isTrue();
        assertThat(a.mayProbe(breaker, LONG)).isFalse();

        long died = System.nanoTime();
        Thread crash = Thread.ofPlatform().start(dying.cluster::crash);
        ClusterRoom.await("three members", () -> List.of(a, b, c).stream().allMatch(node -> node.cluster.size() == 3));
        long missed = System.nanoTime();
        crash.join();
        dying.close();

        LOG.info("measured: missed after {} ms", TimeUnit.NANOSECONDS.toMillis(missed - died));
        assertThat(Duration.ofNanos(missed - died)).isLessThan(Duration.ofSeconds(7));
        ClusterRoom.await("a may", () -> a.mayProbe(breaker, LONG));
        BreakerNotice notice = a.opens(breaker);
        ClusterRoom.await("b hears", () -> b.hasHeard(notice));
    }

    @Test
    void aNodeWhoseClusterHasEndedGoesOnAlone() {
        Node ending = room.start(4);
        ending.cluster.hazelcast().getLifecycleService().terminate();

        assertThat(ending.cluster.standing()).isEqualTo(Standing.DOWN);
        assertThat(ending.cluster.size()).isEqualTo(1);
        assertThat(ending.mayProbe(breaker, LONG)).isTrue();
        assertThat(ending.cluster.openBreakers()).isEmpty();
        assertThat(ending.cluster.members()).singleElement().satisfies(self -> assertThat(self.self())
                .isTrue());
        ending.opens(breaker);
        long before = System.nanoTime();
        ending.close();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        ClusterRoom.await("three members", () -> a.cluster.size() == 3 && b.cluster.size() == 3);
    }

    @Test
    void aSlowClusterIsNotWaitedForAndHoldsNoEventLoopUp() throws Exception {
        IMap<String, String> probes = c.cluster.hazelcast().getMap(HazelcastSettings.PROBES);
        probes.lock(breaker);
        try {
            long before = b.cluster.unanswered();
            Set<String> answeredOn = ConcurrentHashMap.newKeySet();
            CompletableFuture<Duration> turn = new CompletableFuture<>();
            List<CompletableFuture<Boolean>> answers = new ArrayList<>();
            b.vertx.runOnContext(loop -> {
                long start = System.nanoTime();
                for (int i = 0; i < 50; i++) {
                    CompletableFuture<Boolean> answer = new CompletableFuture<>();
                    answers.add(answer);
                    b.announcements.askToProbe(breaker, LONG, may -> {
                        answeredOn.add(Thread.currentThread().getName());
                        answer.complete(may);
                    });
                    b.opens(breaker);
                }
                turn.complete(Duration.ofNanos(System.nanoTime() - start));
            });

            assertThat(turn.get(5, TimeUnit.SECONDS)).isLessThan(Duration.ofMillis(250));
            for (CompletableFuture<Boolean> answer : answers) {
                assertThat(answer.get(5, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(answeredOn).containsExactly("penstock-cluster");
            assertThat(b.cluster.unanswered() - before).isEqualTo(50);
        } finally {
            probes.unlock(breaker);
        }
    }

    @Test
    void noCallbackHasAThreadOfItsOwn() {
        assertThat(a.mayProbe(breaker, LONG)).isTrue();
        a.opens(breaker);
        b.next(breaker);
        long before = ManagementFactory.getThreadMXBean().getTotalStartedThreadCount();

        for (int i = 0; i < 300; i++) {
            b.mayProbe(breaker, LONG);
            a.opens(breaker);
            assertThat(b.next(breaker).thread()).isEqualTo("penstock-cluster");
        }

        long started = ManagementFactory.getThreadMXBean().getTotalStartedThreadCount() - before;
        assertThat(started).isLessThan(30);
    }

    @Test
    void whoCallsItselfAfterAnotherClusterStaysAlone() {
        Node foreign = room.start(3, "another");
        try {
            assertThat(foreign.cluster.standing()).isEqualTo(Standing.ALONE);
            assertThat(foreign.mayProbe(breaker, LONG)).isTrue();
            a.opens(breaker);
            b.next(breaker);

            assertThat(a.cluster.size()).isEqualTo(3);
            assertThat(foreign.heard).isEmpty();
        } finally {
            foreign.close();
        }
    }

    @Test
    void aClassThatIsNotListedIsNeverMadeIntoAnObject() {
        Config hostile = new HazelcastSettings(
                        ClusterRoom.config("test", room.port(3), ports(), null, null),
                        InetAddress.getLoopbackAddress(),
                        ClusterRoom.QUICK,
                        InetAddress::getAllByName)
                .config();
        hostile.getSerializationConfig().setJavaSerializationFilterConfig(null);
        hostile.getMemberAttributeConfig()
                .setAttribute(HazelcastSettings.VERTX_ID, UUID.randomUUID().toString());
        HazelcastInstance member = Hazelcast.newHazelcastInstance(hostile);
        try {
            ReplicatedMap<String, Object> board = member.getReplicatedMap(HazelcastSettings.BREAKERS);
            ReplicatedMap<String, Object> versions = member.getReplicatedMap(HazelcastSettings.VERSIONS);
            board.put("x\n" + breaker, new Gadget());
            versions.put(a.cluster.node(), new Gadget());
            BreakerNotice notice = a.opens(breaker);
            ClusterRoom.await("b hears", () -> b.hasHeard(notice));
            ClusterRoom.await("on the board", () -> openAt(b).contains(breaker));

            assertThat(b.cluster.members()).hasSize(4);
            assertThat(Gadget.MADE_BY).isEmpty();
        } finally {
            ReplicatedMap<String, Object> board = member.getReplicatedMap(HazelcastSettings.BREAKERS);
            board.remove("x\n" + breaker);
            member.shutdown();
            a.cluster.tellConfigVersion("v1");
        }
    }

    /** Tells which threads made it from bytes. */
    static final class Gadget implements Serializable {
        private static final long serialVersionUID = 1;
        static final Set<String> MADE_BY = ConcurrentHashMap.newKeySet();

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            MADE_BY.add(Thread.currentThread().getName());
        }
    }

    @Test
    void objectsOnTheBusAreNotRead() throws Exception {
        long refused = b.bus.refused();
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(object)) {
            out.writeObject(new Gadget());
        }

        try (Socket stranger = new Socket("127.0.0.1", b.cluster.config().busPort())) {
            stranger.getOutputStream().write(onTheWire(SERIALIZABLE, object.toByteArray()));
            stranger.getOutputStream().write(onTheWire(BYTES, new byte[NoticeFormat.MAX_BYTES + 1]));
            stranger.getOutputStream().write(onTheWire(BYTES, "no notice".getBytes(StandardCharsets.UTF_8)));

            ClusterRoom.await("b refuses all three", () -> b.bus.refused() == refused + 3);
        }
        assertThat(Gadget.MADE_BY).isEmpty();
        a.opens(breaker);
        b.next(breaker);
    }

    private static final byte BYTES = 11;
    private static final byte SERIALIZABLE = 17;

    /** As Vert.x writes a message to all who listen. */
    private static byte[] onTheWire(byte codec, byte[] body) {
        Buffer message = Buffer.buffer()
                .appendInt(0)
                .appendByte((byte) 1)
                .appendByte(codec)
                .appendByte((byte) 1);
        for (String text : List.of("penstock.cluster.breakers", "", "a stranger")) {
            message.appendInt(text.length()).appendString(text);
        }
        message.appendInt(4).appendInt(body.length).appendBytes(body);
        return message.setInt(0, message.length() - 4).getBytes();
    }

    @Test
    void membersAreAllThatThePortServes() throws Exception {
        for (String hello : List.of("CP2", "GET /hazelcast/health HTTP/1.1\r\n\r\n", "get a\r\n")) {
            try (Socket client = new Socket("127.0.0.1", room.port(0))) {
                client.setSoTimeout(5000);
                client.getOutputStream().write(Arrays.copyOf(hello.getBytes(StandardCharsets.US_ASCII), 64));

                byte[] answer = client.getInputStream().readNBytes(64);

                assertThat(new String(answer, StandardCharsets.US_ASCII))
                        .as(hello)
                        .doesNotContain("HTTP")
                        .doesNotContain("END");
            } catch (IOException reset) {
                assertThat(reset).as(hello).isNotInstanceOf(java.net.SocketTimeoutException.class);
            }
        }
    }

    @Test
    void nobodyListensOnOtherAddresses() throws Exception {
        InetAddress other = InetAddress.getByName("127.0.0.2");

        assertThatThrownBy(() -> new Socket(other, room.port(0)).close()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new Socket(other, a.cluster.config().busPort()).close())
                .isInstanceOf(IOException.class);
    }

    @Test
    void differentConfigurationsAreTold() {
        a.cluster.tellConfigVersion("v1");
        b.cluster.tellConfigVersion("v1");
        c.cluster.tellConfigVersion("v2");

        ClusterRoom.await("a knows", () -> versions(a).equals(List.of("v1", "v1", "v2")));
        c.cluster.tellConfigVersion("v1");
        ClusterRoom.await("a knows", () -> versions(a).equals(List.of("v1", "v1", "v1")));
    }

    @Test
    void aPortInUseIsToldWithItsKey() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> ClusterNode.join(
                            ClusterRoom.config("test", port, ports(), null, null), "host", Ticker.system()))
                    .isInstanceOf(ClusterFailed.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("cluster.port");
        }
    }

    @Test
    void anAddressThatIsNotOursIsToldWithThoseThatAre() {
        assertThatThrownBy(() -> LocalAddress.in(NetworkBlock.of("203.0.113.0/24")))
                .isInstanceOf(ClusterFailed.class)
                .hasMessageStartingWith("cluster.interface: no address of this machine lies in 203.0.113.0/24; it has ")
                .hasMessageContaining("127.0.0.1");
    }

    private static List<String> versions(Node node) {
        return node.cluster.members().stream()
                .map(ClusterMember::configVersion)
                .sorted()
                .toList();
    }

    private static List<String> openAt(Node node) {
        return node.cluster.openBreakers().stream().map(BreakerNotice::breaker).toList();
    }

    private static List<Integer> ports() {
        return List.of(room.port(0), room.port(1), room.port(2), room.port(3), room.port(4));
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }
}
