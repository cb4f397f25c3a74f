// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/**
 * What tokens cost, by their class: nano-dollars for a million of them. Vendors publish dollars for a million, so every published
 * price is a whole number here.
 *
 * @param input tokens of the prompt that no cache had to do with
 * @param cachedInput those read from the provider's cache
 * @param cacheWrite those written to it
 * @param output tokens of the answer
 * @param reasoning those of them that are reasoning
 */
public record TokenPrices(long input, long cachedInput, long cacheWrite, long output, long reasoning) {

    private static final long MILLION = 1_000_000;

    /** A thousand dollars for a million tokens: sums of five classes stay inside a long. */
    public static final long DEAREST = 1_000_000_000_000L;

    public TokenPrices {
        if (outside(input) || outside(cachedInput) || outside(cacheWrite) || outside(output) || outside(reasoning)) {
            throw new IllegalArgumentException("prices: from 0 to " + DEAREST + " nano-dollars for a million tokens");
        }
    }

    private static boolean outside(long price) {
        return price < 0 || price > DEAREST;
    }

    /** Nano-dollars of one call, rounded up to a whole one once; {@code Long.MAX_VALUE} where a long cannot hold them. */
    public long of(Usage usage) {
        long cached = usage.cachedInputTokens();
        long written = usage.cacheWriteTokens();
        long plain = usage.inputTokens() - cached - written;
        long thought = Math.min(usage.reasoningTokens(), usage.outputTokens());
        long said = usage.outputTokens() - thought;
        try {
            long whole = whole(plain, input);
            whole = Math.addExact(whole, whole(cached, cachedInput));
            whole = Math.addExact(whole, whole(written, cacheWrite));
            whole = Math.addExact(whole, whole(said, output));
            whole = Math.addExact(whole, whole(thought, reasoning));
            long rest = rest(plain, input)
                    + rest(cached, cachedInput)
                    + rest(written, cacheWrite)
                    + rest(said, output)
                    + rest(thought, reasoning);
            return Math.addExact(whole, Math.ceilDiv(rest, MILLION));
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Full millions of tokens, so that the rest times a price fits. */
    private static long whole(long tokens, long price) {
        return Math.multiplyExact(tokens / MILLION, price);
    }

    private static long rest(long tokens, long price) {
        return tokens % MILLION * price;
    }

    /** Nano-dollars of one token of the prompt, rounded up. */
    public long perPromptToken() {
        return Math.ceilDiv(input, MILLION);
    }

    /** Nano-dollars of one token of the answer, of the dearer kind, rounded up. */
    public long perOutputToken() {
        return Math.ceilDiv(Math.max(output, reasoning), MILLION);
    }
}
