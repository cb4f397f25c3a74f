// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Citation;
import dev.penstock.schema.JsonCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sources of an answer: {@code citationMetadata} (recited text) and {@code groundingMetadata} (search). A later chunk may repeat what
 * an earlier one told; each source is said once.
 *
 * <p>Google counts places in bytes of UTF-8, a {@link Citation} in characters. As long as the text is ASCII the two are the same; else the
 * place is left unsaid and the quote stands for it, so that no text need be kept.
 */
final class Citations {

    private static final int UNSAID = -1;

    private record Source(@Nullable String uri, @Nullable String title) {}

    private final Set<Citation> said = new HashSet<>();
    private final long[] number = new long[1];

    private int from;
    private int to;
    private @Nullable String quote;

    /** Reads {@code citationMetadata} at the cursor. */
    boolean readCitations(JsonCursor json, boolean placesHold, AnswerSink sink) {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            // v1beta says citationSources, Vertex says citations.
            boolean named = json.keyIs(GeminiKeys.CITATION_SOURCES) || json.keyIs(GeminiKeys.CITATIONS);
            boolean list = named && json.peek() == '[';
            if (!(list ? sources(json, placesHold, sink) : json.skipValue())) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean sources(JsonCursor json, boolean placesHold, AnswerSink sink) {
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            clearPlace();
            Source source = source(json);
            if (source == null) {
                return false;
            }
            if (source.uri() != null || source.title() != null) {
                say(source, placesHold, sink);
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    /**
     * Reads {@code groundingMetadata} at the cursor: supports point at chunks by number, and nothing says which of the two comes first.
     */
    boolean readGrounding(JsonCursor json, byte[] bytes, boolean placesHold, AnswerSink sink) {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        int chunksFrom = UNSAID;
        int chunksTo = UNSAID;
        int supportsFrom = UNSAID;
        int supportsTo = UNSAID;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int valueFrom = json.at();
            boolean list = json.peek() == '[';
            boolean chunks = list && json.keyIs(GeminiKeys.GROUNDING_CHUNKS);
            boolean supports = list && json.keyIs(GeminiKeys.GROUNDING_SUPPORTS);
            if (!json.skipValue()) {
                return false;
            }
            if (chunks) {
                chunksFrom = valueFrom;
                chunksTo = json.at();
            } else if (supports) {
                supportsFrom = valueFrom;
                supportsTo = json.at();
            }
            state = json.nextMember();
        }
        if (state != JsonCursor.END) {
            return false;
        }
        if (chunksFrom == UNSAID) {
            return true;
        }
        JsonCursor inside = new JsonCursor();
        inside.on(bytes, chunksFrom, chunksTo, true);
        List<Source> sources = chunks(inside);
        if (sources == null) {
            return false;
        }
        if (supportsFrom == UNSAID) {
            clearPlace();
            sources.forEach(source -> say(source, false, sink));
            return true;
        }
        inside.on(bytes, supportsFrom, supportsTo, true);
        return supports(inside, sources, placesHold, sink);
    }

    // ------------------------------------------------------------------ chunks: web, retrievedContext, maps

    private @Nullable List<Source> chunks(JsonCursor json) {
        List<Source> sources = new ArrayList<>();
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            Source source = json.peek() == '{' ? wrapped(json) : json.skipValue() ? new Source(null, null) : null;
            if (source == null) {
                return null;
            }
            sources.add(source);
            state = json.nextElement();
        }
        return state == JsonCursor.END ? sources : null;
    }

    private @Nullable Source wrapped(JsonCursor json) {
        Source found = new Source(null, null);
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            Source inner = source(json);
            if (inner == null) {
                return null;
            }
            if (inner.uri() != null || inner.title() != null) {
                found = inner;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END ? found : null;
    }

    /** Also takes note of the places that stand beside the address. */
    private @Nullable Source source(JsonCursor json) {
        if (json.peek() != '{') {
            return json.skipValue() ? new Source(null, null) : null;
        }
        String uri = null;
        String title = null;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean text = json.peek() == '"';
            boolean isUri = text && json.keyIs(GeminiKeys.URI);
            boolean isTitle = text && json.keyIs(GeminiKeys.TITLE);
            if (!((isUri || isTitle) ? json.string() : placeOrSkip(json))) {
                return null;
            }
            uri = isUri ? json.stringValue() : uri;
            title = isTitle ? json.stringValue() : title;
            state = json.nextMember();
        }
        return state == JsonCursor.END ? new Source(uri, title) : null;
    }

    // ------------------------------------------------------------------ supports

    private boolean supports(JsonCursor json, List<Source> sources, boolean placesHold, AnswerSink sink) {
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (!support(json, sources, placesHold, sink)) {
                return false;
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean support(JsonCursor json, List<Source> sources, boolean placesHold, AnswerSink sink) {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        clearPlace();
        int[] indices = {};
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.keyIs(GeminiKeys.SEGMENT) && json.peek() == '{') {
                if (!segment(json)) {
                    return false;
                }
            } else if (json.keyIs(GeminiKeys.GROUNDING_CHUNK_INDICES) && json.peek() == '[') {
                int[] read = indices(json);
                if (read == null) {
                    return false;
                }
                indices = read;
            } else if (!json.skipValue()) {
                return false;
            }
            state = json.nextMember();
        }
        for (int index : indices) {
            if (index < sources.size()) {
                say(sources.get(index), placesHold, sink);
            }
        }
        return state == JsonCursor.END;
    }

    private boolean segment(JsonCursor json) {
        // Zero is left out.
        from = 0;
        boolean otherPart = false;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean text = json.keyIs(GeminiKeys.TEXT) && json.peek() == '"';
            boolean part = json.keyIs(GeminiKeys.PART_INDEX) && json.peek() != '0' && json.peek() != 'n';
            if (!(text ? json.string() : placeOrSkip(json))) {
                return false;
            }
            quote = text ? json.stringValue() : quote;
            otherPart |= part;
            state = json.nextMember();
        }
        if (otherPart || to == UNSAID) {
            from = UNSAID;
            to = UNSAID;
        }
        return state == JsonCursor.END;
    }

    private int @Nullable [] indices(JsonCursor json) {
        int[] read = new int[4];
        int size = 0;
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (!json.count(number, 0)) {
                return null;
            }
            read = size == read.length ? Arrays.copyOf(read, size * 2) : read;
            read[size++] = asInt(number[0]);
            state = json.nextElement();
        }
        return state == JsonCursor.END ? Arrays.copyOf(read, size) : null;
    }

    // ------------------------------------------------------------------ places

    private void clearPlace() {
        from = UNSAID;
        to = UNSAID;
        quote = null;
    }

    private boolean placeOrSkip(JsonCursor json) {
        boolean start = json.keyIs(GeminiKeys.START_INDEX);
        boolean end = json.keyIs(GeminiKeys.END_INDEX);
        if (!start && !end) {
            return json.skipValue();
        }
        if (!json.count(number, 0)) {
            return false;
        }
        from = start ? asInt(number[0]) : Math.max(0, from);
        to = end ? asInt(number[0]) : to;
        return true;
    }

    private static int asInt(long value) {
        return (int) Math.min(Integer.MAX_VALUE, value);
    }

    private void say(Source source, boolean placesHold, AnswerSink sink) {
        boolean placed = placesHold && from >= 0 && to > from;
        Citation citation =
                new Citation(source.uri(), source.title(), quote, placed ? from : UNSAID, placed ? to : UNSAID);
        if (said.add(citation)) {
            sink.citation(citation);
        }
    }
}
