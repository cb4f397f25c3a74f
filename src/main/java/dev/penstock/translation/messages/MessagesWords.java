// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.Place;
import dev.penstock.conversation.Vocabulary;
import java.util.Set;

/**
 * What the members of messages and blocks are called in this schema (Anthropic's API reference, "Create a Message", 2026-11). A member
 * that is missing here is reported when it is lost.
 */
final class MessagesWords {

    static final Place.Words PLACE = new Place.Words(".source", "", ".source", ".input", ".tool_use_id");

    /** What clients put back because it stood in an answer. */
    private static final Set<String> RETURNED = Set.of("id", "type", "role", "index", "status");

    /** Whole answers are put back as messages, with all that stands around their content. */
    static final Vocabulary MESSAGE = new Vocabulary(
            RETURNED,
            "content",
            "model",
            "stop_reason",
            "stop_sequence",
            "stop_details",
            "usage",
            "container",
            "context_management");

    /** The citations of a text are the answer's. */
    static final Vocabulary TEXT = new Vocabulary(RETURNED, "text", "citations", "cache_control");

    static final Vocabulary IMAGE = new Vocabulary(RETURNED, "source", "cache_control");
    static final Vocabulary DOCUMENT = new Vocabulary(RETURNED, "source", "title", "cache_control");
    /** Where a result was found is a label for citations. */
    static final Vocabulary SEARCH_RESULT = new Vocabulary(RETURNED, "source", "title", "content", "cache_control");

    static final Vocabulary SOURCE = new Vocabulary(RETURNED, "media_type", "data", "url", "content");
    /** Who called, is told in an answer. */
    static final Vocabulary CALL = new Vocabulary(RETURNED, "name", "input", "caller", "cache_control");

    static final Vocabulary RESULT = new Vocabulary(RETURNED, "tool_use_id", "content", "is_error", "cache_control");
    static final Vocabulary THINKING = new Vocabulary(RETURNED, "thinking", "signature");
    static final Vocabulary REDACTED = new Vocabulary(RETURNED, "data");

    private MessagesWords() {}
}
