// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import dev.penstock.conversation.Tokens;

/**
 * The tokens of an answer that several providers told a part each, as its client is told: the input is that of its own prompt, so the first
 * provider's; the output is that of all. What a provider had not counted when it broke off is estimated from what it said. Where the first
 * one had not counted the prompt, the input is the later one's, less an estimate of the text that was added to it.
 */
final class SummedTokens {

    private Tokens first = Tokens.UNKNOWN;
    private Tokens current = Tokens.UNKNOWN;
    private boolean later;
    private long earlierOutput;
    private long earlierReasoning;
    private long added;

    /** Takes what the provider that is being heard has counted; gives what its client is told. */
    Tokens counted(Tokens more) {
        current = current.with(more);
        return later ? sum() : current;
    }

    /**
     * It has broken off.
     *
     * @param estimate of its output, for one that has not counted
     */
    void cut(long estimate) {
        if (!later) {
            first = current;
        }
        earlierOutput += current.output() >= 0 ? current.output() : estimate;
        earlierReasoning += Math.max(0, current.reasoning());
        current = Tokens.UNKNOWN;
        later = true;
    }

    /**
     * Another one goes on.
     *
     * @param more tokens that its prompt is longer by
     */
    void goOn(long more) {
        added = more;
    }

    /** Of all that have broken off. */
    long output() {
        return earlierOutput;
    }

    private Tokens sum() {
        boolean known = first.input() >= 0;
        long input = known || current.input() < 0 ? first.input() : Math.max(0, current.input() - added);
        long cached = known ? first.cacheRead() : Math.min(current.cacheRead(), input);
        boolean thought = earlierReasoning > 0 || current.reasoning() >= 0;
        return new Tokens(
                input,
                cached,
                first.cacheWrite(),
                first.cacheWriteHour(),
                current.output() < 0 ? -1 : earlierOutput + current.output(),
                thought ? earlierReasoning + Math.max(0, current.reasoning()) : -1);
    }
}
