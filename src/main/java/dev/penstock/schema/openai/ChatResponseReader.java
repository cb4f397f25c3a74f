// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import dev.penstock.exchange.GatewayError;

/**
 * Looks at a whole (unary) answer with the same eyes as {@link ChatEventReader} looks at a chunk, so that stream and non-stream
 * give the same numbers. The body may be padded with white space: OpenRouter and DeepSeek send it while they wait.
 */
public final class ChatResponseReader {

    private ChatResponseReader() {}

    public static ChatResponse read(byte[] body) {
        ChatPayload payload = new ChatPayload();
        int flags = payload.read(body, 0, body.length, true);
        boolean failed = (flags & ChatEventReader.ERROR) != 0;
        GatewayError error = failed ? ProviderErrorReader.inStream(body) : null;
        boolean object = (flags & ChatEventReader.MALFORMED) == 0;
        return new ChatResponse(object, payload.usage(), payload.finishReason(), error, payload.contentBytes());
    }
}
