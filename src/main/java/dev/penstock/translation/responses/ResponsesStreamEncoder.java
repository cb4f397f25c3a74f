// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.exchange.GatewayError;

/**
 * An answer as the stream of a Responses client: typed events with {@code event:} lines and numbers from 0, usage in the last one,
 * no {@code [DONE]}. An error ends it with {@code error} and {@code response.failed}. Not thread-safe.
 */
public final class ResponsesStreamEncoder extends ItemsEncoder implements StreamEncoder {

    /** A stream that has said nothing. */
    public ResponsesStreamEncoder(AnswerInfo info) {
        super(new OutputItems(info, true));
    }

    @Override
    public byte[] take() {
        return items.take();
    }

    @Override
    public void trailer(String json) {
        items.trailer(json);
    }

    @Override
    public byte[] error(GatewayError error, String requestId) {
        return items.error(error, requestId);
    }
}
