// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.Tokens;
import dev.penstock.schema.JsonCursor;
import java.util.Arrays;

/**
 * What {@code usageMetadata} has said. It stands in every chunk and counts from the beginning, so a later number takes the place of an
 * earlier one; but a later chunk may leave out what an earlier one told (Gemini 3 with built-in tools), so each number stays until it
 * is said again.
 *
 * <p>The total is prompt + candidates + thoughts + tool use, in 333 of 336 recordings: the prompt holds what came from the cache, the
 * candidates do not hold the thoughts. A number that is zero may be missing.
 */
final class Counts {

    private static final int PROMPT = 0;
    private static final int CANDIDATES = 1;
    private static final int THOUGHTS = 2;
    private static final int TOOL_USE = 3;
    private static final int CACHED = 4;
    private static final int TOTAL = 5;
    private static final long UNSAID = -1;

    private final long[] counts = new long[6];

    Counts() {
        Arrays.fill(counts, UNSAID);
    }

    /** Reads the object at the cursor. */
    boolean read(JsonCursor json) {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int slot = slot(json);
            boolean skip = slot < 0 || json.peek() == 'n';
            boolean ok = skip ? json.skipValue() : json.count(counts, slot);
            if (!ok) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private static int slot(JsonCursor json) {
        if (json.keyIs(GeminiKeys.PROMPT_TOKENS)) {
            return PROMPT;
        }
        if (json.keyIs(GeminiKeys.CANDIDATES_TOKENS)) {
            return CANDIDATES;
        }
        if (json.keyIs(GeminiKeys.THOUGHTS_TOKENS)) {
            return THOUGHTS;
        }
        if (json.keyIs(GeminiKeys.TOOL_USE_TOKENS)) {
            return TOOL_USE;
        }
        if (json.keyIs(GeminiKeys.CACHED)) {
            return CACHED;
        }
        return json.keyIs(GeminiKeys.TOTAL_TOKENS) ? TOTAL : -1;
    }

    /** Whether there is anything to tell: a chunk may hold nothing but {@code trafficType}. */
    boolean known() {
        return input() >= 0 || output() >= 0;
    }

    /** The normal form. What was read for a built-in tool is input as well. */
    Tokens tokens() {
        return new Tokens(input(), counts[CACHED], UNSAID, UNSAID, output(), counts[THOUGHTS]);
    }

    private long input() {
        return counts[PROMPT] < 0 ? UNSAID : counts[PROMPT] + orZero(TOOL_USE);
    }

    private long output() {
        if (counts[CANDIDATES] >= 0 || counts[THOUGHTS] >= 0) {
            return orZero(CANDIDATES) + orZero(THOUGHTS);
        }
        // A blocked answer: the total says that it is nothing.
        boolean both = counts[TOTAL] >= 0 && counts[PROMPT] >= 0;
        return both ? Math.max(0, counts[TOTAL] - input()) : UNSAID;
    }

    private long orZero(int slot) {
        return Math.max(0, counts[slot]);
    }
}
