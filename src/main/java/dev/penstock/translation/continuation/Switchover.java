// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.JsonTree;
import java.util.List;

/**
 * An answer went over from one provider to another.
 *
 * @param from the target whose answer broke off, {@code provider/model}
 * @param to the one that went on
 * @param cause label of the failure of {@code from}
 * @param characters of text that the client had by then, in UTF-16
 * @param way how {@code to} was asked
 * @param reasoningDropped whether {@code to} began with reasoning, which the client was not shown
 */
public record Switchover(
        String from, String to, String cause, int characters, ContinuedRequest.Way way, boolean reasoningDropped) {

    /** For the event that ends the answer. */
    static String json(List<Switchover> all) {
        ObjectNode trailer = JsonTree.object();
        ArrayNode continued = trailer.putArray("continued");
        for (Switchover one : all) {
            ObjectNode told = continued
                    .addObject()
                    .put("from", one.from)
                    .put("to", one.to)
                    .put("cause", one.cause)
                    .put("at", one.characters)
                    .put("way", one.way.label());
            if (one.reasoningDropped) {
                told.put("reasoning_dropped", true);
            }
        }
        return trailer.toString();
    }
}
