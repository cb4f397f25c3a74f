// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Prefill;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.ToolChoice;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a conversation as the body of {@code /model/{id}/converse} or {@code /converse-stream}; the two differ in their path only.
 * The model is not in the body, but decides what may stand there: {@link ConverseModel}. Thread-safe.
 *
 * <p>Source: {@code ConverseRequest} in the service model of {@code bedrock-runtime}; for the fields of Claude below
 * {@code additionalModelRequestFields} the reference of Anthropic's Messages.
 */
public final class ConverseRequestWriter implements RequestWriter {

    private static final Set<String> SERVICE_TIERS = Set.of("default", "flex", "priority", "reserved");
    private static final int MAX_USER = 256;

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        return new Draft(conversation, ConverseModel.of(model), losses).bytes();
    }

    @Override
    public Prefill prefill(String model) {
        return ConverseModel.of(model).takesPrefill() ? Prefill.CONTINUED : Prefill.UNKNOWN;
    }

    /** One request while it is written. */
    private static final class Draft {
        private final Conversation conversation;
        private final Sampling sampling;
        private final ConverseModel model;
        private final Losses losses;
        private final ObjectNode body = JsonTree.object();
        private final ObjectNode additional = JsonTree.object();

        Draft(Conversation conversation, ConverseModel model, Losses losses) {
            this.conversation = conversation;
            this.sampling = conversation.sampling();
            this.model = model;
            this.losses = losses;
        }

        byte[] bytes() {
            ConverseMessages messages = new ConverseMessages(model, losses);
            messages.add(conversation.messages());
            ArrayNode system = messages.system();
            if (!system.isEmpty()) {
                body.set("system", system);
            }
            body.set("messages", messages.turns());
            ConverseTools tools = new ConverseTools(conversation, model, losses, answerTool());
            ObjectNode toolConfig = tools.config(messages, additional);
            if (toolConfig != null) {
                body.set("toolConfig", toolConfig);
            }
            boolean thinking = new ConverseThinking(model, losses)
                    .write(conversation.reasoning(), sampling.maxTokens(), tools.forced(), additional);
            inferenceConfig(thinking);
            if (!additional.isEmpty()) {
                body.set("additionalModelRequestFields", additional);
            }
            serviceTier();
            user();
            loseTheRest();
            return JsonTree.bytes(body);
        }

        // -------------------------------------------------------------- structure

        /** Writes the structure where the target has a place for it; returns it when a tool must stand in for that. */
        private @Nullable OutputFormat answerTool() {
            OutputFormat format = conversation.format();
            if (format == null) {
                return null;
            }
            JsonNode schema = format.schema();
            ToolChoice.Kind choice = conversation.toolChoice().kind();
            boolean toolMustCome = choice == ToolChoice.Kind.REQUIRED || choice == ToolChoice.Kind.NAMED;
            if (schema == null || (toolMustCome && !model.takesOutputConfig())) {
                losses.add("response_format");
                return null;
            }
            if (!model.takesOutputConfig()) {
                return format;
            }
            ObjectNode text = body.putObject("outputConfig").putObject("textFormat");
            text.put("type", "json_schema");
            ObjectNode definition = text.putObject("structure").putObject("jsonSchema");
            definition.put("schema", schema.toString());
            if (format.name() != null && !format.name().isEmpty()) {
                definition.put("name", format.name());
            }
            if (format.description() != null && !format.description().isEmpty()) {
                definition.put("description", format.description());
            }
            return null;
        }

        // -------------------------------------------------------------- length and chance

        private void inferenceConfig(boolean thinking) {
            ObjectNode config = JsonTree.object();
            if (sampling.maxTokens() != null) {
                config.put("maxTokens", sampling.maxTokens());
            }
            temperature(config, thinking);
            topP(config, thinking);
            stopSequences(config);
            if (!config.isEmpty()) {
                body.set("inferenceConfig", config);
            }
            topK(thinking);
        }

        /** Converse knows 0 to 1 for every model; a thinking Claude knows only 1. */
        private void temperature(ObjectNode config, boolean thinking) {
            Double temperature = sampling.temperature();
            if (temperature == null) {
                return;
            }
            if (thinking && temperature != 1) {
                losses.add("temperature");
                return;
            }
            if (temperature > 1) {
                losses.add("temperature");
            }
            config.put("temperature", Math.min(1, temperature));
        }

        private void topP(ObjectNode config, boolean thinking) {
            Double topP = sampling.topP();
            if (topP == null) {
                return;
            }
            boolean refused = topP < 0
                    || topP > 1
                    || (thinking && topP < 0.95)
                    || (config.has("temperature") && model.takesOneOfTemperatureAndTopP());
            if (refused) {
                losses.add("top_p");
            } else {
                config.put("topP", topP);
            }
        }

        private void stopSequences(ObjectNode config) {
            ArrayNode stops = JsonTree.MAPPER.createArrayNode();
            for (String stop : sampling.stop()) {
                if (stop.isEmpty() || (model.isClaude() && stop.isBlank())) {
                    losses.add("stop");
                } else {
                    stops.add(stop);
                }
            }
            if (!stops.isEmpty()) {
                config.set("stopSequences", stops);
                if (model.isClaude()) {
                    // The only way to learn at which of them the model stopped.
                    body.putArray("additionalModelResponseFieldPaths").add("/stop_sequence");
                }
            }
        }

        private void topK(boolean thinking) {
            Long topK = sampling.topK();
            if (topK == null) {
                return;
            }
            if (model.isClaude() && !thinking) {
                additional.put("top_k", topK);
            } else if (model.vendor() == ConverseModel.Vendor.NOVA) {
                additional.putObject("inferenceConfig").put("topK", topK);
            } else {
                losses.add("top_k");
            }
        }

        // -------------------------------------------------------------- the rest

        private void serviceTier() {
            JsonNode tier = conversation.extras().get("service_tier");
            if (tier == null || tier.isNull() || tier.asText().equals("auto")) {
                return;
            }
            String word = tier.asText().toLowerCase(Locale.ROOT);
            if (SERVICE_TIERS.contains(word)) {
                body.putObject("serviceTier").put("type", word);
            } else {
                losses.add("service_tier");
            }
        }

        private void user() {
            String user = conversation.user();
            if (user == null || user.isEmpty()) {
                return;
            }
            if (user.length() <= MAX_USER && user.chars().allMatch(Draft::fitsMetadata)) {
                body.putObject("requestMetadata").put("user", user);
            } else {
                losses.add("user");
            }
        }

        private static boolean fitsMetadata(int c) {
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || " :_@$#=/+,-.".indexOf(c) >= 0;
        }

        private void loseTheRest() {
            lose("n", sampling.n() != null && sampling.n() != 1);
            lose("seed", sampling.seed() != null);
            lose("presence_penalty", sampling.presencePenalty() != null && sampling.presencePenalty() != 0);
            lose("frequency_penalty", sampling.frequencyPenalty() != null && sampling.frequencyPenalty() != 0);
            lose("logprobs", Boolean.TRUE.equals(sampling.logprobs()));
            lose("top_logprobs", sampling.topLogprobs() != null && sampling.topLogprobs() != 0);
            lose(
                    "logit_bias",
                    sampling.logitBias() != null && !sampling.logitBias().isEmpty());
            for (String name : conversation.extras().keySet()) {
                lose(name, !name.equals("service_tier"));
            }
        }

        private void lose(String field, boolean said) {
            if (said) {
                losses.add(field);
            }
        }
    }
}
