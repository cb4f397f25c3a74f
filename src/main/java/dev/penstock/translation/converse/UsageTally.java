// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import dev.penstock.conversation.Tokens;

/**
 * Converse's arithmetic: {@code inputTokens} are those that no cache had to do with, and what was read from and written to a cache comes on
 * top ({@code totalTokens} = input + read + write + output). Output is not split; reasoning is inside. -1 is "not told".
 */
final class UsageTally {

    long input = -1;
    long cacheRead = -1;
    long cacheWrite = -1;
    long cacheWriteHour = -1;
    long output = -1;

    void addHour(long tokens) {
        if (tokens >= 0) {
            cacheWriteHour = Math.max(0, cacheWriteHour) + tokens;
        }
    }

    Tokens tokens() {
        long whole = input < 0 ? -1 : input + Math.max(0, cacheRead) + Math.max(0, cacheWrite);
        return new Tokens(whole, cacheRead, cacheWrite, cacheWriteHour, output, -1);
    }
}
