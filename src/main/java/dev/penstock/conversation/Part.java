// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a message. */
public sealed interface Part {

    /**
     * Words.
     *
     * @param cache set when the prompt up to and including this part shall be cached
     */
    record Text(String text, @Nullable CacheMark cache) implements Part {
        public Text(String text) {
            this(text, null);
        }
    }

    /**
     * A picture, either as bytes or as a place.
     *
     * @param mediaType such as {@code image/png}; null when only a place is known
     * @param base64 the bytes, or null
     * @param url an https address, or null
     * @param detail {@code low}, {@code high}, {@code auto}, or null
     */
    record Image(
            @Nullable String mediaType,
            @Nullable String base64,
            @Nullable String url,
            @Nullable String detail,
            @Nullable CacheMark cache)
            implements Part {}

    /**
     * A document, as bytes, as a place, or as plain text.
     *
     * @param name its file name, or null
     */
    record Document(
            @Nullable String name,
            @Nullable String mediaType,
            @Nullable String base64,
            @Nullable String url,
            @Nullable String text,
            @Nullable CacheMark cache)
            implements Part {}

    /**
     * Spoken words.
     *
     * @param format such as {@code wav}
     */
    record Audio(String format, String base64) implements Part {}

    /**
     * The model asks for a tool.
     *
     * @param id in the schema in which it was seen
     * @param arguments a JSON object as text, never empty ({@code "{}"})
     * @param carrier what the provider wants back with the call, or null
     */
    record ToolCall(
            String id,
            String name,
            String arguments,
            @Nullable Carrier carrier,
            @Nullable CacheMark cache) implements Part {}

    /**
     * What a tool said.
     *
     * @param callId of the call that it answers
     * @param name of the tool where the schema tells it, or null
     * @param error whether the tool failed
     */
    record ToolResult(
            String callId,
            @Nullable String name,
            List<Part> content,
            boolean error,
            @Nullable CacheMark cache) implements Part {
        public ToolResult {
            content = List.copyOf(content);
        }
    }

    /**
     * Reasoning of the model.
     *
     * @param text readable, may be empty
     * @param carrier what the provider wants back unchanged with the next turn, or null
     */
    record Thought(String text, @Nullable Carrier carrier) implements Part {}

    /** The model declines, in words. */
    record Refusal(String text) implements Part {}
}
