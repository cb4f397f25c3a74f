// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import dev.penstock.exchange.Usage;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One {@code usage} object as a provider spelled it, and its normal form. Providers of this schema disagree in three places:
 * where cached tokens stand ({@code prompt_tokens_details}, DeepSeek's {@code prompt_cache_hit_tokens}, a plain
 * {@code cached_tokens} at Together and Moonshot), whether reasoning is a part of the completion (xAI: it is not, as the total
 * shows), and whether audio is a part of the prompt (Mistral: it is not, as the total shows). A usage object of zeros says
 * nothing: unknown is not zero.
 */
final class UsageCounts {

    private static final int PROMPT = 0;
    private static final int COMPLETION = 1;
    private static final int TOTAL = 2;
    private static final int CACHED = 3;
    private static final int CACHE_HIT = 4;
    private static final int REASONING = 5;
    private static final int AUDIO_SECONDS = 6;
    /** Details stand one level deep; what a provider nests deeper is not followed, or it could use up the stack. */
    private static final int NESTING = 4;

    private final long[] counts = new long[7];

    /** Reads the object that begins at the cursor. */
    boolean read(JsonCursor json) {
        Arrays.fill(counts, 0);
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
        return slot < 0 ? json.skipValue() : json.count(counts, slot);
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
        if (json.keyIs(Keys.REASONING_TOKENS)) {
            return REASONING;
        }
        return json.keyIs(Keys.PROMPT_AUDIO_SECONDS) ? AUDIO_SECONDS : -1;
    }

    /** Whether the provider counted anything. */
    boolean known() {
        return counts[PROMPT] > 0 || counts[COMPLETION] > 0 || counts[TOTAL] > 0;
    }

    /** The normal form (cached inside the input, reasoning inside the output), or null when nothing is known. */
    @Nullable
    Usage toUsage() {
        if (!known()) {
            return null;
        }
        long output = output();
        return Usage.reported(
                input(), Math.max(counts[CACHED], counts[CACHE_HIT]), output, Math.min(counts[REASONING], output));
    }

    private long input() {
        long outside = counts[TOTAL] - counts[PROMPT] - counts[COMPLETION];
        return counts[AUDIO_SECONDS] > 0 && outside > 0 ? counts[PROMPT] + outside : counts[PROMPT];
    }

    private long output() {
        long completion = counts[COMPLETION];
        long reasoning = counts[REASONING];
        // Without a total, more reasoning than completion can only mean "outside": a part is never larger than its
        // whole.
        boolean outside =
                counts[TOTAL] > 0 ? counts[TOTAL] == counts[PROMPT] + completion + reasoning : reasoning > completion;
        return outside ? completion + reasoning : completion;
    }
}
