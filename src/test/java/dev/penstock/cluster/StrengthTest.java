// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StrengthTest {

    private final ManualTime time = new ManualTime();
    private final Strength strength = new Strength(time);

    @BeforeEach
    void threeNodes() {
        strength.present(Set.of("a"));
        strength.present(Set.of("a", "b", "c"));
    }

    @Test
    void aClusterThatGrowsIsWhole() {
        assertThat(strength.muster()).isEqualTo(new Muster(3, 3));
    }

    @Test
    void aNodeThatTakesLeaveIsNotMissed() {
        strength.left("c", true, 2);

        assertThat(strength.muster().whole()).isTrue();
        assertThat(strength.isGone("c")).isTrue();
    }

    @Test
    void aNodeThatGoesWithoutAWordIsMissedForSomeMinutes() {
        strength.left("c", false, 2);
        time.advance(Strength.MEMORY.minusNanos(1));

        assertThat(strength.muster()).isEqualTo(new Muster(2, 3));
        time.advance(Duration.ofNanos(1));
        assertThat(strength.muster()).isEqualTo(new Muster(2, 2));
    }

    @Test
    void theTimeBeginsAnewWithEachNodeThatIsLost() {
        strength.left("c", false, 2);
        time.advance(Strength.MEMORY.dividedBy(2));
        strength.left("b", false, 1);
        time.advance(Strength.MEMORY.minusNanos(1));

        assertThat(strength.muster()).isEqualTo(new Muster(1, 3));
    }

    @Test
    void aClusterThatIsCompleteAgainIsWholeWhenCountsHaveBeenPutTogether() {
        strength.left("c", false, 2);
        strength.left("b", false, 1);
        strength.present(Set.of("a", "b", "c"));
        time.advance(Strength.SETTLING.minusNanos(1));

        assertThat(strength.muster()).isEqualTo(new Muster(1, 3));
        assertThat(strength.isGone("b")).isFalse();
        time.advance(Duration.ofNanos(1));
        assertThat(strength.muster()).isEqualTo(new Muster(3, 3));
    }

    @Test
    void aClusterThatFallsApartWhileItSettlesIsShortAgain() {
        strength.left("c", false, 2);
        strength.present(Set.of("a", "b", "c"));
        time.advance(Strength.SETTLING.dividedBy(2));
        strength.left("c", false, 2);
        time.advance(Strength.SETTLING);

        assertThat(strength.muster()).isEqualTo(new Muster(2, 3));
    }

    @Test
    void aFarewellOfOneDoesNotMakeUpForAnother() {
        strength.left("c", false, 2);
        strength.left("b", true, 1);

        assertThat(strength.muster()).isEqualTo(new Muster(1, 2));
    }
}
