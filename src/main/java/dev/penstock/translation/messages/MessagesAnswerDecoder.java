// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.anthropic.MessagesProviderError;
import org.jspecify.annotations.Nullable;

/** A provider's whole message, told as if it had been streamed. Blocks of the provider's own tools are skipped. Thread-safe. */
public final class MessagesAnswerDecoder implements AnswerDecoder {

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        JsonNode message = Trees.read(body);
        if (message == null || !message.isObject()) {
            throw invalid("The provider's answer is not a JSON object.");
        }
        if (message.path("type").asText("").equals("error")
                || message.path("error").isObject()) {
            sink.failed(MessagesProviderError.inStream(body));
            return;
        }
        if (!message.path("content").isArray()) {
            throw invalid("The provider's answer has no content.");
        }
        sink.start(message.path("id").asText(""), message.path("model").asText(""));
        int calls = 0;
        for (JsonNode block : message.path("content")) {
            calls += block(block, calls, sink);
        }
        if (message.path("usage").isObject()) {
            sink.usage(UsageFields.of(message.path("usage")));
        }
        sink.finish(StopReasons.finish(
                message.path("stop_reason").textValue(),
                message.path("stop_sequence").textValue(),
                calls > 0));
        sink.end();
    }

    private static GatewayError invalid(String message) {
        return GatewayError.of(GatewayError.Kind.INVALID_UPSTREAM, message);
    }

    /** Returns how many calls the block is. */
    private static int block(JsonNode block, int call, AnswerSink sink) {
        switch (block.path("type").asText("")) {
            case "text" -> text(block, sink);
            case "thinking" -> {
                String words = block.path("thinking").asText("");
                if (!words.isEmpty()) {
                    sink.thought(words);
                }
                carrier(SignatureText.SIGNATURE, block.path("signature").textValue(), sink);
            }
            case "redacted_thinking" ->
                carrier(SignatureText.REDACTED, block.path("data").textValue(), sink);
            case "tool_use" -> {
                sink.toolStart(
                        call, block.path("id").asText(""), block.path("name").asText(""));
                JsonNode input = block.path("input");
                if (input.isObject() && !input.isEmpty()) {
                    sink.toolArguments(call, Trees.text(input));
                }
                sink.toolEnd(call);
                return 1;
            }
            default -> {
                // The provider's own tools, or what only later clients know.
            }
        }
        return 0;
    }

    private static void text(JsonNode block, AnswerSink sink) {
        String words = block.path("text").asText("");
        if (!words.isEmpty()) {
            sink.text(words);
        }
        for (JsonNode source : block.path("citations")) {
            String url = source.path("url").textValue();
            String title = source.path("title").textValue();
            sink.citation(new Citation(
                    url != null ? url : source.path("source").textValue(),
                    title != null ? title : source.path("document_title").textValue(),
                    source.path("cited_text").textValue(),
                    -1,
                    -1));
        }
    }

    private static void carrier(String kind, @Nullable String value, AnswerSink sink) {
        if (value != null && !value.isEmpty()) {
            sink.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, kind, value, null));
        }
    }
}
