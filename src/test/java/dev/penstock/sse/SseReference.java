// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The algorithm of WHATWG HTML 9.2.6 word by word, slow and plain, to judge the framer and the reader by. */
public final class SseReference {

    /** One dispatched event. */
    public record Event(String name, String data) {}

    private SseReference() {}

    /** All events that a whole stream dispatches; an unfinished one at the end is dropped. */
    public static List<Event> events(byte[] stream) {
        List<Event> events = new ArrayList<>();
        String name = "";
        StringBuilder data = new StringBuilder();
        for (String line : completeLines(stream)) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    data.setLength(data.length() - 1);
                    events.add(new Event(name.isEmpty() ? "message" : name, data.toString()));
                }
                name = "";
                data.setLength(0);
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> name = value;
                case "data" -> data.append(value).append('\n');
                default -> {}
            }
        }
        return events;
    }

    private static List<String> completeLines(byte[] stream) {
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int i = bomLength(stream); i < stream.length; i++) {
            byte b = stream[i];
            if (b == '\n' || b == '\r') {
                lines.add(line.toString(StandardCharsets.UTF_8));
                line.reset();
                if (b == '\r' && i + 1 < stream.length && stream[i + 1] == '\n') {
                    i++;
                }
            } else {
                line.write(b);
            }
        }
        return lines;
    }

    private static int bomLength(byte[] stream) {
        byte[] bom = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
        return stream.length >= 3 && Arrays.equals(stream, 0, 3, bom, 0, 3) ? 3 : 0;
    }
}
