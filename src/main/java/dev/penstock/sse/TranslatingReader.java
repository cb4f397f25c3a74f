// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import dev.penstock.exchange.GatewayError;

/**
 * Reads the events of one schema and says them in another one. What {@link #take} gives goes to the client in the place of what
 * was read.
 */
public interface TranslatingReader extends EndingReader {

    /** Whole events for the client, made since the last call; empty when there are none yet. The array is the caller's. */
    byte[] take();

    /** The provider's bytes have ended and the answer is {@link #complete()}: makes the events that come last. */
    void finish();

    @Override
    byte[] errorEvent(GatewayError error, String requestId);
}
