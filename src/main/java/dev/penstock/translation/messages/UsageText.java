// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.Tokens;

/**
 * Usage in Anthropic's arithmetic: {@code input_tokens} is what no cache had to do with. The schema demands both sides as numbers, so
 * what nobody counted is 0.
 */
final class UsageText {

    private static final byte[] INPUT = EventOut.ascii("{\"input_tokens\":");
    private static final byte[] WRITTEN = EventOut.ascii(",\"cache_creation_input_tokens\":");
    private static final byte[] READ = EventOut.ascii(",\"cache_read_input_tokens\":");
    private static final byte[] SHORT = EventOut.ascii(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":");
    private static final byte[] HOUR = EventOut.ascii(",\"ephemeral_1h_input_tokens\":");
    private static final byte[] OUTPUT = EventOut.ascii(",\"output_tokens\":");
    private static final byte[] THINKING = EventOut.ascii(",\"output_tokens_details\":{\"thinking_tokens\":");
    private static final byte[] END = EventOut.ascii("}");

    private UsageText() {}

    static void write(Tokens tokens, EventOut out) {
        long written = Math.max(0, tokens.cacheWrite());
        out.raw(INPUT).number(Math.max(0, tokens.uncachedInput()));
        out.raw(WRITTEN).number(written);
        out.raw(READ).number(Math.max(0, tokens.cacheRead()));
        if (tokens.cacheWriteHour() >= 0) {
            out.raw(SHORT).number(Math.max(0, written - tokens.cacheWriteHour()));
            out.raw(HOUR).number(tokens.cacheWriteHour()).raw(END);
        }
        out.raw(OUTPUT).number(Math.max(0, tokens.output()));
        if (tokens.reasoning() >= 0) {
            out.raw(THINKING).number(tokens.reasoning()).raw(END);
        }
        out.raw(END);
    }
}
