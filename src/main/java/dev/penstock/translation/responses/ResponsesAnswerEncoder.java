// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.AnswerEncoder;
import dev.penstock.conversation.AnswerInfo;

/**
 * An answer as the body of a Responses client: the very {@code response} object that ends a stream. Not thread-safe.
 */
public final class ResponsesAnswerEncoder extends ItemsEncoder implements AnswerEncoder {

    /** An answer that has not begun. */
    public ResponsesAnswerEncoder(AnswerInfo info) {
        super(new OutputItems(info, false));
    }

    @Override
    public byte[] body() {
        return items.object();
    }
}
