// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/**
 * Hot. The lines of a streamed {@code /api/chat}: one JSON object each. The last one has {@code done} and the counts, and the end is said
 * with it; bytes that end without it are a truncated answer. An error in mid-stream is a line of its own. One instance per stream;
 * not thread-safe.
 */
public final class OllamaStreamDecoder implements StreamDecoder {

    private final LineReader lines = new LineReader();

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        return isBlank(bytes, from, to) || lines.read(bytes, from, to, false, sink);
    }

    @Override
    public boolean terminal() {
        return lines.ended();
    }

    /** Nothing comes last: the line that ends the answer has said it all. */
    @Override
    public void finish(AnswerSink sink) {}

    @Override
    public @Nullable GatewayError error() {
        return lines.error();
    }

    private static boolean isBlank(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != ' ' && bytes[i] != '\t') {
                return false;
            }
        }
        return true;
    }
}
