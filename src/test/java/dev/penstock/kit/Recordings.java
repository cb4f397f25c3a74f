// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Recorded provider traffic from a folder named by the system property {@code penstock.recordings}. The folder is not part of
 * the repository: without it {@link #open} is empty, and the tests that need it have nothing to run. The golden files in
 * {@code src/test/resources/golden} are always there.
 */
public final class Recordings {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;

    private Recordings(Path root) {
        this.root = root;
    }

    /**
     * One recorded answer.
     *
     * @param id {@code provider/api--name}
     * @param protocol such as {@code openai-chat}
     * @param status the recorded status
     * @param contentType the recorded media type, or that of the body's format
     * @param bytes the body as it was
     * @param expected text, tool calls, finish reason and usage by an independent parser; missing for some
     * @param splitPoints offsets at which cutting the body is likely to hurt; empty when there is no plan
     */
    public record Recording(
            String id,
            String provider,
            String protocol,
            boolean stream,
            int status,
            String contentType,
            byte[] bytes,
            JsonNode expected,
            int[] splitPoints) {

        @Override
        public String toString() {
            return id;
        }
    }

    /** A constructed event stream with what the WHATWG algorithm makes of it. */
    public record EdgeCase(
            String name, byte[] bytes, List<SseEvents.Event> events, int comments, boolean unterminatedTail) {

        @Override
        public String toString() {
            return name;
        }
    }

    /** The recordings, when the property names a folder. */
    public static Optional<Recordings> open() {
        String folder = System.getProperty("penstock.recordings", "");
        if (folder.isBlank()) {
            return Optional.empty();
        }
        Path root = Path.of(folder);
        if (!Files.isRegularFile(root.resolve("index.json"))) {
            throw new IllegalStateException("penstock.recordings: no index.json in " + root);
        }
        return Optional.of(new Recordings(root));
    }

    /** Every recorded event stream. */
    public Stream<Recording> streams() {
        return all().filter(r -> r.contentType.startsWith("text/event-stream"));
    }

    /** Every recorded event stream of that protocol. */
    public Stream<Recording> streams(String protocol) {
        return streams().filter(r -> r.protocol.equals(protocol));
    }

    /** Every recording, whatever its format. */
    public Stream<Recording> all() {
        JsonNode plans = read(root.resolve("_split-plans.json")).path("plans");
        return StreamSupport.stream(
                        read(root.resolve("index.json")).path("recordings").spliterator(), false)
                .map(entry -> load(entry, plans));
    }

    /** The constructed edge cases of event streams. */
    public List<EdgeCase> edgeCases() {
        Path folder = root.resolve("_sse-edge");
        List<EdgeCase> cases = new ArrayList<>();
        for (JsonNode vector : read(folder.resolve("manifest.json")).path("vectors")) {
            List<SseEvents.Event> events = new ArrayList<>();
            for (JsonNode event : vector.path("events_per_spec")) {
                events.add(new SseEvents.Event(
                        event.path("event").asText(), event.path("data").asText(), ""));
            }
            cases.add(new EdgeCase(
                    vector.path("name").asText(),
                    bytes(folder.resolve(vector.path("file").asText())),
                    List.copyOf(events),
                    vector.path("comments").asInt(),
                    vector.path("unterminated_tail").asBoolean()));
        }
        return cases;
    }

    private Recording load(JsonNode entry, JsonNode plans) {
        String id = entry.path("id").asText();
        Path folder = root.resolve(id);
        JsonNode meta = read(folder.resolve("meta.json"));
        Path expected = folder.resolve("expected.json");
        String type = meta.path("response_headers").path("content-type").asText("");
        List<Integer> offsets = new ArrayList<>();
        plans.path(id).forEach(cut -> offsets.add(cut.path("at").asInt()));
        return new Recording(
                id,
                entry.path("provider").asText(),
                entry.path("protocol").asText(),
                entry.path("stream").asBoolean(),
                meta.path("status").asInt(200),
                type.isEmpty() ? typeOf(entry.path("body_format").asText()) : type,
                bytes(folder.resolve(meta.path("response_file").asText())),
                Files.exists(expected) ? read(expected) : MissingNode.getInstance(),
                offsets.stream().mapToInt(Integer::intValue).toArray());
    }

    private static String typeOf(String bodyFormat) {
        return switch (bodyFormat) {
            case "sse" -> "text/event-stream";
            case "aws-eventstream" -> "application/vnd.amazon.eventstream";
            case "ndjson" -> "application/x-ndjson";
            case "html" -> "text/html";
            default -> "application/json";
        };
    }

    private static JsonNode read(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
