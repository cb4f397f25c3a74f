// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/**
 * Tokens of one answer in the normal form: {@code inputTokens} and {@code outputTokens} are totals, the other classes are
 * parts of them.
 *
 * @param inputTokens all prompt tokens, cached ones included
 * @param cachedInputTokens the part of the input that the provider read from its prompt cache
 * @param outputTokens all answer tokens, reasoning included
 * @param reasoningTokens the part of the output that is reasoning
 * @param estimated true when Penstock counted, false when the provider reported
 * @param cacheWriteTokens the part of the input that the provider wrote to its prompt cache, where that is counted apart
 */
public record Usage(
        long inputTokens,
        long cachedInputTokens,
        long outputTokens,
        long reasoningTokens,
        boolean estimated,
        long cacheWriteTokens) {

    public static final Usage NONE = new Usage(0, 0, 0, 0, true);

    public Usage {
        if (inputTokens < 0
                || cachedInputTokens < 0
                || outputTokens < 0
                || reasoningTokens < 0
                || cacheWriteTokens < 0) {
            throw new IllegalArgumentException("token counts must be >= 0");
        }
        // Some servers report more cached tokens than prompt tokens; a part is never larger than its whole.
        cachedInputTokens = Math.min(cachedInputTokens, inputTokens);
        cacheWriteTokens = Math.min(cacheWriteTokens, inputTokens - cachedInputTokens);
    }

    /** Of a provider that does not count apart what it wrote to its cache. */
    public Usage(long inputTokens, long cachedInputTokens, long outputTokens, long reasoningTokens, boolean estimated) {
        this(inputTokens, cachedInputTokens, outputTokens, reasoningTokens, estimated, 0);
    }

    public static Usage reported(long input, long cached, long output, long reasoning) {
        return new Usage(input, cached, output, reasoning, false);
    }

    public static Usage estimated(long input, long output) {
        return new Usage(input, 0, output, 0, true);
    }

    /** The same, with so many tokens of the input written to the provider's cache. */
    public Usage withCacheWrite(long tokens) {
        return new Usage(inputTokens, cachedInputTokens, outputTokens, reasoningTokens, estimated, tokens);
    }

    /** Both together; estimated as soon as one of them is. */
    public Usage plus(Usage more) {
        return new Usage(
                inputTokens + more.inputTokens,
                cachedInputTokens + more.cachedInputTokens,
                outputTokens + more.outputTokens,
                reasoningTokens + more.reasoningTokens,
                estimated || more.estimated,
                cacheWriteTokens + more.cacheWriteTokens);
    }

    public long totalTokens() {
        return inputTokens + outputTokens;
    }
}
