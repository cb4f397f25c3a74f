// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Prefill;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import org.jspecify.annotations.Nullable;

/**
 * Warm. Writes a conversation as the body of {@code POST /api/chat}. Whether to stream is always said, because Ollama streams when
 * nothing is. Thread-safe.
 *
 * <p>Ollama has no choice among tools: those that may not be called are not shown, of a named one only that one is, and that a call must
 * come is a loss. More than one answer and the probabilities of tokens are one, because no {@code AnswerSink} could tell them.
 */
public final class OllamaRequestWriter implements RequestWriter {

    /** Up to here a number of tokens to think means little, up to the next one a middling effort. */
    private static final long LOW = 1_024;

    private static final long MEDIUM = 8_192;

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        return new Draft(conversation, model, losses).bytes();
    }

    /** Its templates leave a last message of the assistant open (ollama/ollama issue 6778, the maintainers, March 2025). */
    @Override
    public Prefill prefill(String model) {
        return Prefill.CONTINUED;
    }

    /** One request while it is written. */
    private static final class Draft {
        private final Conversation conversation;
        private final Sampling sampling;
        private final String model;
        private final Losses losses;
        private final ObjectNode body = JsonTree.object();

        Draft(Conversation conversation, String model, Losses losses) {
            this.conversation = conversation;
            this.sampling = conversation.sampling();
            this.model = model;
            this.losses = losses;
        }

        byte[] bytes() {
            body.put("model", model);
            body.set("messages", new OllamaMessages(losses).written(conversation.messages()));
            tools();
            format(conversation.format());
            think(conversation.reasoning());
            options();
            body.put("stream", conversation.stream());
            loseTheRest();
            return JsonTree.bytes(body);
        }

        // -------------------------------------------------------------- tools

        private void tools() {
            ToolChoice choice = conversation.toolChoice();
            boolean forced = choice.kind() == ToolChoice.Kind.REQUIRED || choice.kind() == ToolChoice.Kind.NAMED;
            if (forced && conversation.tools().isEmpty()) {
                throw OllamaMessages.invalid("tool_choice", "a tool must be called, but there are no tools");
            }
            if (forced) {
                losses.add("tool_choice");
            }
            if (choice.kind() == ToolChoice.Kind.NONE) {
                return;
            }
            ArrayNode shown = JsonTree.MAPPER.createArrayNode();
            for (int i = 0; i < conversation.tools().size(); i++) {
                Tool tool = conversation.tools().get(i);
                if (choice.name() == null || choice.name().equals(tool.name())) {
                    shown.add(tool(tool, "tools[" + i + "].function"));
                }
            }
            if (!shown.isEmpty()) {
                body.set("tools", shown);
            }
        }

        /** Templates look into the parameters, so a tool without any has an object without properties. */
        private ObjectNode tool(Tool tool, String path) {
            ObjectNode written = JsonTree.object().put("type", "function");
            ObjectNode function = written.putObject("function").put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            if (tool.parameters() != null && tool.parameters().isObject()) {
                function.set("parameters", tool.parameters());
            } else {
                function.putObject("parameters").put("type", "object").putObject("properties");
            }
            if (Boolean.TRUE.equals(tool.strict())) {
                losses.add(path + ".strict");
            }
            return written;
        }

        // -------------------------------------------------------------- structure and thinking

        private void format(@Nullable OutputFormat format) {
            if (format == null) {
                return;
            }
            JsonNode schema = format.schema();
            body.set("format", schema == null ? TextNode.valueOf("json") : schema);
        }

        /**
         * A level for the models that have levels; the others take each of them for yes. Versions differ in whether they know one
         * above high, so none is sent.
         */
        private void think(@Nullable Reasoning asked) {
            if (asked == null) {
                return;
            }
            JsonNode think = think(asked.effort(), asked.budgetTokens(), asked.adaptive());
            if (think != null) {
                body.set("think", think);
            } else if (asked.effort() != null) {
                losses.add("reasoning_effort");
            }
        }

        private static @Nullable JsonNode think(
                @Nullable String effort, @Nullable Long budgetTokens, boolean adaptive) {
            if (effort == null) {
                return budgetTokens != null ? budget(budgetTokens) : adaptive ? BooleanNode.TRUE : null;
            }
            return switch (effort) {
                case "none" -> BooleanNode.FALSE;
                case "minimal", "low" -> TextNode.valueOf("low");
                case "medium" -> TextNode.valueOf("medium");
                case "high", "xhigh", "max" -> TextNode.valueOf("high");
                default -> null;
            };
        }

        private static JsonNode budget(long tokens) {
            if (tokens == 0) {
                return BooleanNode.FALSE;
            }
            if (tokens < 0) {
                return BooleanNode.TRUE;
            }
            return TextNode.valueOf(tokens <= LOW ? "low" : tokens <= MEDIUM ? "medium" : "high");
        }

        // -------------------------------------------------------------- length and chance

        private void options() {
            ObjectNode options = JsonTree.object();
            if (sampling.maxTokens() != null) {
                options.put("num_predict", sampling.maxTokens());
            }
            if (sampling.temperature() != null) {
                options.put("temperature", sampling.temperature());
            }
            if (sampling.topP() != null) {
                options.put("top_p", sampling.topP());
            }
            if (sampling.topK() != null) {
                options.put("top_k", sampling.topK());
            }
            if (sampling.seed() != null) {
                options.put("seed", sampling.seed());
            }
            if (sampling.presencePenalty() != null) {
                options.put("presence_penalty", sampling.presencePenalty());
            }
            if (sampling.frequencyPenalty() != null) {
                options.put("frequency_penalty", sampling.frequencyPenalty());
            }
            stops(options);
            if (!options.isEmpty()) {
                body.set("options", options);
            }
        }

        /** A stop without a character in it would end every answer before its first. */
        private void stops(ObjectNode options) {
            ArrayNode stops = JsonTree.MAPPER.createArrayNode();
            for (String stop : sampling.stop()) {
                if (stop.isEmpty()) {
                    losses.add("stop");
                } else {
                    stops.add(stop);
                }
            }
            if (!stops.isEmpty()) {
                options.set("stop", stops);
            }
        }

        // -------------------------------------------------------------- what has no counterpart

        private void loseTheRest() {
            lose("n", sampling.n() != null && sampling.n() != 1);
            lose("logprobs", Boolean.TRUE.equals(sampling.logprobs()));
            lose("top_logprobs", sampling.topLogprobs() != null && sampling.topLogprobs() != 0);
            lose(
                    "logit_bias",
                    sampling.logitBias() != null && !sampling.logitBias().isEmpty());
            lose(
                    "parallel_tool_calls",
                    Boolean.FALSE.equals(conversation.parallelTools())
                            && !conversation.tools().isEmpty());
            lose("user", conversation.user() != null);
            // Ollama keeps the beginning of a prompt by itself, and where it wants.
            lose("cache_control", conversation.hasCacheMarks());
            conversation.extras().forEach((name, value) -> lose(name, !value.isNull()));
        }

        private void lose(String field, boolean said) {
            if (said) {
                losses.add(field);
            }
        }
    }
}
