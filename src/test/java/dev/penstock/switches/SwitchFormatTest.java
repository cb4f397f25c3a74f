// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Flips as bytes, and bytes that are none. */
final class SwitchFormatTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00.123Z");

    private static SwitchNotice notice(String object, String reason, List<String> tenants, Instant until) {
        return new SwitchNotice(
                new StoredSwitch(object, false, true, 25, tenants, reason, "anna", AT, until, 7, "node"),
                Duration.ofSeconds(5));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        SwitchNotice some = notice("model.chät", "prices — doubled", List.of("acme", "duck"), AT.plusSeconds(60));
        SwitchNotice plain = notice("gateway", "", List.of(), null);

        assertThat(SwitchFormat.read(SwitchFormat.write(some))).isEqualTo(some);
        assertThat(SwitchFormat.read(SwitchFormat.write(plain))).isEqualTo(plain);
    }

    @Test
    void whatIsCutOrLongerOrChangedIsNoNoticeOrAWellFormedOne() {
        byte[] bytes = SwitchFormat.write(notice("model.chat", "drill", List.of("acme"), AT));
        for (int length = 0; length < bytes.length; length++) {
            assertThat(SwitchFormat.read(Arrays.copyOf(bytes, length))).isNull();
        }
        assertThat(SwitchFormat.read(Arrays.copyOf(bytes, bytes.length + 1))).isNull();
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = bytes.clone();
            broken[random.nextInt(broken.length)] ^= (byte) (1 << random.nextInt(8));
            SwitchNotice read = SwitchFormat.read(broken);
            assertThat(read == null || SwitchFormat.write(read) != null).isTrue();
        }
    }

    @Test
    void whatNoNodeWouldTakeIsNotWritten() {
        assertThat(SwitchFormat.write(notice("modell.x", "", List.of(), null))).isNull();
        assertThat(SwitchFormat.write(notice("model.x", "two\nlines", List.of(), null)))
                .isNull();
        assertThat(SwitchFormat.write(notice("model.x", "long".repeat(60), List.of(), null)))
                .isNull();
        assertThat(SwitchFormat.write(notice("model." + "x".repeat(3000), "", List.of(), null)))
                .isNull();
        List<String> crowd = IntStream.range(0, 101).mapToObj(i -> "t" + i).toList();
        assertThat(SwitchFormat.write(notice("model.x", "", crowd, null))).isNull();
        assertThat(SwitchFormat.write(notice("model.x", "", crowd.subList(0, 100), null)))
                .isNotNull();
    }
}
