// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NoticeFormatTest {

    private static final BreakerNotice NOTICE = new BreakerNotice(
            "openai/gpt-4o", true, Duration.ofMillis(12_345), "5 failures in a row, größer", "node-a-1f", 42);

    @Test
    void whatIsWrittenIsRead() {
        BreakerNotice closed = new BreakerNotice("b", false, Duration.ZERO, "", "n", Long.MAX_VALUE);

        assertThat(NoticeFormat.read(NoticeFormat.write(NOTICE))).isEqualTo(NOTICE);
        assertThat(NoticeFormat.read(NoticeFormat.write(closed))).isEqualTo(closed);
    }

    @Test
    void theBytesAreThoseOfVersionOne() {
        byte[] bytes = NoticeFormat.write(new BreakerNotice("b", true, Duration.ofMillis(258), "r", "n", 3));

        assertThat(bytes)
                .containsExactly(1, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1, 'b', 0, 1, 'n', 0, 1, 'r');
    }

    @Test
    void aLongReasonIsCutAtACharacter() {
        BreakerNotice read = NoticeFormat.read(
                NoticeFormat.write(new BreakerNotice("b", true, Duration.ZERO, "x" + "ü".repeat(400), "n", 1)));

        assertThat(read.reason()).isEqualTo("x" + "ü".repeat(255));
    }

    @Test
    void aNameThatNobodyWouldTakeIsNotSent() {
        assertThat(NoticeFormat.write(new BreakerNotice("b".repeat(1025), true, Duration.ZERO, "", "n", 1)))
                .isNull();
        assertThat(NoticeFormat.write(new BreakerNotice("b", true, Duration.ZERO, "", "n".repeat(1025), 1)))
                .isNull();
    }

    @Test
    void aTimeThatIsNoneBecomesTheNearestOne() {
        assertThat(NoticeFormat.read(
                                NoticeFormat.write(new BreakerNotice("b", true, Duration.ofSeconds(-1), "", "n", 1)))
                        .remaining())
                .isZero();
        assertThat(NoticeFormat.read(NoticeFormat.write(new BreakerNotice("b", true, Duration.ofDays(365), "", "n", 1)))
                        .remaining())
                .isEqualTo(Duration.ofDays(1));
    }

    @Test
    void everyBeginningAndEveryLongerTextIsRefused() {
        byte[] whole = NoticeFormat.write(NOTICE);

        for (int length = 0; length < whole.length; length++) {
            assertThat(NoticeFormat.read(Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isNull();
        }
        assertThat(NoticeFormat.read(Arrays.copyOf(whole, whole.length + 1))).isNull();
        assertThat(NoticeFormat.read(new byte[NoticeFormat.MAX_BYTES + 1])).isNull();
    }

    @Test
    void otherVersionsFlagsTimesAndTextsAreRefused() {
        assertThat(NoticeFormat.read(changed(0, 2))).isNull();
        assertThat(NoticeFormat.read(changed(1, 2))).isNull();
        assertThat(NoticeFormat.read(changed(10, 0x80))).as("negative time").isNull();
        assertThat(NoticeFormat.read(changed(10, 1))).as("a time of ages").isNull();
        assertThat(NoticeFormat.read(changed(20, 0xff))).as("no UTF-8").isNull();
        assertThat(NoticeFormat.read(changed(20, '\n')))
                .as("a control character")
                .isNull();
        assertThat(NoticeFormat.read(NoticeFormat.write(new BreakerNotice("", true, Duration.ZERO, "", "n", 1))))
                .as("no breaker")
                .isNull();
    }

    @Test
    void noBytesDoMoreThanBeRefused() {
        Random random = new Random(42);
        byte[] whole = NoticeFormat.write(NOTICE);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = whole.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            BreakerNotice read = NoticeFormat.read(bytes);
            assertThat(read == null || read.remaining().compareTo(Duration.ofDays(1)) <= 0)
                    .isTrue();
        }
    }

    private static byte[] changed(int at, int value) {
        byte[] bytes = NoticeFormat.write(NOTICE);
        assertThat(bytes)
                .hasSizeGreaterThan(ByteBuffer.wrap("openai".getBytes(UTF_8)).remaining());
        bytes[at] = (byte) value;
        return bytes;
    }
}
