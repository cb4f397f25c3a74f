// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

/** The fixed bytes of the stream's events. A head ends where the sequence number goes. */
final class Events {

    static final byte[] CREATED = head("response.created");
    static final byte[] IN_PROGRESS = head("response.in_progress");
    static final byte[] COMPLETED = head("response.completed");
    static final byte[] INCOMPLETE = head("response.incomplete");
    static final byte[] FAILED = head("response.failed");
    static final byte[] ITEM_ADDED = head("response.output_item.added");
    static final byte[] ITEM_DONE = head("response.output_item.done");
    static final byte[] PART_ADDED = head("response.content_part.added");
    static final byte[] PART_DONE = head("response.content_part.done");
    static final byte[] TEXT_DELTA = head("response.output_text.delta");
    static final byte[] TEXT_DONE = head("response.output_text.done");
    static final byte[] ANNOTATION_ADDED = head("response.output_text.annotation.added");
    static final byte[] REFUSAL_DELTA = head("response.refusal.delta");
    static final byte[] REFUSAL_DONE = head("response.refusal.done");
    static final byte[] SUMMARY_PART_ADDED = head("response.reasoning_summary_part.added");
    static final byte[] SUMMARY_PART_DONE = head("response.reasoning_summary_part.done");
    static final byte[] SUMMARY_DELTA = head("response.reasoning_summary_text.delta");
    static final byte[] SUMMARY_DONE = head("response.reasoning_summary_text.done");
    static final byte[] ARGUMENTS_DELTA = head("response.function_call_arguments.delta");
    static final byte[] ARGUMENTS_DONE = head("response.function_call_arguments.done");

    static final byte[] RESPONSE = EventBuffer.bytes(",\"response\":");
    static final byte[] OUTPUT_INDEX_FIRST = EventBuffer.bytes(",\"output_index\":");
    static final byte[] ITEM = EventBuffer.bytes(",\"item\":");
    static final byte[] ITEM_ID = EventBuffer.bytes(",\"item_id\":\"");
    static final byte[] OUTPUT_INDEX = EventBuffer.bytes("\",\"output_index\":");
    static final byte[] CONTENT_INDEX = EventBuffer.bytes(",\"content_index\":");
    static final byte[] SUMMARY_INDEX = EventBuffer.bytes(",\"summary_index\":0");
    static final byte[] DELTA = EventBuffer.bytes(",\"delta\":\"");
    static final byte[] TEXT = EventBuffer.bytes(",\"text\":\"");
    static final byte[] REFUSAL = EventBuffer.bytes(",\"refusal\":\"");
    static final byte[] ARGUMENTS = EventBuffer.bytes(",\"arguments\":\"");
    static final byte[] NAME = EventBuffer.bytes("\",\"name\":\"");
    static final byte[] PART = EventBuffer.bytes(",\"part\":");
    static final byte[] EMPTY_SUMMARY = EventBuffer.bytes("{\"type\":\"summary_text\",\"text\":\"\"}");
    static final byte[] END_STRING = EventBuffer.bytes("\"}\n\n");
    static final byte[] LOGPROBS = EventBuffer.bytes("\",\"logprobs\":[");
    static final byte[] END_LOGPROBS = EventBuffer.bytes("]}\n\n");
    static final byte[] END = EventBuffer.bytes("}\n\n");

    private Events() {}

    private static byte[] head(String type) {
        return EventBuffer.bytes("event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":");
    }
}
