// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.ProviderErrorReader;

/**
 * A whole {@code chat.completion}. It may be padded with white space (OpenRouter and DeepSeek while they wait), and it may be an
 * error despite its status.
 */
public final class ChatAnswerDecoder implements AnswerDecoder {

    private final ChatDialect dialect;

    /** Of a server that nothing is known of. */
    public ChatAnswerDecoder() {
        this(ChatDialect.UNKNOWN);
    }

    /** Of a server that counts as its dialect has it. */
    public ChatAnswerDecoder(ChatDialect dialect) {
        this.dialect = dialect;
    }

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        ChunkReader answer = new ChunkReader(dialect);
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
