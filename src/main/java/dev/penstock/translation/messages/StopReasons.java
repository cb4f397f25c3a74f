// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Finish.Reason;
import org.jspecify.annotations.Nullable;

/** Anthropic's words for the end of an answer. */
final class StopReasons {

    private static final String CONTEXT_FULL = "model_context_window_exceeded";

    private StopReasons() {}

    /**
     * What a word means. A word that only later servers know ends an answer like any other.
     *
     * @param word null or empty when the answer ended without one
     * @param anyCall whether the answer asks for a tool
     */
    static Finish finish(@Nullable String word, @Nullable String stopSequence, boolean anyCall) {
        String said = word == null ? "" : word;
        Reason reason =
                switch (said) {
                    case "stop_sequence" -> Reason.STOP_SEQUENCE;
                    case "max_tokens", CONTEXT_FULL -> Reason.LENGTH;
                    case "tool_use" -> Reason.TOOL_CALLS;
                    case "refusal" -> Reason.CONTENT_FILTER;
                    case "pause_turn" -> Reason.PAUSE;
                    case "" -> anyCall ? Reason.TOOL_CALLS : Reason.STOP;
                    default -> Reason.STOP;
                };
        return new Finish(reason, said, stopSequence);
    }

    /** The word that Anthropic's clients know for it. */
    static String word(Finish finish, boolean refused) {
        return switch (finish.reason()) {
            case STOP -> refused ? "refusal" : "end_turn";
            case STOP_SEQUENCE -> "stop_sequence";
            case LENGTH -> finish.nativeWord().equals(CONTEXT_FULL) ? CONTEXT_FULL : "max_tokens";
            case TOOL_CALLS -> "tool_use";
            case CONTENT_FILTER -> "refusal";
            case PAUSE -> "pause_turn";
        };
    }
}
