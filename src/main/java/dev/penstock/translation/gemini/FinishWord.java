// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.Finish;
import dev.penstock.exchange.GatewayError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code finishReason} means. The word may come as its number (enum-encoding=int); the numbers of AI Studio and of Vertex agree
 * up to 5, and above it most are filters in both, so they are taken for one. A word that nobody knows yet ends an answer as any other.
 */
final class FinishWord {

    private FinishWord() {}

    /** Vertex sends it with partial chunks. */
    static boolean saysNothing(String word) {
        return word.isEmpty() || word.equals("FINISH_REASON_UNSPECIFIED") || word.equals("0");
    }

    /** What the client hears, or null when the word reports a failure and no end. */
    static Finish.@Nullable Reason reason(String word, boolean calledTools) {
        return switch (word) {
            case "STOP", "1" -> calledTools ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP;
            case "MAX_TOKENS", "2" -> Finish.Reason.LENGTH;
            case "SAFETY",
                    "RECITATION",
                    "LANGUAGE",
                    "BLOCKLIST",
                    "PROHIBITED_CONTENT",
                    "SPII",
                    "MODEL_ARMOR",
                    "3",
                    "4",
                    "6",
                    "7",
                    "8",
                    "9",
                    "10" -> Finish.Reason.CONTENT_FILTER;
            case "OTHER",
                    "MALFORMED_FUNCTION_CALL",
                    "UNEXPECTED_TOOL_CALL",
                    "TOO_MANY_TOOL_CALLS",
                    "MISSING_THOUGHT_SIGNATURE",
                    "MALFORMED_RESPONSE",
                    "5" -> null;
            default -> {
                if (word.startsWith("IMAGE_")) {
                    yield Finish.Reason.CONTENT_FILTER;
                }
                yield calledTools ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP;
            }
        };
    }

    /** For a word that is no end. Asking again may well help: the model, not the request, went wrong. */
    static GatewayError failure(String word) {
        String message =
                switch (word) {
                    case "MALFORMED_FUNCTION_CALL" -> "The model made a tool call that the provider could not read.";
                    case "UNEXPECTED_TOOL_CALL" -> "The model called a tool that was not offered.";
                    case "TOO_MANY_TOOL_CALLS" -> "The model called too many tools.";
                    case "MISSING_THOUGHT_SIGNATURE" -> "The provider missed a thought signature in the conversation.";
                    default -> "The provider ended the answer without a result.";
                };
        return GatewayError.builder(GatewayError.Kind.PROVIDER_ERROR, message)
                .code(word.equals("5") ? "other" : word.toLowerCase(Locale.ROOT))
                .build();
    }
}
