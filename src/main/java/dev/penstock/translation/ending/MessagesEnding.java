// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ending;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EventReader;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Anthropic's events: the end of the block that is open, then {@code message_delta} and {@code message_stop}. */
public final class MessagesEnding extends PassedEnding {

    /** Of a stream that has not begun. */
    public MessagesEnding(EventReader reader) {
        super(reader, "max_tokens");
    }

    /** One block is open at a time, and what has content stands in one. */
    @Override
    byte @Nullable [] after(ObjectNode last, Usage used) {
        if (!last.path("index").isIntegralNumber()) {
            return null;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        typedEvent(
                out,
                last.objectNode()
                        .put("type", "content_block_stop")
                        .put("index", last.path("index").asInt()));
        ObjectNode end = last.objectNode().put("type", "message_delta");
        end.putObject("delta").put("stop_reason", word()).putNull("stop_sequence");
        end.putObject("usage").put("output_tokens", used.outputTokens());
        typedEvent(out, end);
        typedEvent(out, last.objectNode().put("type", "message_stop"));
        return out.toByteArray();
    }
}
