// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.ChatDialect.Quirk;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One {@code usage} object and its normal form. Servers disagree about where cached tokens stand ({@code prompt_tokens_details},
 * DeepSeek's {@code prompt_cache_hit_tokens}, a plain {@code cached_tokens} at Together and Moonshot), whether reasoning is a part
 * of the completion (xAI: it is not, and the total shows it) and whether audio is a part of the prompt (Mistral: it is not). A part
 * larger than its whole (Grok at Azure) is cut down to it. An object of zeros says nothing: unknown is not zero.
 */
final class ChatUsage {

    private static final byte[] CACHE_WRITE_TOKENS = Keys.bytes("cache_write_tokens");

    private static final int PROMPT = 0;
    private static final int COMPLETION = 1;
    private static final int TOTAL = 2;
    private static final int CACHED = 3;
    private static final int CACHE_HIT = 4;
    private static final int CACHE_WRITE = 5;
    private static final int REASONING = 6;
    private static final int AUDIO_SECONDS = 7;
    private static final int NESTING = 4;

    private final long[] counts = new long[8];
    private final boolean reasoningOutside;

    ChatUsage(ChatDialect dialect) {
        reasoningOutside = dialect.has(Quirk.REASONING_OUTSIDE_COMPLETION);
    }

    /** Reads the object that begins at the cursor. */
    boolean read(JsonCursor json) {
        Arrays.fill(counts, -1);
        return members(json, 0);
    }

    private boolean members(JsonCursor json, int depth) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member(json, depth)) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member(JsonCursor json, int depth) {
        if (isDetails(json)) {
            return (json.peek() == '{' && depth < NESTING) ? members(json, depth + 1) : json.skipValue();
        }
        int slot = slot(json);
        boolean said = slot >= 0 && json.peek() != 'n';
        return said ? json.count(counts, slot) : json.skipValue();
    }

    private static boolean isDetails(JsonCursor json) {
        return json.keyIs(Keys.PROMPT_TOKENS_DETAILS)
                || json.keyIs(Keys.COMPLETION_TOKENS_DETAILS)
                || json.keyIs(Keys.INPUT_TOKENS_DETAILS)
                || json.keyIs(Keys.OUTPUT_TOKENS_DETAILS);
    }

    private static int slot(JsonCursor json) {
        if (json.keyIs(Keys.PROMPT_TOKENS) || json.keyIs(Keys.INPUT_TOKENS)) {
            return PROMPT;
        }
        if (json.keyIs(Keys.COMPLETION_TOKENS) || json.keyIs(Keys.OUTPUT_TOKENS)) {
            return COMPLETION;
        }
        if (json.keyIs(Keys.TOTAL_TOKENS)) {
            return TOTAL;
        }
        if (json.keyIs(Keys.CACHED_TOKENS)) {
            return CACHED;
        }
        if (json.keyIs(Keys.PROMPT_CACHE_HIT_TOKENS)) {
            return CACHE_HIT;
        }
        if (json.keyIs(CACHE_WRITE_TOKENS)) {
            return CACHE_WRITE;
        }
        if (json.keyIs(Keys.REASONING_TOKENS)) {
            return REASONING;
        }
        return json.keyIs(Keys.PROMPT_AUDIO_SECONDS) ? AUDIO_SECONDS : -1;
    }

    /** The normal form, or null when nothing was counted. */
    @Nullable
    Tokens tokens() {
        if (counts[PROMPT] <= 0 && counts[COMPLETION] <= 0 && counts[TOTAL] <= 0) {
            return null;
        }
        long input = input();
        long output = output();
        return new Tokens(
                input,
                part(Math.max(counts[CACHED], counts[CACHE_HIT]), input),
                part(counts[CACHE_WRITE], input),
                -1,
                output,
                part(counts[REASONING], output));
    }

    private static long part(long count, long whole) {
        return whole < 0 ? count : Math.min(count, whole);
    }

    private long input() {
        long outside = counts[TOTAL] - counts[PROMPT] - counts[COMPLETION];
        return counts[AUDIO_SECONDS] > 0 && outside > 0 ? counts[PROMPT] + outside : counts[PROMPT];
    }

    private long output() {
        long completion = counts[COMPLETION];
        long reasoning = counts[REASONING];
        if (reasoning <= 0 || completion < 0) {
            return completion;
        }
        // Without a total, more reasoning than completion can only mean "outside".
        boolean outside = counts[TOTAL] > 0
                ? counts[TOTAL] == counts[PROMPT] + completion + reasoning
                : reasoningOutside || reasoning > completion;
        return outside ? completion + reasoning : completion;
    }
}
