// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One element of the conversation while it changes: a message, or an item of a response's input.
 *
 * @param node what it says
 * @param at its place among the client's elements
 * @param changed whether it says something else than the client's at this place
 */
record Turn(JsonNode node, int at, boolean changed) {

    /** What an element is, as far as it matters where a conversation may begin. */
    enum Kind {
        /** Of the application; may stand anywhere. */
        INSTRUCTION,
        /** Something that the user says, and no result of a tool. */
        USER,
        ASSISTANT,
        /** Answers a call that stands before it. */
        RESULT
    }

    /** The same element with other words. */
    Turn with(JsonNode other) {
        return new Turn(other, at, true);
    }

    Kind kind(Form form) {
        return form.kind(node);
    }
}
