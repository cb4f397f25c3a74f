// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import org.jspecify.annotations.Nullable;

/**
 * Why the model stopped.
 *
 * @param nativeWord the provider's own word
 * @param stopSequence the text at which it stopped, where the provider tells it, or null
 */
public record Finish(
        Reason reason, String nativeWord, @Nullable String stopSequence) {

    /** The reasons that schemas tell apart. */
    public enum Reason {
        STOP,
        STOP_SEQUENCE,
        LENGTH,
        TOOL_CALLS,
        CONTENT_FILTER,
        /** The turn is to be sent back to go on (Anthropic's {@code pause_turn}). */
        PAUSE
    }
}
