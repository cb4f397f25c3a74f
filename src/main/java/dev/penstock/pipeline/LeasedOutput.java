// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.quota.Permit;
import dev.penstock.streaming.OutputCap;

/**
 * The output of one stream as far as a permit covers it. Tokens are not counted on the way, bytes of content are: four of them stand for a
 * token, as in every estimate. It asks for more a little before the end, so that the store has time to lease it, and once again
 * at the end.
 */
final class LeasedOutput implements OutputCap {

    private static final int BYTES_PER_TOKEN = 4;
    /** Before the end, at most: about what a fast model says while a store is asked. */
    private static final long AHEAD = 64;

    private final Permit permit;
    private final long before;
    private final long promptTokens;
    private long covered;
    private long askAt;

    /**
     * @param covered tokens from the beginning of the answer
     * @param before bytes of content that the client has of streams before this one
     */
    LeasedOutput(Permit permit, long covered, long before, long promptTokens) {
        this.permit = permit;
        this.before = before;
        this.promptTokens = promptTokens;
        cover(covered);
    }

    private void cover(long tokens) {
        covered = tokens;
        askAt = tokens - Math.min(AHEAD, tokens / 8);
    }

    @Override
    public long bytes() {
        return bytes(askAt);
    }

    @Override
    public long more(long soFar) {
        long tokens = (before + soFar) / BYTES_PER_TOKEN;
        long now = permit.more(tokens);
        if (now <= tokens) {
            return soFar;
        }
        if (now > covered) {
            cover(now);
        }
        // Nothing was added, or so little that its end is near again.
        askAt = askAt > tokens ? askAt : now;
        return bytes(askAt);
    }

    @Override
    public long promptTokens() {
        return promptTokens;
    }

    private long bytes(long tokens) {
        return tokens > Long.MAX_VALUE / BYTES_PER_TOKEN ? Long.MAX_VALUE : tokens * BYTES_PER_TOKEN - before;
    }
}
