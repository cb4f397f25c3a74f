// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/** A provider's request, as the bytes of one schema. Thread-safe. */
@FunctionalInterface
public interface RequestWriter {

    /**
     * Writes the whole of it.
     *
     * @param model the provider's name of the model
     * @param losses takes the names of what has no counterpart
     * @throws dev.penstock.exchange.GatewayError of kind INVALID_REQUEST when leaving something out would change the meaning
     */
    byte[] write(Conversation conversation, String model, Losses losses);

    /**
     * What becomes of a last message of the assistant, as this writer writes it.
     *
     * @param model the provider's name of the model
     */
    default Prefill prefill(String model) {
        return Prefill.UNKNOWN;
    }
}
