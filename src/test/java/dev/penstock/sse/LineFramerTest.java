// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LineFramerTest {

    private static final String FIRST = "{\"message\":{\"content\":\"Grüße 🙂\"}}\n";
    private static final String SECOND = "{\"message\":{\"content\":\"two\\nlines\"}}\r\n";
    private static final String EMPTY = "\n";
    private static final String LAST = "{\"done\":true}\n";
    private static final byte[] STREAM = bytes(FIRST + SECOND + EMPTY + LAST);

    @Test
    void findsEveryLineOfOneChunk() {
        assertThat(lines(STREAM)).containsExactly(FIRST, SECOND, EMPTY, LAST);
    }

    @Test
    void findsTheSameLinesWhereverTheStreamIsCut() {
        for (int cut = 0; cut <= STREAM.length; cut++) {
            assertThat(lines(STREAM, cut)).as("cut at %d", cut).containsExactly(FIRST, SECOND, EMPTY, LAST);
        }
    }

    @Test
    void findsTheSameLinesWhereverTheStreamIsCutTwice() {
        for (int one = 0; one <= STREAM.length; one++) {
            for (int two = one; two <= STREAM.length; two++) {
                assertThat(lines(STREAM, one, two)).containsExactly(FIRST, SECOND, EMPTY, LAST);
            }
        }
    }

    @Test
    void findsTheSameLinesByteByByte() {
        int[] cuts = new int[STREAM.length];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }

        assertThat(lines(STREAM, cuts)).containsExactly(FIRST, SECOND, EMPTY, LAST);
    }

    @Test
    void findsWhatAPlainLoopFindsInAnyBytes() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            byte[] any = new byte[random.nextInt(120)];
            for (int i = 0; i < any.length; i++) {
                // Neighbours of the LF and bytes with the high bit are what a search word by word could mistake.
                any[i] = (byte) new int[] {'\n', 0x0B, 0x09, 0x8A, 0x0A ^ 0x80, 0xFF, 0x00, '\r'}[random.nextInt(8)];
            }
            LineFramer framer = new LineFramer();
            int expected = 0;
            while (expected < any.length && any[expected] != '\n') {
                expected++;
            }
            assertThat(framer.nextEventEnd(any, 0, any.length)).isEqualTo(expected < any.length ? expected + 1 : -1);
        }
    }

    @Test
    void aCarriageReturnAloneEndsNoLine() {
        assertThat(lines(bytes("{}\r{}\n"))).containsExactly("{}\r{}\n");
    }

    @Test
    void givesNoEndToALineThatIsCutOff() {
        byte[] half = bytes("{\"message\":");
        LineFramer framer = new LineFramer();

        assertThat(framer.nextEventEnd(half, 0, half.length)).isEqualTo(-1);
        assertThat(framer.nextEventEnd(half, half.length, half.length)).isEqualTo(-1);
        assertThat(framer.broken()).isFalse();
    }

    @Test
    void aLineWithoutEndIsGivenOutAtTheLimitAndEverythingBehindItToo() {
        LineFramer framer = new LineFramer();
        byte[] mebibyte = new byte[1 << 20];
        for (int i = 0; i < LineFramer.MAX_LINE; i += mebibyte.length) {
            assertThat(framer.nextEventEnd(mebibyte, 0, mebibyte.length)).isEqualTo(-1);
        }
        assertThat(framer.broken()).isFalse();

        assertThat(framer.nextEventEnd(mebibyte, 0, 1)).isEqualTo(1);

        assertThat(framer.broken()).isTrue();
        assertThat(framer.nextEventEnd(STREAM, 0, STREAM.length)).isEqualTo(STREAM.length);
        assertThat(framer.nextEventEnd(STREAM, STREAM.length, STREAM.length)).isEqualTo(-1);
    }

    /** The lines, as the pipe puts them together; what has no end at the end of the bytes comes last. */
    private static List<String> lines(byte[] stream, int... cuts) {
        LineFramer framer = new LineFramer();
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i == cuts.length ? stream.length : cuts[i];
            // Somewhere in a larger array, as a network buffer gives it.
            byte[] chunk = new byte[to - from + 7];
            System.arraycopy(stream, from, chunk, 3, to - from);
            int at = 3;
            int end;
            while ((end = framer.nextEventEnd(chunk, at, 3 + to - from)) >= 0) {
                open.write(chunk, at, end - at);
                lines.add(open.toString(StandardCharsets.UTF_8));
                open.reset();
                at = end;
            }
            open.write(chunk, at, 3 + to - from - at);
            from = to;
        }
        if (open.size() > 0) {
            lines.add(open.toString(StandardCharsets.UTF_8));
        }
        return lines;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
