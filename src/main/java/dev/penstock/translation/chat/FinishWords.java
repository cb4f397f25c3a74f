// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.Finish;

/** The words of {@code finish_reason}, OpenAI's own and those of servers that say something else. */
final class FinishWords {

    private FinishWords() {}

    static Finish.Reason reason(String word, boolean calls) {
        return switch (word) {
            case "length", "max_tokens", "model_length", "model_context_window_exceeded", "MAX_TOKENS" ->
                Finish.Reason.LENGTH;
            case "tool_calls", "function_call", "tool_use", "TOOL_CALL" -> Finish.Reason.TOOL_CALLS;
            case "content_filter", "refusal", "content_filtered", "SAFETY" -> Finish.Reason.CONTENT_FILTER;
            case "stop_sequence" -> calls ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP_SEQUENCE;
            case "pause_turn" -> Finish.Reason.PAUSE;
            // A named tool choice ends with "stop" at OpenAI, Gemini's endpoint says it always, Together says "eos".
            default -> calls ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP;
        };
    }

    /** Words that stand in the place of a reason and mean that the answer broke (OpenRouter, Mistral; DeepSeek). */
    static boolean isFailure(String word) {
        return word.equals("error") || word.equals("ERROR") || word.equals("insufficient_system_resource");
    }

    static String word(Finish.Reason reason) {
        return switch (reason) {
            case STOP, STOP_SEQUENCE, PAUSE -> "stop";
            case LENGTH -> "length";
            case TOOL_CALLS -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
        };
    }
}
