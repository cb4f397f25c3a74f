// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of an exchange, as the pipeline needs it; the ingress room implements it. Exactly one of
 * {@link #refuse}, {@link #respond}, {@link #replay} and {@link #startStream} is called, and after {@code startStream} exactly one of
 * {@link #endStream} and {@link #failStream}. A client that has left makes all of them do nothing.
 */
public interface ClientResponse {

    /** An ordinary HTTP error in the client's schema. */
    void refuse(GatewayError error, ResponseHead head);

    /** A whole answer. */
    void respond(ResponseHead head, Buffer body);

    /**
     * An answer that was given before, marked as such, in one go.
     *
     * @param stream whether it was one of events
     */
    void replay(ResponseHead head, boolean stream, Buffer body);

    /** Status 200 and the head of a stream; the bytes may go out together with the first events. */
    void startStream(ResponseHead head);

    /** After {@link #startStream}: the head goes out now, because nobody knows when the first event comes. */
    void sendHead();

    void write(Buffer events);

    /** True when the client does not keep up. */
    boolean full();

    void onDrain(Runnable room);

    void endStream(@Nullable Buffer lastEvents);

    /**
     * The schema's own error event; then the connection closes without a terminal marker.
     *
     * @param event the event where it depends on what the client has heard, or null for the usual one
     */
    void failStream(GatewayError error, @Nullable Buffer event);

    /** Body bytes handed to the connection so far. */
    long bytesWritten();
}
