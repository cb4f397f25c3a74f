// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import java.util.List;

/**
 * Where a part stood in the client's request, so that refusals and {@link Losses} name what the client wrote and not what became of it.
 * Rather too short than wrong: where the exact member is not known, the path ends at what holds it.
 *
 * @param path of the part, such as {@code messages[3].content[0]} or {@code input[2]}
 * @param words what the client's schema calls the members of a part
 * @param inner of the content of a tool's result, one for each part
 */
public record Place(String path, Words words, List<Place> inner) {

    /**
     * What stands behind the path of a part to name a member of it, with the dot; empty where that depends.
     *
     * @param image the bytes or the address of a picture
     * @param detail how closely a picture shall be looked at
     * @param document the bytes or the address of a document
     * @param arguments of a call
     * @param callId of the call that a result answers
     */
    public record Words(String image, String detail, String document, String arguments, String callId) {}

    /** Of a conversation that was not read from a client's request. */
    private static final Words OWN =
            new Words(".image_url", ".image_url.detail", ".file", ".arguments", ".tool_call_id");

    public Place {
        inner = List.copyOf(inner);
    }

    /** Of a part that holds no others. */
    public Place(String path, Words words) {
        this(path, words, List.of());
    }

    /** By the indexes of the conversation itself. */
    static Place counted(int message, int part) {
        return new Place("messages[" + message + "].content[" + part + ']', OWN);
    }

    /** Of a part of a result. */
    public Place inner(int index) {
        if (index < inner.size()) {
            return inner.get(index);
        }
        return words.equals(OWN) ? new Place(path + ".content[" + index + ']', OWN) : this;
    }

    public String image() {
        return path + words.image;
    }

    public String detail() {
        return path + words.detail;
    }

    public String document() {
        return path + words.document;
    }

    public String arguments() {
        return path + words.arguments;
    }

    public String callId() {
        return path + words.callId;
    }
}
