// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.sse.Chunks.Framed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SseFramerTest {

    private static final String BOM = "\uFEFF";

    @Test
    void cutsAtEachBlankLine() {
        Framed framed = Chunks.frame(bytes("data: a\n\nevent: x\ndata: b\n\n"));

        assertThat(texts(framed)).containsExactly("data: a\n\n", "event: x\ndata: b\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void acceptsEveryLineEnd(String eol) {
        String first = ": c" + eol + "data: a" + eol + eol;
        String second = "data: b" + eol + eol;

        assertThat(texts(Chunks.frame(bytes(first + second)))).containsExactly(first, second);
    }

    @Test
    void acceptsMixedLineEndsInOneEvent() {
        String event = "data: a\r\ndata: b\rdata: c\n\r\n";

        assertThat(texts(Chunks.frame(bytes(event + "data: d\n\n")))).containsExactly(event, "data: d\n\n");
    }

    @Test
    void completesAnEventWithTheCarriageReturnOfItsBlankLineAndCarriesTheLineFeedOver() {
        byte[] stream = bytes("data: a\r\n\r\ndata: b\r\n\r\n");

        Framed framed = Chunks.frame(stream, 10);

        assertThat(texts(framed)).containsExactly("data: a\r\n\r", "\ndata: b\r\n\r\n");
    }

    @Test
    void aLineFeedCarriedOverIsNoEventAndNotTheInsideOfOne() {
        SseFramer framer = new SseFramer();
        byte[] stream = bytes("data: a\r\n\r\n");

        int end = framer.nextEventEnd(stream, 0, 10);
        int after = framer.nextEventEnd(stream, 10, 11);

        assertThat(end).isEqualTo(10);
        assertThat(after).isEqualTo(-1);
        assertThat(framer.insideEvent()).isFalse();
    }

    @Test
    void aSecondLineFeedAfterACarriedOneIsABlankLine() {
        Framed framed = Chunks.byteByByte(bytes("data: a\r\r\n\n"));

        assertThat(texts(framed)).containsExactly("data: a\r\r", "\n\n");
    }

    @Test
    void twoCarriageReturnsAreALineEndAndABlankLine() {
        assertThat(texts(Chunks.byteByByte(bytes("data: a\r\rdata: b\r\r"))))
                .containsExactly("data: a\r\r", "data: b\r\r");
    }

    @Test
    void aBlankLineWithoutFieldsIsPassedOnAtOnce() {
        assertThat(texts(Chunks.frame(bytes("\n\ndata: a\n\n")))).containsExactly("\n", "\n", "data: a\n\n");
    }

    @Test
    void aByteOrderMarkIsNotPartOfTheFirstLine() {
        Framed framed = Chunks.byteByByte(bytes(BOM + "\n" + "data: a\n\n"));

        assertThat(texts(framed)).containsExactly(BOM + "\n", "data: a\n\n");
    }

    @Test
    void aByteOrderMarkLaterOnIsPartOfALine() {
        Framed framed = Chunks.byteByByte(bytes("data: a\n\n" + BOM + "\n\n"));

        assertThat(texts(framed)).containsExactly("data: a\n\n", BOM + "\n\n");
    }

    @Test
    void halfAByteOrderMarkBeginsALine() {
        byte[] stream = {(byte) 0xEF, (byte) 0xBB, '\n', '\n', 'x', '\n', '\n'};

        Framed framed = Chunks.byteByByte(stream);

        assertThat(framed.events()).hasSize(2);
        assertThat(framed.events().get(0)).hasSize(4);
    }

    @Test
    void knowsWhetherAnEventIsOpen() {
        SseFramer framer = new SseFramer();
        byte[] stream = bytes("data: a\n\ndata: b");

        int end = framer.nextEventEnd(stream, 0, stream.length);
        boolean between = framer.insideEvent();
        int open = framer.nextEventEnd(stream, end, stream.length);

        assertThat(between).isFalse();
        assertThat(open).isEqualTo(-1);
        assertThat(framer.insideEvent()).isTrue();
    }

    @Test
    void anUnfinishedBlankLineStaysOpen() {
        Framed framed = Chunks.frame(bytes("data: a\n\ndata: b\n"));

        assertThat(framed.events()).hasSize(1);
        assertThat(framed.tail()).isEqualTo(bytes("data: b\n"));
        assertThat(framed.insideEvent()).isTrue();
    }

    @Test
    void resetForgetsAnOpenEvent() {
        SseFramer framer = new SseFramer();
        byte[] open = bytes("data: a\r");
        framer.nextEventEnd(open, 0, open.length);

        framer.reset();

        byte[] next = bytes("\ndata: b\n\n");
        assertThat(framer.insideEvent()).isFalse();
        assertThat(framer.nextEventEnd(next, 0, next.length)).isEqualTo(1);
    }

    @Test
    void takesControlCharactersForContent() {
        String event = "data: \t\u0000\u0001\u000B\u000C\b\n\n";

        assertThat(texts(Chunks.byteByByte(bytes(event + event)))).containsExactly(event, event);
    }

    @Test
    void staysWithinTheGivenBounds() {
        byte[] bytes = bytes("data: a\n\ndata: b\n\n");

        assertThat(new SseFramer().nextEventEnd(bytes, 0, 8)).isEqualTo(-1);
        assertThat(SseFramer.lineEnd(bytes, 0, 5)).isEqualTo(5);
    }

    @Test
    void everySplitOfEveryShapeGivesTheSameEvents() {
        for (String shape : shapes()) {
            byte[] stream = bytes(shape);
            for (int cut = 0; cut <= stream.length; cut++) {
                assertSound(stream, Chunks.frame(stream, cut));
            }
            assertSound(stream, Chunks.byteByByte(stream));
        }
    }

    @Test
    void everyPairOfSplitsGivesTheSameEvents() {
        byte[] stream = bytes(BOM + "data: a\r\n\r\n: c\r\rdata: \u20ac\n\n\r\ndata: c\r\n\r\n");
        for (int first = 0; first <= stream.length; first++) {
            for (int second = first; second <= stream.length; second++) {
                assertSound(stream, Chunks.frame(stream, first, second));
            }
        }
    }

    @Test
    void randomStreamsOfLineEndsAndTextKeepTheirBytesAndEvents() {
        Random random = new Random(20261121);
        String[] parts = {"\n", "\r", "\r\n", "data: x", "data", ":", "event: e", "\u20ac", " ", BOM, "12345678"};
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(30); i >= 0; i--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            byte[] stream = bytes(text.toString());
            int a = random.nextInt(stream.length + 1);
            int b = a + random.nextInt(stream.length + 1 - a);
            assertSound(stream, Chunks.frame(stream, a, b));
            assertSound(stream, Chunks.byteByByte(stream));
        }
    }

    /** Nothing is lost, and each slice holds what the reference makes of the whole, one event at the most. */
    static void assertSound(byte[] stream, Framed framed) {
        assertThat(framed.together()).isEqualTo(stream);
        List<SseReference.Event> seen = new ArrayList<>();
        for (int i = 0; i < framed.events().size(); i++) {
            byte[] slice = framed.events().get(i);
            // Only the first slice may have a byte order mark taken away.
            byte[] asLater = i == 0 ? slice : concat(bytes("\n"), slice);
            List<SseReference.Event> here = SseReference.events(asLater);
            assertThat(here).as("events in one slice").hasSizeLessThanOrEqualTo(1);
            seen.addAll(here);
        }
        assertThat(seen).isEqualTo(SseReference.events(stream));
    }

    private static List<String> shapes() {
        List<String> shapes = new ArrayList<>();
        for (String eol : List.of("\n", "\r\n", "\r")) {
            shapes.add("data: {\"a\":\"\u00e9\u20ac\uD83D\uDE00\"}" + eol + eol + "data: [DONE]" + eol + eol);
            shapes.add(BOM + ": ping" + eol + eol + "event: x" + eol + "data: 1" + eol + "data: 2" + eol + eol);
            shapes.add("data:a" + eol + eol + eol + eol + "data" + eol + eol + "data: unfinished" + eol);
            shapes.add("id: 1" + eol + "retry: 3" + eol + eol + "error: {}" + eol + eol);
        }
        shapes.add("data: 1\r\n\rdata: 2\n\r\ndata: 3\r\r\n");
        return shapes;
    }

    private static List<String> texts(Framed framed) {
        return framed.events().stream()
                .map(event -> new String(event, StandardCharsets.UTF_8))
                .toList();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
