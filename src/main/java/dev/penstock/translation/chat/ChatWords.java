// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.Place;
import dev.penstock.conversation.Vocabulary;
import java.util.Set;

/**
 * What the members of messages and their parts are called in this schema: as the OpenAI reference has it, and what compatible servers
 * added. A member that is missing here is reported when it is lost.
 */
final class ChatWords {

    static final Place.Words PLACE =
            new Place.Words(".image_url", ".image_url.detail", ".file", ".function.arguments", ".tool_call_id");
    /** Of the call that a message could hold before there were several. */
    static final Place.Words FUNCTION_CALL = new Place.Words("", "", "", ".arguments", "");

    /** What clients put back because it stood in an answer: OpenAI's, those of compatible servers, and what their SDKs add. */
    private static final Set<String> RETURNED = Set.of(
            "id",
            "index",
            "object",
            "type",
            "role",
            "status",
            "phase",
            "annotations",
            "citations",
            "search_results",
            "logprobs",
            "parsed",
            "parsed_arguments",
            "provider_specific_fields");

    static final Vocabulary SAID = new Vocabulary(RETURNED, "content", "cache_control");
    static final Vocabulary ANSWER = new Vocabulary(
            RETURNED,
            "content",
            "refusal",
            "tool_calls",
            "function_call",
            "reasoning_content",
            "reasoning",
            "reasoning_details",
            "extra_content",
            "cache_control");
    static final Vocabulary RESULT = new Vocabulary(RETURNED, "content", "tool_call_id", "name", "cache_control");
    static final Vocabulary CALL = new Vocabulary(RETURNED, "function", "extra_content", "cache_control");
    static final Vocabulary FUNCTION = new Vocabulary(RETURNED, "name", "arguments");

    static final Vocabulary TEXT = new Vocabulary(RETURNED, "text", "cache_control");
    static final Vocabulary IMAGE = new Vocabulary(RETURNED, "image_url", "cache_control");
    static final Vocabulary IMAGE_URL = new Vocabulary(Set.of(), "url", "detail");
    static final Vocabulary AUDIO = new Vocabulary(RETURNED, "input_audio");
    static final Vocabulary INPUT_AUDIO = new Vocabulary(Set.of(), "format", "data");
    static final Vocabulary FILE_PART = new Vocabulary(RETURNED, "file", "cache_control");
    static final Vocabulary FILE = new Vocabulary(Set.of(), "filename", "file_data");
    static final Vocabulary REFUSAL = new Vocabulary(RETURNED, "refusal");
    /** Mistral's. */
    static final Vocabulary THINKING = new Vocabulary(RETURNED, "thinking", "closed");

    private ChatWords() {}
}
