// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** One turn of a conversation in the test's own words: not those of the gateway, which are what is tested. */
record Turn(Who who, List<Piece> pieces) {

    /** Who speaks. */
    enum Who {
        SYSTEM,
        USER,
        MODEL
    }

    /** A piece of what is said. */
    sealed interface Piece {}

    record Words(String text) implements Piece {}

    record Picture(String mediaType, String base64) implements Piece {}

    /**
     * Reasoning.
     *
     * @param text readable words, may be empty
     * @param seal what the provider wants back unchanged, null for none
     * @param id of the item that holds it, where the provider has one, else null
     */
    record Thought(String text, String seal, String id) implements Piece {}

    /**
     * A call of a tool.
     *
     * @param seal that stands on the call, null for none
     */
    record Ask(String id, String name, JsonNode arguments, String seal) implements Piece {}

    record Reply(String id, String text, boolean failed) implements Piece {}

    Turn {
        pieces = List.copyOf(pieces);
    }

    <P extends Piece> List<P> all(Class<P> kind) {
        return pieces.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Everything that is said in words, joined: schemas differ in how many pieces they make of it. */
    String words() {
        StringBuilder joined = new StringBuilder();
        all(Words.class).forEach(words -> joined.append(words.text()));
        return joined.toString();
    }
}
