// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/** Reads a whole answer and tells it as {@link CohereStreamDecoder} tells a stream of it. Thread-safe. */
public final class CohereAnswerDecoder implements AnswerDecoder {

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        JsonNode answer = JsonTree.objectIn(body);
        if (answer == null) {
            throw invalid();
        }
        JsonNode message = answer.path("message");
        String word = answer.path("finish_reason").asText("");
        if (!message.isObject() && word.isEmpty()) {
            if (!message.isTextual()) {
                throw invalid();
            }
            sink.failed(CohereErrorReader.inStream(message.asText()));
            return;
        }
        sink.start(answer.path("id").asText(""), "");
        // In a stream the plan comes before all content; here nothing says where it was.
        thought(message.path("tool_plan"), sink);
        content(message, sink);
        int calls = calls(message.path("tool_calls"), sink);
        GatewayError broken = FinishReasons.error(word, answer.path("error").asText(""));
        if (broken != null) {
            sink.failed(broken);
            return;
        }
        sink.finish(FinishReasons.finish(word, calls));
        JsonNode usage = answer.path("usage");
        if (usage.isObject()) {
            JsonNode tokens = usage.path("tokens");
            sink.usage(new Tokens(
                    count(tokens, "input_tokens"),
                    count(usage, "cached_tokens"),
                    -1,
                    -1,
                    count(tokens, "output_tokens"),
                    -1));
        }
        sink.end();
    }

    private static GatewayError invalid() {
        return GatewayError.of(
                GatewayError.Kind.INVALID_UPSTREAM, "The provider sent an answer that is not in its schema.");
    }

    private static void content(JsonNode message, AnswerSink sink) {
        JsonNode content = message.path("content");
        JsonNode citations = message.path("citations");
        int length = 0;
        int number = 0;
        text(content, sink);
        for (JsonNode part : content) {
            thought(part.path("thinking"), sink);
            text(part.path("text"), sink);
            // Several contents tell their citations apart by number; where there is no number there is one text.
            boolean isText = part.path("text").isTextual();
            for (JsonNode citation : citations) {
                if (isText && citation.path("content_index").asInt(number) == number) {
                    sources(citation, length, sink);
                }
            }
            length += part.path("text").asText("").length();
            number++;
        }
    }

    private static void text(JsonNode text, AnswerSink sink) {
        if (text.isTextual() && !text.asText().isEmpty()) {
            sink.text(text.asText());
        }
    }

    private static void thought(JsonNode thought, AnswerSink sink) {
        if (thought.isTextual() && !thought.asText().isEmpty()) {
            sink.thought(thought.asText());
        }
    }

    private static void sources(JsonNode citation, int before, AnswerSink sink) {
        if (!citation.path("type").asText("TEXT_CONTENT").equals("TEXT_CONTENT")) {
            return;
        }
        long from = count(citation, "start");
        long to = count(citation, "end");
        for (JsonNode source : citation.path("sources")) {
            JsonNode data = source.has("document") ? source.path("document") : source.path("tool_output");
            String url = textOrNull(data.path("url"));
            String title = textOrNull(data.path("title"));
            sink.citation(new Citation(
                    url != null && (url.startsWith("https://") || url.startsWith("http://")) ? url : null,
                    title != null ? title : textOrNull(source.path("id")),
                    textOrNull(data.path("snippet")),
                    from < 0 ? -1 : Math.clamp(before + from, 0, Integer.MAX_VALUE),
                    to < 0 ? -1 : Math.clamp(before + to, 0, Integer.MAX_VALUE)));
        }
    }

    private static int calls(JsonNode calls, AnswerSink sink) {
        int number = 0;
        for (JsonNode call : calls) {
            String id = call.path("id").asText("");
            JsonNode function = call.path("function");
            sink.toolStart(
                    number,
                    id.isEmpty() ? "call_" + number : id,
                    function.path("name").asText(""));
            String arguments = function.path("arguments").asText("");
            if (!arguments.isEmpty()) {
                sink.toolArguments(number, arguments);
            }
            sink.toolEnd(number);
            number++;
        }
        return number;
    }

    private static @Nullable String textOrNull(JsonNode text) {
        return text.isTextual() && !text.asText().isEmpty() ? text.asText() : null;
    }

    private static long count(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isNumber() ? Math.max(0, value.asLong()) : -1;
    }
}
