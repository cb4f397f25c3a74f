// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.ProviderErrorReader;

/**
 * A whole {@code chat.completion}. It may be padded with white space (OpenRouter and DeepSeek while they wait), and it may be an
 * error despite its status.
 */
public final class ChatAnswerDecoder implements AnswerDecoder {

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        ChunkReader answer = new ChunkReader();
        boolean object = answer.read(body, 0, body.length, true, sink);
        if (answer.over()) {
            return;
        }
        if (object && answer.started()) {
            answer.end(sink);
            return;
        }
        // Neither an answer nor "error": flat errors are found by their message.
        GatewayError error = ProviderErrorReader.read(200, null, body, null);
        if (error.kind() == GatewayError.Kind.INVALID_UPSTREAM) {
            throw error;
        }
        sink.failed(error);
    }
}
