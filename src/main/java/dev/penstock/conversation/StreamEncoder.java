// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import dev.penstock.exchange.GatewayError;

/** A client's stream: an answer goes in, whole events come out. One instance per stream; not thread-safe. */
public interface StreamEncoder extends AnswerSink {

    /** The bytes of the events made since the last call: none, or whole events. The array is the caller's. */
    byte[] take();

    /**
     * What the gateway itself has to tell of this answer, for the event that ends it. Before {@link #finish}.
     *
     * @param json an object on one line; it stands there as the member {@code penstock}, which clients pass over that do not know it
     */
    void trailer(String json);

    /** The schema's own error event for an error after commit; the stream then ends without its terminal marker. */
    byte[] error(GatewayError error, String requestId);
}
