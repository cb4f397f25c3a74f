// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.Tokens;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.Arrays;

/**
 * Anthropic's usage, as far as it has been told: a later number takes the place of an earlier one, field by field, and is never added.
 * {@code input_tokens} leaves out what was read from and written to the cache; the normal form holds them.
 */
final class UsageFields {

    private static final String[] NAMES = {
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "ephemeral_1h_input_tokens",
        "thinking_tokens"
    };
    private static final byte[][] KEYS = Arrays.stream(NAMES).map(Keys::bytes).toArray(byte[][]::new);
    private static final byte[] CACHE_CREATION = Keys.bytes("cache_creation");

    private static final int INPUT = 0;
    private static final int OUTPUT = 1;
    private static final int READ = 2;
    private static final int WRITTEN = 3;
    private static final int WRITTEN_HOUR = 4;
    private static final int THINKING = 5;

    private final long[] counts = new long[NAMES.length];

    UsageFields() {
        Arrays.fill(counts, -1);
    }

    /** Reads the object that begins at the cursor. */
    boolean read(JsonCursor json) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member(json)) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member(JsonCursor json) {
        int first = json.peek();
        if (first == '{' && (json.keyIs(Keys.OUTPUT_TOKENS_DETAILS) || json.keyIs(CACHE_CREATION))) {
            return read(json);
        }
        for (int i = 0; i < KEYS.length; i++) {
            if (first >= '0' && first <= '9' && json.keyIs(KEYS[i])) {
                return json.count(counts, i);
            }
        }
        return json.skipValue();
    }

    /** The same from a tree. */
    static Tokens of(JsonNode usage) {
        UsageFields fields = new UsageFields();
        fields.take(usage);
        fields.take(usage.path("output_tokens_details"));
        fields.take(usage.path("cache_creation"));
        return fields.all();
    }

    private void take(JsonNode object) {
        for (int i = 0; i < NAMES.length; i++) {
            JsonNode value = object.path(NAMES[i]);
            if (value.isNumber()) {
                counts[i] = Math.max(0, value.asLong());
            }
        }
    }

    Tokens all() {
        return tokens(counts[OUTPUT], counts[THINKING]);
    }

    /** Without the output, of which the first event only guesses. */
    Tokens inputSide() {
        return tokens(-1, -1);
    }

    private Tokens tokens(long output, long thinking) {
        long input = counts[INPUT] < 0 ? -1 : counts[INPUT] + Math.max(0, counts[READ]) + Math.max(0, counts[WRITTEN]);
        return new Tokens(input, counts[READ], counts[WRITTEN], counts[WRITTEN_HOUR], output, thinking);
    }
}
