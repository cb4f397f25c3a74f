// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole answer of Converse and tells it as {@link ConverseStreamDecoder} tells a stream of it. Tools that the provider runs
 * itself ({@code server_tool_use}, and the results beside them) are not told: the client has nothing to do for them. Thread-safe.
 */
public final class ConverseAnswerDecoder implements AnswerDecoder {

    private static final String SERVER_TOOL = "server_tool_use";

    @Override
    public void decode(byte[] body, AnswerSink sink) {
        JsonNode answer = tree(body);
        JsonNode content = answer.path("output").path("message").path("content");
        if (!content.isArray() || !answer.path("stopReason").isTextual()) {
            ConverseErrors.Said said = ConverseErrors.said(body, 0, body.length);
            if (said.nothing()) {
                throw invalid();
            }
            sink.failed(ConverseErrors.of(null, 0, said, null));
            return;
        }
        sink.start("", "");
        int calls = 0;
        for (JsonNode block : content) {
            calls += block(block, calls, sink);
        }
        String word = answer.path("stopReason").asText();
        GatewayError malformed = StopReasons.error(word);
        if (malformed != null) {
            sink.failed(malformed);
            return;
        }
        String stopSequence =
                textOrNull(answer.path("additionalModelResponseFields").path("stop_sequence"));
        sink.finish(StopReasons.finish(word, stopSequence, calls));
        if (answer.path("usage").isObject()) {
            sink.usage(tokens(answer.path("usage")));
        }
        sink.end();
    }

    private static JsonNode tree(byte[] body) {
        try {
            return JsonTree.MAPPER.readTree(body);
        } catch (IOException e) {
            throw invalid();
        }
    }

    private static GatewayError invalid() {
        return GatewayError.of(
                GatewayError.Kind.INVALID_UPSTREAM, "The provider sent an answer that is not in its schema.");
    }

    /** Returns the number of calls that it told of. */
    private static int block(JsonNode block, int call, AnswerSink sink) {
        text(block.path("text"), sink);
        JsonNode reasoning = block.path("reasoningContent");
        if (reasoning.isObject()) {
            reasoning(reasoning, sink);
        }
        JsonNode cited = block.path("citationsContent");
        if (cited.isObject()) {
            cited.path("content").forEach(piece -> text(piece.path("text"), sink));
            cited.path("citations").forEach(citation -> sink.citation(citation(citation)));
        }
        JsonNode use = block.path("toolUse");
        if (!use.isObject() || use.path("type").asText().equals(SERVER_TOOL)) {
            return 0;
        }
        String name = use.path("name").asText();
        JsonNode input = use.path("input");
        String arguments = input.isObject() && !input.isEmpty() ? input.toString() : "";
        if (name.equals(ConverseTools.ANSWER)) {
            sink.text(arguments.isEmpty() ? "{}" : arguments);
            return 0;
        }
        sink.toolStart(call, use.path("toolUseId").asText(), name);
        if (!arguments.isEmpty()) {
            sink.toolArguments(call, arguments);
        }
        sink.toolEnd(call);
        return 1;
    }

    private static void text(JsonNode text, AnswerSink sink) {
        if (text.isTextual() && !text.asText().isEmpty()) {
            sink.text(text.asText());
        }
    }

    private static void reasoning(JsonNode reasoning, AnswerSink sink) {
        JsonNode thought = reasoning.path("reasoningText");
        if (!thought.path("text").asText().isEmpty()) {
            sink.thought(thought.path("text").asText());
        }
        String signature = thought.path("signature").asText();
        if (!signature.isEmpty()) {
            sink.thoughtCarrier(new Carrier(ApiSchema.BEDROCK_CONVERSE, "signature", signature, null));
        }
        String redacted = reasoning.path("redactedContent").asText();
        if (!redacted.isEmpty()) {
            sink.thoughtCarrier(new Carrier(ApiSchema.BEDROCK_CONVERSE, "redacted", redacted, null));
        }
    }

    /** Its place is a place in the source, not in the answer, so that is unknown. */
    private static Citation citation(JsonNode citation) {
        StringBuilder quote = new StringBuilder();
        citation.path("sourceContent")
                .forEach(piece -> quote.append(piece.path("text").asText()));
        String url = textOrNull(citation.path("location").path("web").path("url"));
        if (url == null) {
            String source = citation.path("source").asText();
            url = source.startsWith("https://") || source.startsWith("http://") ? source : null;
        }
        return new Citation(url, textOrNull(citation.path("title")), quote.isEmpty() ? null : quote.toString(), -1, -1);
    }

    private static @Nullable String textOrNull(JsonNode text) {
        return text.isTextual() && !text.asText().isEmpty() ? text.asText() : null;
    }

    private static Tokens tokens(JsonNode usage) {
        UsageTally tally = new UsageTally();
        tally.input = count(usage, "inputTokens");
        tally.output = count(usage, "outputTokens");
        tally.cacheRead = count(usage, "cacheReadInputTokens");
        tally.cacheWrite = count(usage, "cacheWriteInputTokens");
        for (JsonNode detail : usage.path("cacheDetails")) {
            if (detail.path("ttl").asText().equals("1h")) {
                tally.addHour(count(detail, "inputTokens"));
            }
        }
        return tally.tokens();
    }

    private static long count(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isNumber() ? Math.max(0, value.asLong()) : -1;
    }
}
