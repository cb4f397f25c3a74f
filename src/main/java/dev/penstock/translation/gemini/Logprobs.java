// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.schema.JsonCursor;
import java.nio.charset.StandardCharsets;

/**
 * The {@code logprobsResult} of a candidate: two lists of equal length, the chosen tokens and, for each place, the most probable
 * ones. Members with the default of their type are left out on this wire, so a token without a probability is certain. Bytes are
 * those of the token's text; a token that is only a part of a character has none.
 */
final class Logprobs {

    private static final String NOTHING = "-9999.0";
    private static final char BROKEN_CHARACTER = '\uFFFD';
    private static final int NO_TOKENS = 2;

    private final StringBuilder out = new StringBuilder(256);

    private Logprobs() {}

    /** Reads the object at the cursor and goes behind it; false when it is not JSON. */
    static boolean read(JsonCursor json, byte[] bytes, int to, boolean lineEndsAreSpace, AnswerSink sink) {
        int chosenAt = -1;
        int topAt = -1;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.peek() == '[') {
                chosenAt = json.keyIs(GeminiKeys.CHOSEN_CANDIDATES) ? json.at() : chosenAt;
                topAt = json.keyIs(GeminiKeys.TOP_CANDIDATES) ? json.at() : topAt;
            }
            if (!json.skipValue()) {
                return false;
            }
            state = json.nextMember();
        }
        if (state == JsonCursor.END && chosenAt >= 0) {
            JsonCursor chosen = new JsonCursor();
            chosen.on(bytes, chosenAt, to, lineEndsAreSpace);
            JsonCursor top = new JsonCursor();
            top.on(bytes, Math.max(topAt, 0), topAt < 0 ? 0 : to, lineEndsAreSpace);
            String tokens = new Logprobs().joined(chosen, top);
            if (tokens.length() > NO_TOKENS) {
                sink.logprobs(tokens);
            }
        }
        return state == JsonCursor.END;
    }

    private String joined(JsonCursor chosen, JsonCursor top) {
        out.append('[');
        chosen.enter();
        int state = chosen.firstElement();
        int others = JsonCursor.END;
        if (top.peek() == '[') {
            top.enter();
            others = top.firstElement();
        }
        while (state == JsonCursor.MORE) {
            out.append(out.length() > 1 ? "," : "");
            token(chosen);
            out.append(",\"top_logprobs\":[");
            if (others == JsonCursor.MORE) {
                others(top);
                others = top.nextElement();
            }
            out.append("]}");
            state = chosen.nextElement();
        }
        return out.append(']').toString();
    }

    /** {@code {"candidates":[...]}}. */
    private void others(JsonCursor top) {
        if (top.peek() != '{') {
            skip(top);
            return;
        }
        top.enter();
        int state = top.firstMember();
        while (state == JsonCursor.MORE) {
            if (top.keyIs(GeminiKeys.CANDIDATES) && top.peek() == '[') {
                top.enter();
                String comma = "";
                int inner = top.firstElement();
                while (inner == JsonCursor.MORE) {
                    out.append(comma);
                    token(top);
                    out.append('}');
                    comma = ",";
                    inner = top.nextElement();
                }
            } else {
                skip(top);
            }
            state = top.nextMember();
        }
    }

    /** The nesting of all this has been proved before. */
    private static void skip(JsonCursor json) {
        boolean unused = json.skipValue();
    }

    /** One of them, but for the brace that ends it. */
    private void token(JsonCursor json) {
        String token = "\"\"";
        String text = "";
        String logprob = "0";
        if (json.peek() == '{') {
            json.enter();
            int state = json.firstMember();
            while (state == JsonCursor.MORE) {
                int first = json.peek();
                int from = json.at();
                skip(json);
                if (first == '"' && json.keyIs(GeminiKeys.TOKEN)) {
                    token = json.textSince(from);
                    text = json.stringValue();
                } else if (json.keyIs(GeminiKeys.LOG_PROBABILITY)) {
                    // A number without end is a string.
                    logprob = first == '"' ? NOTHING : first == 'n' ? logprob : json.textSince(from);
                }
                state = json.nextMember();
            }
        } else {
            skip(json);
        }
        out.append("{\"token\":").append(token);
        out.append(",\"logprob\":").append(logprob).append(",\"bytes\":");
        bytes(text);
    }

    private void bytes(String text) {
        if (text.indexOf(BROKEN_CHARACTER) >= 0) {
            out.append("null");
            return;
        }
        out.append('[');
        String comma = "";
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            out.append(comma).append(b & 0xFF);
            comma = ",";
        }
        out.append(']');
    }
}
