// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a conversation as the body of {@code POST /v2/chat}. Log probabilities are not asked for, because no other schema can tell
 * them. Numbers outside of what Cohere takes become the nearest that it does, and are named as losses. Thread-safe.
 *
 * <p>Source: the reference of {@code /v2/chat} for names, ranges and what excludes what.
 */
public final class CohereRequestWriter implements RequestWriter {

    private static final int MOST_STOPS = 5;
    private static final double LEAST_P = 0.01;
    private static final double MOST_P = 0.99;
    private static final long MOST_K = 500;

    /** Cohere's own fields, which mean nothing anywhere else: who sends them wants them here. */
    private static final String DOCUMENTS = "documents";

    private static final Set<String> OWN_FIELDS = Set.of(DOCUMENTS, "citation_options", "safety_mode");

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        return new Draft(conversation, losses).bytes(model);
    }

    /** One request while it is written. */
    private static final class Draft {
        private final Conversation conversation;
        private final Sampling sampling;
        private final Losses losses;
        private final ObjectNode body = JsonTree.object();

        Draft(Conversation conversation, Losses losses) {
            this.conversation = conversation;
            this.sampling = conversation.sampling();
            this.losses = losses;
        }

        byte[] bytes(String model) {
            body.put("model", model);
            body.set("messages", new CohereMessages(losses).write(conversation.messages()));
            new CohereTools(conversation, losses).write(body);
            format(conversation.format());
            length();
            chance();
            new CohereThinking(model, losses).write(conversation.reasoning(), sampling.maxTokens(), body);
            extras();
            loseTheRest();
            if (conversation.stream()) {
                body.put("stream", true);
            }
            return JsonTree.bytes(body);
        }

        /** Name, description and strictness have no place: a schema is always enforced. Beside tools and documents none is taken. */
        private void format(@Nullable OutputFormat format) {
            if (format == null) {
                return;
            }
            if (body.has("tools") || conversation.extras().containsKey(DOCUMENTS)) {
                losses.add("response_format");
                return;
            }
            ObjectNode out = body.putObject("response_format").put("type", "json_object");
            if (format.schema() != null) {
                out.set("json_schema", format.schema());
            }
        }

        // -------------------------------------------------------------- length and chance

        private void length() {
            if (sampling.maxTokens() != null) {
                body.put("max_tokens", sampling.maxTokens());
            }
            var stops = JsonTree.MAPPER.createArrayNode();
            for (String stop : sampling.stop()) {
                if (stop.isEmpty() || stops.size() == MOST_STOPS) {
                    losses.add("stop");
                } else {
                    stops.add(stop);
                }
            }
            if (!stops.isEmpty()) {
                body.set("stop_sequences", stops);
            }
        }

        private void chance() {
            Double temperature = sampling.temperature();
            if (temperature != null) {
                number("temperature", "temperature", temperature, 0, Double.MAX_VALUE);
            }
            Double topP = sampling.topP();
            if (topP != null && topP < 0) {
                // What some clients send for "not set".
                losses.add("top_p");
            } else if (topP != null) {
                number("p", "top_p", topP, LEAST_P, MOST_P);
            }
            Long topK = sampling.topK();
            if (topK != null) {
                lose("top_k", topK < 0 || topK > MOST_K);
                body.put("k", Math.clamp(topK, 0, MOST_K));
            }
            Long seed = sampling.seed();
            if (seed != null && seed >= 0) {
                body.put("seed", seed);
            } else {
                lose("seed", seed != null);
            }
            penalty("frequency_penalty", sampling.frequencyPenalty());
            penalty("presence_penalty", sampling.presencePenalty());
        }

        /** Zero is the default, and some models take only one of the two. */
        private void penalty(String name, @Nullable Double value) {
            if (value != null && value != 0) {
                number(name, name, value, 0, 1);
            }
        }

        private void number(String name, String clientsName, double value, double least, double most) {
            double taken = Math.clamp(value, least, most);
            lose(clientsName, taken != value);
            body.put(name, taken);
        }

        // -------------------------------------------------------------- the rest

        private void extras() {
            for (Map.Entry<String, JsonNode> extra : conversation.extras().entrySet()) {
                if (OWN_FIELDS.contains(extra.getKey())) {
                    body.set(extra.getKey(), extra.getValue());
                } else {
                    losses.add(extra.getKey());
                }
            }
        }

        private void loseTheRest() {
            JsonNode bias = sampling.logitBias();
            lose("n", sampling.n() != null && sampling.n() != 1);
            lose("logprobs", Boolean.TRUE.equals(sampling.logprobs()));
            lose("top_logprobs", sampling.topLogprobs() != null && sampling.topLogprobs() != 0);
            lose("logit_bias", bias != null && !bias.isEmpty());
            lose("user", conversation.user() != null && !conversation.user().isEmpty());
        }

        private void lose(String field, boolean said) {
            if (said) {
                losses.add(field);
            }
        }
    }
}
