// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Who;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A provider of one schema: it thinks of an answer, writes it on its wire, whole or as a stream, and reads what comes back. Written from
 * the vendors' documents and recordings, with a JSON tree and nothing of the gateway's.
 */
abstract class ProviderVoice {

    /** Marks the seal of a thought whose words the provider keeps to itself. */
    static final String REDACTED = "redacted!";

    final ApiSchema schema;
    final String model;

    ProviderVoice(ApiSchema schema, String model) {
        this.schema = schema;
        this.model = model;
    }

    static List<ProviderVoice> all() {
        return List.of(
                new ChatProvider("gpt-4o", ChatProvider.Thinks.NEVER),
                // Its ids have letters that other schemas refuse, and are the same in every turn.
                new ChatProvider("kimi-k2", ChatProvider.Thinks.NEVER),
                new ChatProvider("mistral-large-latest", ChatProvider.Thinks.NEVER),
                new ChatProvider("deepseek-chat", ChatProvider.Thinks.ALOUD),
                new ChatProvider("anthropic/claude-sonnet-4.5", ChatProvider.Thinks.IN_DETAILS),
                new ResponsesProvider("gpt-5.1"),
                new MessagesProvider("claude-sonnet-4-5"),
                new GeminiProvider("gemini-2.5-flash"),
                new GeminiProvider("gemini-3-pro-preview"),
                new ConverseProvider("eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
                new OllamaProvider("qwen3:8b"));
    }

    /** Its next answer. */
    abstract Turn answer(Talk talk);

    abstract byte[] whole(Turn answer);

    abstract byte[] stream(Turn answer, Random random);

    /** The turns of a request, neighbours of one speaker joined. */
    abstract List<Turn> read(JsonNode request);

    abstract JsonNode schemaOfTool(JsonNode request, int index);

    /** Whether calls come back under the ids that it gave them. */
    boolean knowsIds() {
        return true;
    }

    @Override
    public String toString() {
        return schema + "(" + model + ")";
    }

    // ------------------------------------------------------------------ help

    static final class Turns {
        private final List<Turn> turns = new ArrayList<>();

        void add(Who who, Piece piece) {
            int last = turns.size() - 1;
            if (last >= 0 && turns.get(last).who() == who) {
                List<Piece> both = new ArrayList<>(turns.get(last).pieces());
                both.add(piece);
                turns.set(last, new Turn(who, both));
            } else {
                turns.add(new Turn(who, List.of(piece)));
            }
        }

        List<Turn> all() {
            return turns;
        }
    }

    static List<Ask> asks(Talk talk, String prefix, int most) {
        List<Ask> asks = new ArrayList<>();
        int count = talk.random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            asks.add(new Ask(prefix + talk.token(22), talk.tool(), talk.arguments(), null));
        }
        return asks;
    }

    static Picture pictureOf(String dataUrl) {
        int comma = dataUrl.indexOf(',');
        return new Picture(dataUrl.substring(5, dataUrl.indexOf(';')), dataUrl.substring(comma + 1));
    }

    /** Server-sent events as they are written. */
    static final class Sse {
        private final StringBuilder text = new StringBuilder();
        private final String lineEnd;
        final boolean escaped;

        Sse(boolean escaped, String lineEnd) {
            this.escaped = escaped;
            this.lineEnd = lineEnd;
        }

        Sse event(String name, JsonNode data) {
            if (name != null) {
                text.append("event: ").append(name).append(lineEnd);
            }
            text.append("data: ")
                    .append(Wire.text(data, escaped))
                    .append(lineEnd)
                    .append(lineEnd);
            return this;
        }

        Sse done() {
            text.append("data: [DONE]").append(lineEnd).append(lineEnd);
            return this;
        }

        byte[] bytes() {
            return text.toString().getBytes(StandardCharsets.UTF_8);
        }
    }
}
