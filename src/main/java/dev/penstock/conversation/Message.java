// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that was said. Where it stood is no part of that: messages with other places are equal.
 *
 * @param role who said it
 * @param parts what, in order; results of tools are parts of the {@link Role#USER}
 * @param places of the parts in the client's request, one for each; empty when no client wrote them
 */
public record Message(Role role, List<Part> parts, List<Place> places) {

    /** Who speaks. */
    public enum Role {
        /** Instructions of the application; may stand anywhere. */
        SYSTEM,
        USER,
        ASSISTANT
    }

    /** Parts and their places while a message is read. */
    public static final class Draft {
        private final List<Part> parts = new ArrayList<>();
        private final List<Place> places = new ArrayList<>();

        public void add(Part part, Place place) {
            parts.add(part);
            places.add(place);
        }

        public void addFirst(Part part, Place place) {
            parts.addFirst(part);
            places.addFirst(place);
        }

        public void addAll(Draft other) {
            parts.addAll(other.parts);
            places.addAll(other.places);
        }

        /** The same part, of which more has become known. */
        public void set(int index, Part part) {
            parts.set(index, part);
        }

        public Part get(int index) {
            return parts.get(index);
        }

        public int size() {
            return parts.size();
        }

        public boolean isEmpty() {
            return parts.isEmpty();
        }

        public List<Part> parts() {
            return List.copyOf(parts);
        }

        public List<Place> places() {
            return List.copyOf(places);
        }

        public Message by(Role role) {
            return new Message(role, parts, places);
        }
    }

    public Message {
        parts = List.copyOf(parts);
        places = List.copyOf(places);
        if (!places.isEmpty() && places.size() != parts.size()) {
            throw new IllegalArgumentException(parts.size() + " parts at " + places.size() + " places");
        }
    }

    /** Of nobody's request. */
    public Message(Role role, List<Part> parts) {
        this(role, parts, List.of());
    }

    /**
     * Where a part stood.
     *
     * @param index of this message in its conversation, for one without places
     */
    public Place place(int index, int part) {
        return places.isEmpty() ? Place.counted(index, part) : places.get(part);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Message message && role == message.role && parts.equals(message.parts);
    }

    @Override
    public int hashCode() {
        return 31 * role.hashCode() + parts.hashCode();
    }
}
