// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The oracle: an event stream interpreted by the letter of the WHATWG algorithm (HTML Living Standard, 9.2.6), written for
 * reading along with the standard and sharing nothing with the product's own decoder. It takes the whole body at once.
 *
 * @param events the events that a browser would dispatch
 * @param comments lines that begin with a colon
 * @param unterminatedTail the body ended inside an event that therefore was never dispatched
 */
public record SseEvents(List<Event> events, int comments, boolean unterminatedTail) {

    /** A dispatched event: its type ({@code message} when none was given), its data, and the last event id by then. */
    public record Event(String type, String data, String lastEventId) {}

    public static SseEvents parse(String body) {
        return parse(body.getBytes(StandardCharsets.UTF_8));
    }

    public static SseEvents parse(byte[] body) {
        return new Interpretation().run(body);
    }

    /** The data of each event. */
    public List<String> data() {
        return events.stream().map(Event::data).toList();
    }

    /** Whether the OpenAI terminal marker is among the events. */
    public boolean done() {
        return data().contains("[DONE]");
    }

    /** The state of the algorithm: the buffers have the names that the standard gives them. */
    private static final class Interpretation {
        private final List<Event> events = new ArrayList<>();
        private int comments;
        private final StringBuilder dataBuffer = new StringBuilder();
        private String eventTypeBuffer = "";
        private String lastEventIdBuffer = "";

        SseEvents run(byte[] body) {
            // "Streams must be decoded using the UTF-8 decode algorithm", which drops one leading BOM.
            String text = new String(body, StandardCharsets.UTF_8);
            if (text.startsWith("\uFEFF")) {
                text = text.substring(1);
            }
            int start = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c != '\n' && c != '\r') {
                    continue;
                }
                line(text.substring(start, i));
                if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                start = i + 1;
            }
            String rest = text.substring(start);
            boolean tail = !dataBuffer.isEmpty() || rest.startsWith("data");
            return new SseEvents(List.copyOf(events), comments, tail);
        }

        private void line(String line) {
            if (line.isEmpty()) {
                dispatch();
                return;
            }
            int colon = line.indexOf(':');
            if (colon == 0) {
                comments++;
            } else if (colon > 0) {
                String value = line.substring(colon + 1);
                field(line.substring(0, colon), value.startsWith(" ") ? value.substring(1) : value);
            } else {
                field(line, "");
            }
        }

        private void field(String name, String value) {
            switch (name) {
                case "event" -> eventTypeBuffer = value;
                case "data" -> dataBuffer.append(value).append('\n');
                case "id" -> {
                    if (value.indexOf('\0') < 0) {
                        lastEventIdBuffer = value;
                    }
                }
                default -> {
                    // retry changes no event, and "otherwise: the field is ignored"
                }
            }
        }

        private void dispatch() {
            if (dataBuffer.isEmpty()) {
                eventTypeBuffer = "";
                return;
            }
            dataBuffer.setLength(dataBuffer.length() - 1);
            String type = eventTypeBuffer.isEmpty() ? "message" : eventTypeBuffer;
            events.add(new Event(type, dataBuffer.toString(), lastEventIdBuffer));
            dataBuffer.setLength(0);
            eventTypeBuffer = "";
        }
    }
}
