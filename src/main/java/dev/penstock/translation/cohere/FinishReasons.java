// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import dev.penstock.conversation.Finish;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.SafeText;
import org.jspecify.annotations.Nullable;

/** The words of {@code finish_reason}, those of version 1 included: servers that host Cohere's models still say them. */
final class FinishReasons {

    private FinishReasons() {}

    /**
     * What the word means.
     *
     * @param calls how many calls the client has been told of; calls without the word for them are to be answered all the same
     */
    static Finish finish(String word, int calls) {
        Finish.Reason reason =
                switch (word) {
                    case "STOP_SEQUENCE" -> Finish.Reason.STOP_SEQUENCE;
                    case "MAX_TOKENS", "ERROR_LIMIT" -> Finish.Reason.LENGTH;
                    case "ERROR_TOXIC" -> Finish.Reason.CONTENT_FILTER;
                    default -> calls > 0 ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP;
                };
        return new Finish(reason, word, null);
    }

    /**
     * An error in the clothes of a finish; null for every real one.
     *
     * @param said what the provider says about it, may be empty
     */
    static @Nullable GatewayError error(String word, String said) {
        boolean timeout = word.equals("TIMEOUT");
        boolean isError =
                switch (word) {
                    case "ERROR", "TIMEOUT" -> true;
                    case "ERROR_TOXIC", "ERROR_LIMIT" -> false;
                    default -> !said.isEmpty();
                };
        if (!isError) {
            return null;
        }
        String safe = SafeText.of(said);
        return GatewayError.builder(
                        GatewayError.Kind.PROVIDER_ERROR,
                        !safe.isEmpty()
                                ? safe
                                : timeout
                                        ? "The provider took too long for its answer."
                                        : "The provider's model failed in the middle of its answer.")
                .status(timeout ? 504 : 502)
                .retry(GatewayError.Retry.OTHER_TARGET)
                .code(SafeText.isWord(word) ? word : null)
                .build();
    }
}
