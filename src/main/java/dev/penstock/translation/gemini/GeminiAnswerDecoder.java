// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.exchange.GatewayError;

/**
 * Warm. The answer of {@code generateContent}, or the array of chunks that {@code streamGenerateContent} gives without {@code alt=sse}.
 * An answer without a finish reason is taken for complete when something was said in it; one without either is none. Thread-safe.
 */
public final class GeminiAnswerDecoder implements AnswerDecoder {

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        ChunkReader reader = new ChunkReader();
        if (!reader.read(body, 0, body.length, true, sink)) {
            throw GatewayError.of(
                    GatewayError.Kind.INVALID_UPSTREAM, "The provider's answer is not an answer of Gemini's.");
        }
        if (reader.error() != null) {
            return;
        }
        if (!reader.terminal() && !reader.anyContent()) {
            throw GatewayError.of(
                    GatewayError.Kind.INVALID_UPSTREAM,
                    "The provider's answer has neither content nor a reason why it ended.");
        }
        reader.finish(sink);
    }
}
