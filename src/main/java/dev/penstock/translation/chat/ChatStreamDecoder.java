// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.ProviderErrorReader;
import org.jspecify.annotations.Nullable;

/**
 * The event stream of an OpenAI-compatible provider. Its last word is the finish reason; {@code data: [DONE]} after it ends the
 * answer, and where a provider never sends that (Perplexity), the end of the bytes does. A {@code [DONE]} without a finish reason
 * proves nothing.
 */
public final class ChatStreamDecoder implements StreamDecoder {

    private final SseData data = new SseData();
    private final ChunkReader chunks;

    /** Of a server that nothing is known of. */
    public ChatStreamDecoder() {
        this(ChatDialect.UNKNOWN);
    }

    /** Of a server that counts as its dialect has it. */
    public ChatStreamDecoder(ChatDialect dialect) {
        chunks = new ChunkReader(dialect);
    }

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        return switch (data.find(bytes, from, to)) {
            case NONE -> true;
            case DATA -> data(sink);
            case ERROR -> {
                chunks.fail(ProviderErrorReader.inStream(data.copy()), sink);
                yield true;
            }
            case BARE -> bare(sink);
        };
    }

    private boolean data(AnswerSink sink) {
        if (isDone()) {
            finish(sink);
            return true;
        }
        if (chunks.read(data.bytes(), data.from(), data.to(), false, sink)) {
            return true;
        }
        // Several data lines make one text with line ends in it.
        return chunks.over() || chunks.read(data.bytes(), data.from(), data.to(), true, sink) || isBlank();
    }

    /** As the official clients have it: the data begins with the mark. */
    private boolean isDone() {
        byte[] bytes = data.bytes();
        int at = data.from();
        return data.to() - at >= 6
                && bytes[at] == '['
                && bytes[at + 1] == 'D'
                && bytes[at + 2] == 'O'
                && bytes[at + 3] == 'N'
                && bytes[at + 4] == 'E'
                && bytes[at + 5] == ']';
    }

    private boolean isBlank() {
        for (int i = data.from(); i < data.to(); i++) {
            if (data.bytes()[i] > ' ' || data.bytes()[i] < 0) {
                return false;
            }
        }
        return true;
    }

    /** A client's parser drops such lines, so only an error in them has a meaning; Google wraps its own in an array. */
    private boolean bare(AnswerSink sink) {
        int from = data.bytes()[data.from()] == '[' ? data.from() + 1 : data.from();
        int to = data.to();
        while (to > from && (data.bytes()[to - 1] <= ' ' || data.bytes()[to - 1] == ']')) {
            to--;
        }
        if (!chunks.isError(data.bytes(), from, to)) {
            return false;
        }
        chunks.fail(ProviderErrorReader.inStream(data.copy()), sink);
        return true;
    }

    @Override
    public boolean terminal() {
        return chunks.finished();
    }

    @Override
    public void finish(AnswerSink sink) {
        if (chunks.finished()) {
            chunks.end(sink);
        }
    }

    @Override
    public @Nullable GatewayError error() {
        return chunks.error();
    }
}
