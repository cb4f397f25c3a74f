// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/** A client's request, from the bytes of one schema. Thread-safe. */
@FunctionalInterface
public interface RequestReader {

    /**
     * Reads the whole of it.
     *
     * @throws dev.penstock.exchange.GatewayError of kind INVALID_REQUEST with the path of the field that is wrong, what was expected
     *     and what was found
     */
    Conversation read(byte[] body);
}
