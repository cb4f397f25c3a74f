// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import dev.penstock.conversation.Finish;
import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/** The words of {@code stopReason}. */
final class StopReasons {

    private StopReasons() {}

    /**
     * What the word means.
     *
     * @param calls how many calls the client has been told of; a stop for a tool that only the provider knows is a plain stop
     */
    static Finish finish(String word, @Nullable String stopSequence, int calls) {
        Finish.Reason reason =
                switch (word) {
                    case "stop_sequence" -> Finish.Reason.STOP_SEQUENCE;
                    case "max_tokens", "model_context_window_exceeded" -> Finish.Reason.LENGTH;
                    case "tool_use" -> calls > 0 ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP;
                    case "guardrail_intervened", "content_filtered" -> Finish.Reason.CONTENT_FILTER;
                    case "pause_turn" -> Finish.Reason.PAUSE;
                    default -> Finish.Reason.STOP;
                };
        return new Finish(reason, word, stopSequence);
    }

    /** The model broke its own format: an error in the clothes of a stop. Null for every real stop. */
    static @Nullable GatewayError error(String word) {
        if (!word.equals("malformed_model_output") && !word.equals("malformed_tool_use")) {
            return null;
        }
        return GatewayError.builder(
                        GatewayError.Kind.PROVIDER_ERROR, "The model's answer was malformed (" + word + ").")
                .status(502)
                .retry(GatewayError.Retry.OTHER_TARGET)
                .code(word)
                .build();
    }
}
