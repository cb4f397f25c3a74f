// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EventStreamFramerTest {

    private static final byte[] FIRST = Frames.event("messageStart", "{\"role\":\"assistant\"}");
    private static final byte[] SECOND = Frames.event("contentBlockDelta", "{\"delta\":{\"text\":\"Grüße 🙂\"}}");
    private static final byte[] EMPTY = Frames.frame(new byte[0], new byte[0]);
    private static final byte[] STREAM = Frames.join(FIRST, SECOND, EMPTY);

    @Test
    void findsEveryFrameOfOneChunk() {
        assertThat(Frames.cut(STREAM)).containsExactly(FIRST, SECOND, EMPTY);
    }

    @Test
    void findsTheSameFramesWhereverTheStreamIsCut() {
        for (int cut = 0; cut <= STREAM.length; cut++) {
            assertThat(Frames.cut(STREAM, cut)).as("cut at %d", cut).containsExactly(FIRST, SECOND, EMPTY);
        }
    }

    @Test
    void findsTheSameFramesWhereverTheStreamIsCutTwice() {
        for (int one = 0; one <= STREAM.length; one += 3) {
            for (int two = one; two <= STREAM.length; two += 5) {
                assertThat(Frames.cut(STREAM, one, two)).containsExactly(FIRST, SECOND, EMPTY);
            }
        }
    }

    @Test
    void findsTheSameFramesByteByByte() {
        assertThat(Frames.byteByByte(STREAM)).containsExactly(FIRST, SECOND, EMPTY);
    }

    @Test
    void givesNoEndToAFrameThatIsCutOff() {
        byte[] cutOff = java.util.Arrays.copyOf(STREAM, STREAM.length - 1);
        EventStreamFramer framer = new EventStreamFramer();
        int first = framer.nextEventEnd(cutOff, 0, cutOff.length);
        int second = framer.nextEventEnd(cutOff, first, cutOff.length);
        assertThat(framer.nextEventEnd(cutOff, second, cutOff.length)).isEqualTo(-1);
        assertThat(framer.broken()).isFalse();
    }

    @Test
    void givesOutTheRestOfTheChunkBehindAWrongPreludeSoThatTheReaderSeesABadFrame() {
        byte[] bad = SECOND.clone();
        bad[9] ^= 1;
        List<byte[]> frames = Frames.cut(Frames.join(FIRST, bad, SECOND));
        assertThat(frames).hasSize(2);
        assertThat(frames.get(0)).isEqualTo(FIRST);
        assertThat(new EventStreamFrame().read(frames.get(1), 0, frames.get(1).length))
                .isFalse();
    }

    @Test
    void neverLoopsOnABrokenStream() {
        EventStreamFramer framer = new EventStreamFramer();
        byte[] page = "<html>502 Bad Gateway</html>".getBytes(StandardCharsets.UTF_8);
        assertThat(framer.nextEventEnd(page, 0, page.length)).isEqualTo(page.length);
        assertThat(framer.broken()).isTrue();
        assertThat(framer.nextEventEnd(page, page.length, page.length)).isEqualTo(-1);
        assertThat(framer.nextEventEnd(FIRST, 0, FIRST.length)).isEqualTo(FIRST.length);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "15, 0",
        "-1, 0",
        "-2147483648, 0",
        "2147483647, 0",
        "16777217, 0",
        "100, 85",
        "100, -1",
        "200000, 131073"
    })
    void believesNoLengthThatLiesEvenWithARightChecksum(int total, int headers) {
        byte[] frame = Frames.frame(total, headers, new byte[0], new byte[40]);
        EventStreamFramer framer = new EventStreamFramer();
        assertThat(framer.nextEventEnd(frame, 0, frame.length)).isEqualTo(frame.length);
        assertThat(framer.broken()).isTrue();
        assertThat(new EventStreamFrame().read(frame, 0, frame.length)).isFalse();
    }

    @Test
    void waitsForALargeFrameWithinTheLimit() {
        byte[] large = Frames.frame(new byte[0], new byte[EventStreamFramer.MAX_FRAME - 16]);
        EventStreamFramer framer = new EventStreamFramer();
        assertThat(framer.nextEventEnd(large, 0, large.length - 1)).isEqualTo(-1);
        assertThat(framer.nextEventEnd(large, large.length - 1, large.length)).isEqualTo(large.length);
    }

    @Test
    void yieldsNoSoundFrameThatWasNotSentWhateverHappensToTheBytes() {
        Random random = new Random(20_261_121);
        EventStreamFrame frame = new EventStreamFrame();
        for (int round = 0; round < 3_000; round++) {
            byte[] stream = STREAM.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                stream[random.nextInt(stream.length)] = (byte) random.nextInt(256);
            }
            int one = random.nextInt(stream.length + 1);
            int two = one + random.nextInt(stream.length - one + 1);
            List<byte[]> whole = Frames.cut(stream);
            List<byte[]> sound = sound(frame, Frames.cut(stream, one, two));
            assertThat(sound).containsExactlyElementsOf(sound(frame, whole));
            assertThat(sound).allMatch(f -> List.of(FIRST, SECOND, EMPTY).stream()
                    .anyMatch(sent -> java.util.Arrays.equals(sent, f)));
        }
    }

    private static List<byte[]> sound(EventStreamFrame frame, List<byte[]> slices) {
        return slices.stream().takeWhile(f -> frame.read(f, 0, f.length)).toList();
    }
}
