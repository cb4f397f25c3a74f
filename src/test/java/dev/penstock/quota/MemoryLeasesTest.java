// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.time.ManualTime;
import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryLeasesTest {

    private final ManualTime time = new ManualTime();
    private final MemoryLeases store = new MemoryLeases(time, 100, true);

    @Test
    void neverGrantsMoreThanTheLimit() {
        assertThat(take(1, 60, 0)).isEqualTo(new Grant(true, 60, 40));
        assertThat(take(1, 60, 0)).isEqualTo(new Grant(true, 40, 0));
        assertThat(take(1, 1, 0)).isEqualTo(new Grant(true, 0, 0));
    }

    @Test
    void whatIsGivenBackComesBeforeWhatIsTaken() {
        take(1, 100, 0);

        assertThat(take(1, 30, 20)).isEqualTo(new Grant(true, 20, 0));
    }

    @Test
    void aNewWindowIsEmptyAndAnOlderOneGetsNothing() {
        take(1, 100, 0);

        assertThat(take(2, 10, 50)).isEqualTo(new Grant(true, 10, 90));
        assertThat(take(1, 10, 0)).isEqualTo(LeaseStore.Grant.tooLate(2));
    }

    @Test
    void aSmallerLimitHoldsAtOnce() {
        take(1, 80, 0);

        assertThat(exchange(new Ask("c", 1, end(), 50, 10, 0, "a", -1))).isEqualTo(new Grant(true, 0, 0));
        assertThat(exchange(new Ask("c", 1, end(), 50, 10, 40, "a", -1))).isEqualTo(new Grant(true, 10, 0));
    }

    @Test
    void concurrencyIsCountedByOwnerAndMendedByWhatTheOwnerSays() {
        assertThat(hold("a", 6, 0, 0)).isEqualTo(new Grant(true, 6, 4));
        assertThat(hold("b", 6, 0, 0)).isEqualTo(new Grant(true, 4, 0));

        // A took six, but knows of two only: the answer to the rest was lost.
        assertThat(hold("a", 0, 0, 2)).isEqualTo(new Grant(true, 0, 4));
        assertThat(hold("b", 3, 0, 4)).isEqualTo(new Grant(true, 3, 1));
    }

    @Test
    void anOwnerThatIsSilentHoldsNothing() {
        hold("a", 10, 0, 0);
        time.advance(Duration.ofSeconds(15));
        assertThat(hold("b", 10, 0, 0).granted()).isZero();
        time.advance(Duration.ofSeconds(6));

        assertThat(hold("b", 10, 0, 0).granted()).isEqualTo(10);
    }

    @Test
    void countersAreForgottenAfterTheirWindow() {
        for (int i = 0; i < 100; i++) {
            exchange(new Ask("c" + i, 1, end(), 10, 1, 0, "a", -1));
        }
        hold("a", 1, 0, 0);
        assertThat(exchange(new Ask("d", 1, end(), 10, 1, 0, "a", -1))).isEqualTo(Grant.UNREACHABLE);
        time.advance(Duration.ofMinutes(3));

        assertThat(exchange(new Ask("d", 1, end(), 10, 1, 0, "a", -1)).granted())
                .isEqualTo(1);
        assertThat(store.size()).isEqualTo(1);
    }

    private long end() {
        return time.now().toEpochMilli() + 60_000;
    }

    private Grant take(long window, long take, long giveBack) {
        return exchange(new Ask("c", window, end(), 100, take, giveBack, "a", -1));
    }

    private Grant hold(String owner, long take, long giveBack, long held) {
        return exchange(new Ask("held", 0, Long.MAX_VALUE, 10, take, giveBack, owner, held));
    }

    private Grant exchange(Ask ask) {
        List<Grant> grants = new ArrayList<>();
        store.exchange(ask, grants::add);
        assertThat(grants).hasSize(1);
        return grants.getFirst();
    }
}
