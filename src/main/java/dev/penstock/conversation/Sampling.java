// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Length and chance. Null means that the client did not say.
 *
 * @param maxTokens most tokens of the answer, reasoning included
 * @param stop texts at which the answer ends
 * @param n number of answers
 * @param logprobs whether the probabilities of the tokens of the answer are wanted
 * @param topLogprobs those of how many others at each place
 * @param logitBias as it came
 */
public record Sampling(
        @Nullable Long maxTokens,
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Long topK,
        List<String> stop,
        @Nullable Integer n,
        @Nullable Long seed,
        @Nullable Double presencePenalty,
        @Nullable Double frequencyPenalty,
        @Nullable Boolean logprobs,
        @Nullable Integer topLogprobs,
        @Nullable JsonNode logitBias) {

    public static final Sampling UNSAID =
            new Sampling(null, null, null, null, List.of(), null, null, null, null, null, null, null);

    public Sampling {
        stop = List.copyOf(stop);
    }
}
