// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The texts in bytes that are JSON, events of it, or anything else, each with where its bytes stand. What is between quotation marks is a
 * text, without its escapes; what is between two of these is one as well. In a stream, members that carry an answer in pieces make one
 * text over all events, one for each name and place in the answer.
 */
final class SaidTexts {

    /** Members whose values in one event go on in the next, in the schemas that clients speak. */
    private static final Set<String> PIECES = Set.of(
            "content",
            "text",
            "delta",
            "refusal",
            "thinking",
            "reasoning",
            "reasoning_content",
            "arguments",
            "partial_json",
            "input");

    private static final String INDEX = "index";
    /** Names of members are shorter. */
    private static final int LONGEST_NAME = 64;

    /** Bytes of a text, and where each of them stands in the original. */
    static final class Text {

        private byte[] bytes = new byte[64];
        private int[] from = new int[64];
        private int[] to = new int[64];
        private int length;

        byte[] bytes() {
            return bytes;
        }

        int length() {
            return length;
        }

        int from(int at) {
            return from[at];
        }

        int to(int at) {
            return to[at];
        }

        private void add(byte b, int begin, int end) {
            if (length == bytes.length) {
                bytes = Arrays.copyOf(bytes, length * 2);
                from = Arrays.copyOf(from, length * 2);
                to = Arrays.copyOf(to, length * 2);
            }
            bytes[length] = b;
            from[length] = begin;
            to[length] = end;
            length++;
        }

        private void addAll(Text other) {
            for (int i = 0; i < other.length; i++) {
                add(other.bytes[i], other.from[i], other.to[i]);
            }
        }
    }

    /**
     * A piece of an answer, in the event that is just being read.
     *
     * @param name of its member
     * @param places numbers of its place that stood before it
     */
    private record Piece(String name, String places, Text text) {}

    private final byte[] bytes;
    private final int length;
    private final boolean streamed;
    private final Map<String, Text> channels = new LinkedHashMap<>();
    private final List<Piece> pieces = new ArrayList<>();
    /** The text that is just being read; used again for the next. */
    private final Text text = new Text();

    private String name = "";
    private String places = "";
    private String firstPlace = "";
    private int at;

    SaidTexts(byte[] bytes, int length, boolean streamed) {
        this.bytes = bytes;
        this.length = length;
        this.streamed = streamed;
    }

    /** Once. */
    void forEach(Consumer<Text> action) {
        while (at < length) {
            if (bytes[at] == '"') {
                quoted();
                if (streamed && isValue() && PIECES.contains(name)) {
                    Text own = new Text();
                    own.addAll(text);
                    pieces.add(new Piece(name, places, own));
                } else {
                    action.accept(text);
                    note();
                }
            } else {
                between();
                action.accept(text);
            }
        }
        endOfEvent();
        channels.values().forEach(action);
    }

    /** Whether what was just read is the value of the member that was read before. */
    private boolean isValue() {
        return !name.isEmpty() && !isFollowedByColon();
    }

    private boolean isFollowedByColon() {
        int next = at;
        while (next < length && (bytes[next] == ' ' || bytes[next] == '\t')) {
            next++;
        }
        return next < length && bytes[next] == ':';
    }

    /** Remembers the name of a member; any other text is the end of the one before. */
    private void note() {
        boolean isName = text.length <= LONGEST_NAME && isFollowedByColon();
        name = isName ? new String(text.bytes, 0, text.length, StandardCharsets.ISO_8859_1) : "";
    }

    /** From after the quotation mark to the one that ends it, or to the end of the line: then it is no JSON, and a text all the same. */
    private void quoted() {
        text.length = 0;
        at++;
        while (at < length && bytes[at] != '"' && bytes[at] != '\n') {
            if (bytes[at] == '\\' && at + 1 < length && bytes[at + 1] != '\n') {
                escape();
            } else {
                text.add(bytes[at], at, at + 1);
                at++;
            }
        }
        if (at < length && bytes[at] == '"') {
            at++;
        }
    }

    private void escape() {
        byte kind = bytes[at + 1];
        int value = kind == 'u' ? hex(at + 2) : -1;
        int end = value >= 0 ? at + 6 : at + 2;
        byte stands =
                switch (kind) {
                    case 'n', 'r', 't', 'b', 'f' -> '\n';
                    // Anything but ASCII is a letter of some script.
                    case 'u' -> value >= 0 && value < 0x80 ? (byte) value : (byte) 0xc0;
                    default -> kind;
                };
        text.add(stands, at, end);
        at = end;
    }

    private int hex(int from) {
        if (from + 4 > length) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** Up to the next quotation mark, or the end of the line, which ends an event of a stream. */
    private void between() {
        text.length = 0;
        long number = -1;
        while (at < length && bytes[at] != '"') {
            byte b = bytes[at];
            text.add(b, at, at + 1);
            number = Finder.isDigit(b) && number < 1_000_000 ? Math.max(0, number) * 10 + b - '0' : number;
            at++;
            if (b == '\n' && streamed) {
                place(number);
                endOfEvent();
                return;
            }
        }
        place(number);
    }

    private void place(long number) {
        if (number >= 0 && name.endsWith(INDEX)) {
            places += ":" + number;
            firstPlace = firstPlace.isEmpty() ? places : firstPlace;
        }
        if (number >= 0) {
            name = "";
        }
    }

    private void endOfEvent() {
        for (Piece piece : pieces) {
            String where = piece.places().isEmpty() ? firstPlace : piece.places();
            channels.computeIfAbsent(piece.name() + where, fresh -> new Text()).addAll(piece.text());
        }
        pieces.clear();
        name = "";
        places = "";
        firstPlace = "";
    }
}
