// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.exchange.GatewayError;

/** A whole {@code response} object of a provider, or an error that came with status 200. Thread-safe. */
public final class ResponsesAnswerDecoder implements AnswerDecoder {

    /** Without state. */
    public ResponsesAnswerDecoder() {}

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        Members response = new Members(OutputReader.RESPONSE);
        if (!response.scan(body, 0, body.length)) {
            throw invalid("an answer that is not a JSON object");
        }
        OutputReader output = new OutputReader();
        String status = response.text(OutputReader.STATUS);
        if (response.has(OutputReader.ERROR) || status.equals("failed") || status.equals("cancelled")) {
            output.failed(response, sink);
        } else if (!response.has(OutputReader.OUTPUT)) {
            throw invalid("an answer without output");
        } else if (status.equals("queued") || status.equals("in_progress")) {
            throw invalid("an answer that is not finished");
        } else {
            output.complete(response, sink);
        }
    }

    private static GatewayError invalid(String what) {
        return GatewayError.of(GatewayError.Kind.INVALID_UPSTREAM, "The provider sent " + what + ".");
    }
}
