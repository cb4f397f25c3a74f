// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that was said.
 *
 * @param role who said it
 * @param parts what, in order; results of tools are parts of the {@link Role#USER}
 */
public record Message(Role role, List<Part> parts) {

    /** Who speaks. */
    public enum Role {
        /** Instructions of the application; may stand anywhere. */
        SYSTEM,
        USER,
        ASSISTANT
    }

    public Message {
        parts = List.copyOf(parts);
    }

    /** The same conversation with neighbours of one role joined, for schemas in which roles must alternate. */
    public static List<Message> alternating(List<Message> messages) {
        List<Message> joined = new ArrayList<>();
        for (Message next : messages) {
            int last = joined.size() - 1;
            if (last >= 0 && joined.get(last).role() == next.role()) {
                List<Part> both = new ArrayList<>(joined.get(last).parts());
                both.addAll(next.parts());
                joined.set(last, new Message(next.role(), both));
            } else {
                joined.add(next);
            }
        }
        return joined;
    }
}
