// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.replicatedmap.ReplicatedMap;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A board on a real node, with calls and time of the test's own. */
final class BoardTest {

    /** More than wait. */
    private static final int MANY = 300;

    private static final Duration SOON = Duration.ofMillis(5);

    private static ClusterRoom room;
    private static ClusterRoom.Node node;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Calls calls = new Calls(Thread.ofPlatform().daemon().factory());
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger rounds = new AtomicInteger();
    /** How often it was time to read it again. */
    private final AtomicInteger times = new AtomicInteger();

    private final Queue<String> changed = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() {
        room = ClusterRoom.of(1);
        node = room.start(0);
    }

    @AfterAll
    static void stop() {
        room.close();
    }

    @AfterEach
    void end() {
        thread.shutdownNow();
        calls.shutdown();
    }

    @Test
    void aReadingThatIsDroppedForOthersIsNotTheLastOne() {
        Board<String> board = board("dropped");
        board.follow(changed::add, rounds::incrementAndGet, SOON);
        ClusterRoom.await("read again", () -> rounds.get() > 1);

        CountDownLatch slow = hold();
        int due = times.get();
        ClusterRoom.await("one waits", () -> times.get() > due + 2);
        fill();
        slow.countDown();
        int before = rounds.get();

        ClusterRoom.await("read on", () -> rounds.get() > before + 2);
    }

    @Test
    void aFirstReadingThatIsDroppedFailsAndIsMadeUpFor() {
        Board<String> board = board("first");
        CountDownLatch slow = hold();

        CompletableFuture<?> known = board.follow(changed::add, rounds::incrementAndGet, SOON);
        fill();
        assertThat(known).isCompletedExceptionally();
        slow.countDown();

        ClusterRoom.await("read all the same", () -> rounds.get() > 0);
        board.announce(List.of("late"));
        ClusterRoom.await("watched as well", () -> changed.contains("late"));
    }

    @Test
    void whatHasGoneFromTheBoardIsHeldNoMore() {
        Board<String> board = board("gone");
        ReplicatedMap<String, byte[]> map = node.cluster.hazelcast().getReplicatedMap("penstock.gone");
        board.put("a");
        board.put("b");
        ClusterRoom.await("both", () -> board.held().size() == 2);
        board.held();
        assertThat(reads).hasValue(2);

        map.remove("a");
        assertThat(board.held()).containsOnlyKeys("b");
        board.put("a");

        assertThat(board.held()).containsOnlyKeys("a", "b");
        assertThat(reads).as("the one that came back is read anew").hasValue(3);
    }

    @Test
    void ofTooManyCallsTheOldestAreDroppedAndHearOfIt() {
        List<String> heard = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        CountDownLatch slow = hold();
        calls.execute(call("first", heard));
        calls.execute(call("second", heard));
        for (int i = 0; i < 254; i++) {
            calls.execute(() -> {});
        }
        calls.execute(done::countDown);
        assertThat(heard).containsExactly("first dropped");

        slow.countDown();
        ClusterRoom.await("all", () -> done.getCount() == 0);
        assertThat(heard).containsExactly("first dropped", "second ran");
        calls.shutdown();
        calls.execute(call("third", heard));
        assertThat(heard).endsWith("third dropped");
    }

    private static Calls.Droppable call(String name, List<String> heard) {
        return new Calls.Droppable() {
            @Override
            public void run() {
                heard.add(name + " ran");
            }

            @Override
            public void dropped() {
                heard.add(name + " dropped");
            }
        };
    }

    /** Nothing runs until it is counted down. */
    private CountDownLatch hold() {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch slow = new CountDownLatch(1);
        calls.execute(() -> {
            held.countDown();
            try {
                slow.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        ClusterRoom.await("held", () -> held.getCount() == 0);
        return slow;
    }

    private void fill() {
        for (int i = 0; i < MANY; i++) {
            calls.execute(() -> {});
        }
    }

    private Board<String> board(String name) {
        return new Board<>(
                node.cluster.hazelcast(),
                "penstock." + name,
                new Words(),
                () -> {
                    times.incrementAndGet();
                    return Standing.JOINED;
                },
                thread,
                calls);
    }

    private final class Words implements Board.Format<String> {

        @Override
        public String noun() {
            return "word";
        }

        @Override
        public String nameOf(String value) {
            return value;
        }

        @Override
        public byte[] write(String value) {
            return value.getBytes(UTF_8);
        }

        @Override
        public String read(byte[] bytes) {
            reads.incrementAndGet();
            return new String(bytes, UTF_8);
        }
    }
}
