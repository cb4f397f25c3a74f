// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/** A provider's whole answer. Thread-safe. */
@FunctionalInterface
public interface AnswerDecoder {

    /**
     * Tells a whole answer as if it had been streamed: {@code start} to {@code end}, or {@code failed} for an error in a body that
     * came with status 200.
     *
     * @throws dev.penstock.exchange.GatewayError of kind INVALID_UPSTREAM when it is not in the schema
     */
    void decode(byte[] body, AnswerSink sink);
}
