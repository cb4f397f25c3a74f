// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EventStreamFrameTest {

    private final EventStreamFrame frame = new EventStreamFrame();

    @Test
    void showsTheNameAndThePayloadOfAnEvent() {
        byte[] bytes = Frames.event("messageStop", "{\"stopReason\":\"end_turn\"}");
        assertThat(read(bytes)).isTrue();
        assertThat(frame.type()).isEqualTo(EventStreamFrame.Type.EVENT);
        assertThat(frame.eventType()).isEqualTo("messageStop");
        assertThat(frame.eventTypeLength()).isEqualTo(11);
        assertThat(frame.isEvent("messageStop".getBytes(StandardCharsets.US_ASCII)))
                .isTrue();
        assertThat(frame.isEvent("messageStart".getBytes(StandardCharsets.US_ASCII)))
                .isFalse();
        assertThat(frame.contentType()).isEqualTo("application/json");
        assertThat(payload()).isEqualTo("{\"stopReason\":\"end_turn\"}");
    }

    @Test
    void showsAnException() {
        assertThat(read(Frames.exception("throttlingException", "{}"))).isTrue();
        assertThat(frame.type()).isEqualTo(EventStreamFrame.Type.EXCEPTION);
        assertThat(frame.exceptionType()).isEqualTo("throttlingException");
        assertThat(frame.eventType()).isNull();
    }

    @Test
    void showsAnErrorThatNoModelKnows() {
        assertThat(read(Frames.error("InternalError", "Something broke"))).isTrue();
        assertThat(frame.type()).isEqualTo(EventStreamFrame.Type.ERROR);
        assertThat(frame.errorCode()).isEqualTo("InternalError");
        assertThat(frame.errorMessage()).isEqualTo("Something broke");
        assertThat(payload()).isEmpty();
    }

    @Test
    void remembersNothingOfTheFrameBefore() {
        read(Frames.exception("throttlingException", "{}"));
        assertThat(read(Frames.frame(new byte[0], new byte[0]))).isTrue();
        assertThat(frame.type()).isEqualTo(EventStreamFrame.Type.OTHER);
        assertThat(frame.exceptionType()).isNull();
        assertThat(frame.eventTypeLength()).isZero();
    }

    @Test
    void passesOverHeadersOfEveryTypeAndOfNamesThatItDoesNotKnow() {
        byte[] headers = Frames.join(
                Frames.header("a", 0, new byte[0]),
                Frames.header("b", 1, new byte[0]),
                Frames.header("c", 2, new byte[1]),
                Frames.header("d", 3, new byte[2]),
                Frames.header("e", 4, new byte[4]),
                Frames.header("f", 5, new byte[8]),
                Frames.header("g", 6, new byte[] {0, 2, 9, 9}),
                Frames.header("h", "text"),
                Frames.header("i", 8, new byte[8]),
                Frames.header("j", 9, new byte[16]),
                Frames.header(":event-type", 4, new byte[4]),
                Frames.header(":message-type", "event"));
        assertThat(read(Frames.frame(headers, new byte[] {'!'}))).isTrue();
        assertThat(frame.type()).isEqualTo(EventStreamFrame.Type.EVENT);
        assertThat(frame.eventType()).as("a number is no name").isNull();
        assertThat(payload()).isEqualTo("!");
    }

    @Test
    void refusesHeadersThatRunOverTheirEndEvenWithRightChecksums() {
        assertThat(read(Frames.frame(new byte[] {5, 'a'}, new byte[9]))).isFalse();
        assertThat(read(Frames.frame(new byte[] {0, 7, 0, 0}, new byte[9]))).isFalse();
        assertThat(read(Frames.frame(new byte[] {1, 'a'}, new byte[9]))).isFalse();
        assertThat(read(Frames.frame(new byte[] {1, 'a', 10}, new byte[9]))).isFalse();
        assertThat(read(Frames.frame(new byte[] {1, 'a', 7, 0}, new byte[9]))).isFalse();
        assertThat(read(Frames.frame(new byte[] {1, 'a', 7, 0, 1}, new byte[9])))
                .isFalse();
        assertThat(read(Frames.frame(new byte[] {1, 'a', 6, (byte) 0xFF, (byte) 0xFF}, new byte[9])))
                .isFalse();
        assertThat(read(Frames.frame(new byte[] {1, 'a', 9, 0}, new byte[20]))).isFalse();
    }

    @Test
    void refusesAFrameInWhichAnyByteIsWrong() {
        byte[] good = Frames.event("contentBlockDelta", "{\"delta\":{\"text\":\"Hi\"}}");
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << bit);
                assertThat(read(bad)).as("bit %d of byte %d", bit, at).isFalse();
            }
        }
    }

    @Test
    void refusesAFrameThatIsCutOffOrHasSomethingBehindIt() {
        byte[] good = Frames.event("messageStart", "{}");
        for (int length = 0; length < good.length; length++) {
            assertThat(frame.read(good, 0, length)).isFalse();
        }
        assertThat(read(Arrays.copyOf(good, good.length + 1))).isFalse();
    }

    @Test
    void looksAtNothingOutsideItsSlice() {
        byte[] good = Frames.event("messageStart", "{}");
        byte[] around = new byte[good.length + 20];
        Arrays.fill(around, (byte) 0x7F);
        System.arraycopy(good, 0, around, 11, good.length);
        assertThat(frame.read(around, 11, 11 + good.length)).isTrue();
        assertThat(payload()).isEqualTo("{}");
    }

    @Test
    void neverThrowsOnAnyBytes() {
        Random random = new Random(7);
        for (int round = 0; round < 5_000; round++) {
            byte[] headers = new byte[random.nextInt(40)];
            random.nextBytes(headers);
            byte[] payload = new byte[random.nextInt(20)];
            byte[] bytes = Frames.frame(headers, payload);
            if (read(bytes)) {
                assertThat(frame.payloadTo() - frame.payloadFrom()).isEqualTo(payload.length);
            }
            random.nextBytes(bytes);
            assertThat(read(bytes)).isFalse();
        }
    }

    private boolean read(byte[] bytes) {
        return frame.read(bytes, 0, bytes.length);
    }

    private String payload() {
        return new String(
                frame.bytes(), frame.payloadFrom(), frame.payloadTo() - frame.payloadFrom(), StandardCharsets.UTF_8);
    }
}
