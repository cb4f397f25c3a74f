// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A store that takes five seconds or is dead, as in R19: what calls feel of it, in the test's own time. */
final class SlowStoreTest {

    private static final long LIMIT = 60_000;
    private static final Duration PATIENCE = Duration.ofMillis(750);
    private static final int CALLS = 2_000;
    private static final Duration GAP = Duration.ofMillis(5);

    private final ManualTime time = new ManualTime();
    private final MemoryLeases counts = new MemoryLeases(time, 1_000, true);
    private boolean slow;

    /** What stores promise: an answer after 750 ms at the latest, if only that there is none. */
    private final LeaseStore store = new LeaseStore() {
        @Override
        public void exchange(Ask ask, Consumer<Grant> answer) {
            if (slow) {
                time.after(PATIENCE, () -> answer.accept(Grant.UNREACHABLE));
            } else {
                counts.exchange(ask, answer);
            }
        }
    };

    @ParameterizedTest
    @CsvSource({"OPEN, 2000", "LOCAL_SHARE, 2000", "CLOSED, 100"})
    void callsUnderALimitThatIsNotNearlyReachedDoNotWaitForIt(Fail fail, int least) {
        LimitRule rule = QuotaRoom.failing(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.MINUTE), fail);
        QuotaRoom room = new QuotaRoom(time, time, store, 3, QuotaRoom.limits(rule));
        drive(room);

        slow = true;
        List<Long> waits = new ArrayList<>();
        int admitted = drive(room, waits);

        assertThat(waits).hasSize(CALLS);
        assertThat(waits.stream().sorted().skip(CALLS * 99 / 100).findFirst().orElseThrow())
                .as("p99 in ms")
                .isLessThanOrEqualTo(5);
        assertThat(waits.stream().max(Long::compare).orElseThrow()).isLessThanOrEqualTo(1_300);
        assertThat(admitted).isBetween(least, CALLS);

        slow = false;
        time.advance(Duration.ofSeconds(2));
        assertThat(drive(room)).as("when it is back").isEqualTo(CALLS);
        assertThat(room.book.isUp()).isTrue();
    }

    private int drive(QuotaRoom room) {
        return drive(room, new ArrayList<>());
    }

    /** Ten seconds of 200 calls a second; how long each waited goes to the list, in milliseconds. */
    private int drive(QuotaRoom room, List<Long> waits) {
        int[] admitted = {0};
        for (int i = 0; i < CALLS; i++) {
            long from = time.nanos();
            room.limiter.admit(QuotaRoom.call(1, 1), decision -> {
                waits.add((time.nanos() - from) / 1_000_000);
                admitted[0] += decision instanceof Admission.Decision.Admitted ? 1 : 0;
            });
            time.advance(GAP);
        }
        time.advance(Duration.ofSeconds(2));
        return admitted[0];
    }
}
