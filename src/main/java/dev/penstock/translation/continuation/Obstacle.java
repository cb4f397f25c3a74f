// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import java.util.Locale;

/** Why an answer that breaks off is not continued. The label is for logs and metrics. */
public enum Obstacle {
    // of the request: known before there is an answer
    /** The answer must have a certain structure; two halves by two models need not make one. */
    STRUCTURED_OUTPUT,
    /** A tool must be called. */
    FORCED_TOOL,
    /** More than one answer is asked for. */
    SEVERAL_ANSWERS,
    /** The probabilities of the tokens are asked for; they would belong to two models. */
    LOGPROBS,
    /** It asks for something that can be passed on but not translated, such as sound or the provider's own tools. */
    NOT_ONLY_TEXT,
    // of the answer
    TOOL_CALL,
    REFUSAL,
    /** It broke off in the model's reasoning, which may be signed and cannot be taken up by another model. */
    REASONING,
    /** The provider had said why the answer ended: only its terminal marker is missing. */
    FINISHED,
    /** There is more text than is kept to be continued. */
    TOO_LONG,
    /** What the client allows for the answer is used up. */
    LENGTH,
    // of the trouble
    /** Another provider would not do better, or it is not a provider's fault. */
    FAILURE,
    /** It has been continued too often. */
    TOO_MANY;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
