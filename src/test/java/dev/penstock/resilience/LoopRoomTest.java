// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Priority;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How many exchanges a late event loop still has room for. */
final class LoopRoomTest {

    private static final long MILLI = 1_000_000;
    private static final long BOUND = 10 * MILLI;
    /** In windows. */
    private static final int PATIENCE = 5;

    private final LoopRoom room = new LoopRoom();
    private int live = 100;

    /** A window in which every pulse comes this late. */
    private void window(long lateMillis) {
        for (long past = 0; past < LoopRoom.WINDOW_NANOS; past += (10 + lateMillis) * MILLI) {
            room.pulse(lateMillis * MILLI, (10 + lateMillis) * MILLI, BOUND, live);
        }
    }

    private void windows(int count, long lateMillis) {
        for (int i = 0; i < count; i++) {
            window(lateMillis);
        }
    }

    /** How many may be in until one more is too many. */
    private int room(Priority priority) {
        LoopRoom there = room;
        int most = 0;
        while (most < 10_000 && !there.isFull(priority, most + 1)) {
            most++;
        }
        return most;
    }

    private boolean isFull() {
        return room.isFull(Priority.INTERACTIVE, live + 1);
    }

    @Test
    void aLoopThatIsLateForHalfASecondKeepsThePartThatWouldBeInTime() {
        windows(PATIENCE - 1, 20);
        assertThat(isFull()).as("not yet").isFalse();

        window(20);

        assertThat(room(Priority.INTERACTIVE)).isEqualTo(50);
        assertThat(room(Priority.BATCH)).isEqualTo(30);
    }

    @Test
    void pausesOfLessThanHalfOfThePulsesAreNotACrowd() {
        for (int i = 0; i < 1_000; i++) {
            room.pulse(i % 5 < 2 ? 300 * MILLI : 0, (i % 5 < 2 ? 310 : 10) * MILLI, BOUND, live);
        }

        assertThat(isFull()).isFalse();
    }

    @Test
    void aLoopWhosePulsesHaveNearlyStoppedIsNotWaitedForLong() {
        long before = 0;
        while (!isFull()) {
            room.pulse(400 * MILLI, 410 * MILLI, BOUND, live);
            before += 410;
        }

        assertThat(before).isEqualTo(2 * 410);
        live = (int) LoopRoom.FEWEST - 1;
        assertThat(isFull()).as("so few are no crowd").isFalse();
    }

    @Test
    void thoseWhoAreInHaveTimeToLeaveBeforeTheNextCut() {
        windows(PATIENCE, 20);

        windows(20, 20);

        assertThat(room(Priority.INTERACTIVE)).isEqualTo(50);
    }

    @Test
    void aLoopInTimeHasRoomForThoseWhoAreThereAndForMoreLittleByLittle() {
        live = 400;
        windows(2 * PATIENCE, 100);
        assertThat(room(Priority.INTERACTIVE)).isEqualTo(40);
        live = 60;

        window(5);
        assertThat(room(Priority.INTERACTIVE)).isEqualTo(60);
        window(5);

        assertThat(room(Priority.INTERACTIVE)).isEqualTo(61);
    }

    @Test
    void afterTwoSecondsWithoutARefusalThereIsNoLimit() {
        windows(PATIENCE, 20);
        live = 10;

        windows(LoopRoom.CALM, 0);

        assertThat(room(Priority.INTERACTIVE)).isEqualTo(10_000);
        assertThat(room(Priority.BATCH)).isEqualTo(10_000);
    }

    @Test
    void batchIsCutFirstAndInteractiveOnlyWhenThatDidNotHelp() {
        room.isFull(Priority.BATCH, live);
        windows(PATIENCE - 1, 20);
        room.isFull(Priority.BATCH, live);
        window(20);

        assertThat(room(Priority.INTERACTIVE)).isEqualTo(10_000);
        assertThat(room.isFull(Priority.BATCH, 51)).isTrue();

        windows(5, 20);
        assertThat(room(Priority.INTERACTIVE)).as("batch is still leaving").isEqualTo(10_000);
        window(20);
        assertThat(room(Priority.INTERACTIVE)).isEqualTo(50);
    }

    @Test
    void batchYieldsWhileInteractiveRequestsAreRefused() {
        windows(PATIENCE, 20);
        live = 45;
        int before = room(Priority.BATCH);

        for (int i = 0; i < 10; i++) {
            room.isFull(Priority.INTERACTIVE, 10_000);
            window(0);
        }

        assertThat(room(Priority.BATCH)).isLessThan(before / 2);
    }

    /** A loop that serves one exchange per millisecond and is as late as it has exchanges to serve. */
    @Test
    void threeTimesAsMuchAsFitsIsServedAtFullSpeedAndInTime() {
        Random random = new Random(7);
        Deque<Long> queue = new ArrayDeque<>();
        int served = 0;
        int refused = 0;
        long worst = 0;
        int due = 10;
        int late = -1;
        for (int millis = 0; millis < 30_000; millis++) {
            boolean settled = millis >= 5_000;
            for (int arrivals = random.nextInt(7); arrivals > 0; arrivals--) {
                if (room.isFull(Priority.INTERACTIVE, queue.size() + 1)) {
                    refused++;
                } else {
                    queue.add((long) millis);
                }
            }
            Long first = queue.poll();
            if (settled && first != null) {
                served++;
                worst = Math.max(worst, millis - first);
            }
            if (millis == due) {
                late = queue.size();
            }
            if (late >= 0 && millis == due + late) {
                room.pulse(late * MILLI, (10 + late) * MILLI, BOUND, queue.size());
                due = millis + 10;
                late = -1;
            }
        }

        assertThat(served).isGreaterThan(24_000);
        assertThat(worst).isLessThan(60);
        assertThat(refused).isGreaterThan(50_000);
    }
}
