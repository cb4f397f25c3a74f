// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.schema.JsonCursor;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Arguments that come leaf by leaf: {@code {"jsonPath":"$.city","stringValue":"Bos","willContinue":true}}. Only who asks for
 * {@code streamFunctionCallArguments} gets them (Gemini 3 on Vertex). Leaves are set in any order and JSON text cannot be, so they are
 * gathered and told when the call is complete.
 */
final class PartialArguments {

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int MAX_STEPS = 64;

    /** A number, a truth value or null, as it is written. */
    private record Bare(String json) {}

    /** Maps, lists, texts and {@link Bare}s. */
    private final Map<String, @Nullable Object> root = new LinkedHashMap<>();

    /** The leaf that goes on with the next piece for the same place. */
    private @Nullable String openPath;

    /** Reads the array of pieces at the cursor. */
    boolean read(JsonCursor json, byte[] bytes) {
        if (json.peek() != '[') {
            return json.skipValue();
        }
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (!piece(json, bytes)) {
                return false;
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean piece(JsonCursor json, byte[] bytes) {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        String path = null;
        Object value = null;
        boolean more = false;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int from = json.at();
            boolean text = json.peek() == '"';
            boolean isPath = json.keyIs(GeminiKeys.JSON_PATH);
            boolean isText = json.keyIs(GeminiKeys.STRING_VALUE);
            boolean isBare = json.keyIs(GeminiKeys.NUMBER_VALUE) || json.keyIs(GeminiKeys.BOOL_VALUE);
            boolean isNull = json.keyIs(GeminiKeys.NULL_VALUE);
            boolean isMore = json.keyIs(GeminiKeys.WILL_CONTINUE);
            if (!json.skipValue()) {
                return false;
            }
            if (isPath && text) {
                path = json.stringValue();
            } else if (isText && text) {
                value = json.stringValue();
            } else if (isBare && !text) {
                value = new Bare(ascii(bytes, from, json.at()));
            } else if (isNull) {
                value = new Bare("null");
            } else if (isMore) {
                more = bytes[from] == 't';
            }
            state = json.nextMember();
        }
        if (path != null && value != null) {
            put(path, value);
            openPath = more ? path : null;
        }
        return state == JsonCursor.END;
    }

    private static String ascii(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    // ------------------------------------------------------------------ places

    private void put(String path, Object value) {
        List<Object> steps = steps(path);
        if (steps.isEmpty() || !(steps.get(0) instanceof String)) {
            return;
        }
        Object place = root;
        for (int i = 0; i < steps.size() - 1; i++) {
            place = inside(place, steps.get(i), steps.get(i + 1) instanceof Integer);
        }
        Object last = steps.get(steps.size() - 1);
        if (path.equals(openPath) && value instanceof String piece && get(place, last) instanceof String before) {
            set(place, last, before + piece);
        } else {
            set(place, last, value);
        }
    }

    /** The container at the step, made when it is not there. */
    private static Object inside(Object place, Object step, boolean list) {
        Object there = get(place, step);
        if (list ? there instanceof List : there instanceof Map) {
            return Objects.requireNonNull(there);
        }
        Object made = list ? new ArrayList<Object>() : new LinkedHashMap<String, Object>();
        set(place, step, made);
        return made;
    }

    /** {@code $.a.b[0]['c d']} as names and places in lists. */
    private static List<Object> steps(String path) {
        List<Object> steps = new ArrayList<>();
        int at = path.startsWith("$") ? 1 : 0;
        while (at < path.length() && steps.size() < MAX_STEPS) {
            if (path.charAt(at) == '[') {
                int end = path.indexOf(']', at);
                end = end < 0 ? path.length() : end;
                steps.add(inBrackets(path.substring(at + 1, end)));
                at = end + 1;
            } else {
                int from = path.charAt(at) == '.' ? at + 1 : at;
                int end = from;
                while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                    end++;
                }
                steps.add(path.substring(from, end));
                at = Math.max(end, at + 1);
            }
        }
        return steps;
    }

    private static Object inBrackets(String text) {
        if (text.length() >= 2 && (text.charAt(0) == '\'' || text.charAt(0) == '"')) {
            return text.substring(1, text.length() - 1);
        }
        boolean digits = !text.isEmpty() && text.length() < 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? (Object) Integer.valueOf(text) : text;
    }

    private static @Nullable Object get(Object place, Object step) {
        if (place instanceof Map<?, ?> map) {
            return map.get(step.toString());
        }
        int index = step instanceof Integer i ? i : Integer.MAX_VALUE;
        return (place instanceof List<?> list && index < list.size()) ? list.get(index) : null;
    }

    /** Beyond the end of a list is its end: nobody can make it grow with a large number. */
    @SuppressWarnings("unchecked")
    private static void set(Object place, Object step, Object value) {
        if (place instanceof Map<?, ?>) {
            ((Map<String, Object>) place).put(step.toString(), value);
        } else if (place instanceof List<?> list) {
            int index = step instanceof Integer i ? i : list.size();
            if (index < list.size()) {
                ((List<Object>) place).set(index, value);
            } else {
                ((List<Object>) place).add(value);
            }
        }
    }

    // ------------------------------------------------------------------ as JSON

    boolean isEmpty() {
        return root.isEmpty();
    }

    String json() {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            write(root, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(@Nullable Object value, JsonGenerator json) throws IOException {
        switch (value) {
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    json.writeFieldName(String.valueOf(entry.getKey()));
                    write(entry.getValue(), json);
                }
                json.writeEndObject();
            }
            case List<?> list -> {
                json.writeStartArray();
                for (Object item : list) {
                    write(item, json);
                }
                json.writeEndArray();
            }
            case Bare bare -> json.writeRawValue(bare.json());
            case null -> json.writeNull();
            default -> json.writeString(value.toString());
        }
    }
}
