// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.Place;
import dev.penstock.conversation.Vocabulary;
import java.util.Set;

/**
 * What the members of items and their parts are called in this schema, as the OpenAI reference has it. A member that is missing here is
 * reported when it is lost.
 */
final class ResponsesWords {

    static final Place.Words PLACE = new Place.Words(".image_url", ".detail", "", ".arguments", ".call_id");

    /** What clients put back because it stood in an answer, and what OpenAI's SDKs add. */
    private static final Set<String> RETURNED = Set.of(
            "id",
            "type",
            "role",
            "index",
            "status",
            "phase",
            "annotations",
            "logprobs",
            "parsed",
            "parsed_arguments",
            "namespace",
            "caller",
            "created_by");

    static final Vocabulary MESSAGE = new Vocabulary(RETURNED, "content");
    static final Vocabulary CALL = new Vocabulary(RETURNED, "call_id", "name", "arguments");
    static final Vocabulary CUSTOM_CALL = new Vocabulary(RETURNED, "call_id", "name", "input");
    static final Vocabulary RESULT = new Vocabulary(RETURNED, "call_id", "output");
    static final Vocabulary REASONING = new Vocabulary(RETURNED, "summary", "content", "encrypted_content");

    static final Vocabulary TEXT = new Vocabulary(RETURNED, "text");
    static final Vocabulary REFUSAL = new Vocabulary(RETURNED, "refusal");
    static final Vocabulary IMAGE = new Vocabulary(RETURNED, "image_url", "detail");
    static final Vocabulary FILE = new Vocabulary(RETURNED, "filename", "file_data", "file_url");
    static final Vocabulary AUDIO = new Vocabulary(RETURNED, "input_audio", "format", "data");

    private ResponsesWords() {}
}
