// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** One way in which a network cuts a body. What a stream means must not depend on it. */
public enum SplitPlan {
    ALL_AT_ONCE,
    BETWEEN_EVENTS,
    /** Inside of characters, between CR and LF, between the two ends of an event, and where the recordings' own plan says. */
    AT_HURTFUL_POINTS,
    BYTE_BY_BYTE,
    /** As {@link #AT_HURTFUL_POINTS}, and the end of the connection is the end of the body. */
    UNTIL_CLOSE;

    private static final int HURTFUL_POINTS = 24;
    private static final Duration BETWEEN_SEGMENTS = Duration.ofMillis(1);

    /** The rest of a script whose head is given: the body, cut in this way. */
    public Script of(Script.Builder script, byte[] bytes, int[] hurtful) {
        return switch (this) {
            case ALL_AT_ONCE ->
                script.segments(Script.Segments.TOGETHER).send(bytes).build();
            case BETWEEN_EVENTS -> script.sendSplit(bytes, eventEnds(bytes)).build();
            case BYTE_BY_BYTE -> script.sendByteByByte(bytes).build();
            case UNTIL_CLOSE ->
                script.framing(Script.Framing.UNTIL_CLOSE)
                        .sendSplit(bytes, hurtful)
                        .build();
            case AT_HURTFUL_POINTS -> {
                int from = 0;
                for (int point : hurtful) {
                    script.send(Arrays.copyOfRange(bytes, from, point)).pause(BETWEEN_SEGMENTS);
                    from = point;
                }
                yield script.send(Arrays.copyOfRange(bytes, from, bytes.length)).build();
            }
        };
    }

    /** The points of the plan, the first UTF-8 characters, and the first line ends of two bytes. */
    public static int[] hurtful(byte[] bytes, int[] plan) {
        IntStream insideCharacters = IntStream.range(1, bytes.length)
                .filter(i -> (bytes[i] & 0xC0) == 0x80)
                .limit(HURTFUL_POINTS / 2);
        IntStream insideLineEnds = IntStream.range(1, bytes.length)
                .filter(i -> bytes[i] == '\n' && (bytes[i - 1] == '\r' || bytes[i - 1] == '\n'))
                .limit(HURTFUL_POINTS / 2);
        return IntStream.concat(Arrays.stream(plan), IntStream.concat(insideCharacters, insideLineEnds))
                .filter(i -> i > 0 && i < bytes.length)
                .sorted()
                .distinct()
                .toArray();
    }

    /** Where the events of a stream of server-sent events end. */
    public static int[] eventEnds(byte[] bytes) {
        List<Integer> ends = new ArrayList<>();
        int lineStart = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                if (i == lineStart || i == lineStart + 1 && bytes[lineStart] == '\r') {
                    ends.add(i + 1);
                }
                lineStart = i + 1;
            }
        }
        return ends.stream().mapToInt(Integer::intValue).toArray();
    }
}
