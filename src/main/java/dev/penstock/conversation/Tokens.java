// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/**
 * Tokens of one answer in the normal form: totals hold their parts. Each schema has its own arithmetic, and readers and writers do
 * it; -1 means that the provider did not tell.
 *
 * @param input all prompt tokens, read from and written to a cache included
 * @param cacheRead the part of the input that was read from the provider's prompt cache
 * @param cacheWrite the part of the input that was written to it, for any time
 * @param cacheWriteHour the part of {@code cacheWrite} that stays for an hour
 * @param output all tokens of the answer, reasoning included
 * @param reasoning the part of the output that is reasoning
 */
public record Tokens(long input, long cacheRead, long cacheWrite, long cacheWriteHour, long output, long reasoning) {

    public static final Tokens UNKNOWN = new Tokens(-1, -1, -1, -1, -1, -1);

    /** Input that no cache had to do with, or -1. Never negative otherwise: some servers report parts larger than their whole. */
    public long uncachedInput() {
        return input < 0 ? -1 : Math.max(0, input - Math.max(0, cacheRead) - Math.max(0, cacheWrite));
    }

    /** This, with what {@code later} knows in its place: providers count in instalments. */
    public Tokens with(Tokens later) {
        return new Tokens(
                known(later.input, input),
                known(later.cacheRead, cacheRead),
                known(later.cacheWrite, cacheWrite),
                known(later.cacheWriteHour, cacheWriteHour),
                known(later.output, output),
                known(later.reasoning, reasoning));
    }

    private static long known(long later, long before) {
        return later >= 0 ? later : before;
    }
}
