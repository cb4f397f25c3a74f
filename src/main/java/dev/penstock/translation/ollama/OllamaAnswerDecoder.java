// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.exchange.GatewayError;

/** Warm. The answer of {@code /api/chat} without a stream: the same object as a line of one, with everything in it. Thread-safe. */
public final class OllamaAnswerDecoder implements AnswerDecoder {

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        LineReader reader = new LineReader();
        boolean json = reader.read(body, 0, body.length, true, sink);
        if (reader.error() != null || reader.ended()) {
            return;
        }
        throw json && reader.started()
                ? GatewayError.of(GatewayError.Kind.TRUNCATED, "The provider's answer is not complete.")
                : GatewayError.of(
                        GatewayError.Kind.INVALID_UPSTREAM, "The provider's answer is not an answer of Ollama's.");
    }
}
