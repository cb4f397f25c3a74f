// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.conversation.Conversation;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.anthropic.MessagesRequestHead;
import dev.penstock.schema.anthropic.MessagesRequestReader;
import dev.penstock.schema.openai.ChatRequestHead;
import dev.penstock.schema.openai.ChatRequestReader;
import dev.penstock.schema.openai.TokenEstimate;
import dev.penstock.streaming.StreamResult;
import dev.penstock.translation.TranslationTable;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * A client's request, read as far as the way to its answer needs. Where the provider speaks the client's schema nothing more is
 * ever read; the rest is, when a translation asks for it.
 *
 * @param model as the client named it
 * @param stream whether the answer is wanted event by event
 * @param promptBytes size of the prompt, for answers and estimates that Penstock makes itself
 * @param maxTokens most tokens that the client wants in the answer; 0 where it sets no limit
 * @param way to a target and back
 */
record Asked(String model, boolean stream, long promptBytes, long maxTokens, Function<RouteTarget, Speech> way) {

    private static final int MAX_LISTED = 300;

    /**
     * Reads the beginning of everything.
     *
     * @throws GatewayError of kind INVALID_REQUEST
     */
    static Asked read(ApiSchema schema, byte[] body) {
        return switch (schema) {
            case OPENAI_CHAT -> chat(ChatRequestReader.read(body), body);
            case OPENAI_COMPLETIONS -> untranslated(schema, ChatRequestReader.readCompletion(body), body);
            case OPENAI_EMBEDDINGS -> untranslated(schema, ChatRequestReader.readEmbeddings(body), body);
            case OPENAI_RESPONSES -> responses(body);
            case ANTHROPIC_MESSAGES -> messages(MessagesRequestReader.read(body), body);
            case ANTHROPIC_COUNT_TOKENS -> count(MessagesRequestReader.readToCount(body), body);
            case GEMINI_GENERATE_CONTENT, BEDROCK_CONVERSE, OLLAMA_CHAT, COHERE_CHAT ->
                throw new IllegalArgumentException("no client speaks " + schema);
        };
    }

    /**
     * The way to a target and back.
     *
     * @throws GatewayError of kind INVALID_REQUEST when there is none
     */
    Speech to(RouteTarget target) {
        return way.apply(target);
    }

    private static Asked chat(ChatRequestHead head, byte[] body) {
        return openAi(
                head,
                target -> target.schema() == ApiSchema.OPENAI_CHAT
                        ? new ChatSpeech(ApiSchema.OPENAI_CHAT, head, body, target)
                        : translated(ApiSchema.OPENAI_CHAT, body, head.includeUsage(), target));
    }

    /** In a schema of OpenAI's that no other provider has a word for: it passes through or not at all. */
    private static Asked untranslated(ApiSchema schema, ChatRequestHead head, byte[] body) {
        return openAi(head, target -> {
            if (!target.schemas().contains(schema)) {
                throw notOffered(schema);
            }
            return new ChatSpeech(schema, head, body, target);
        });
    }

    private static Asked openAi(ChatRequestHead head, Function<RouteTarget, Speech> way) {
        return new Asked(
                head.model(),
                head.stream(),
                head.promptBytes(),
                head.maxTokens().orElse(0),
                way);
    }

    private static GatewayError notOffered(ApiSchema schema) {
        String what = schema == ApiSchema.OPENAI_EMBEDDINGS ? "embeddings" : "legacy completions";
        return GatewayError.builder(
                        GatewayError.Kind.INVALID_REQUEST,
                        "The provider of this model does not offer " + what + " here.")
                .param("model")
                .hint("Models of providers of type openai or azure do.")
                .build();
    }

    /** The refusal of a request that the target cannot be told in full. */
    static GatewayError unsupported(Set<String> names) {
        String listed = String.join(", ", names);
        return GatewayError.builder(
                        GatewayError.Kind.INVALID_REQUEST,
                        "The provider of this model has no counterpart for: "
                                + (listed.length() > MAX_LISTED ? listed.substring(0, MAX_LISTED) + "…" : listed) + ".")
                .param(names.iterator().next())
                .code("unsupported_parameter")
                .hint("Leave it out, or set unsupported_params: warn for this model.")
                .build();
    }

    /** What the answer took: as it was told, or estimated where nobody tells. */
    Usage usage(StreamResult seen) {
        if (seen.usage() != null) {
            return seen.usage();
        }
        return seen.failure() != null && seen.contentBytes() == 0
                ? Usage.NONE
                : Usage.estimated(TokenEstimate.tokens(promptBytes), TokenEstimate.tokens(seen.contentBytes()));
    }

    /** What an answer took that nobody has heard: its prompt, as far as one can tell. */
    Usage promptUsage() {
        return Usage.estimated(TokenEstimate.tokens(promptBytes), 0);
    }

    /**
     * The whole is read in any case, because some of what the schema offers is refused wherever it would go. Nearly all of a body is
     * prompt; the estimate is for answers that report nothing.
     */
    private static Asked responses(byte[] body) {
        Conversation whole = TranslationTable.reader(ApiSchema.OPENAI_RESPONSES).read(body);
        return new Asked(
                whole.model(),
                whole.stream(),
                body.length,
                Objects.requireNonNullElse(whole.sampling().maxTokens(), 0L),
                target -> target.schemas().contains(ApiSchema.OPENAI_RESPONSES)
                        ? new ResponsesSpeech(ChatRequestReader.readResponses(body), body, target)
                        : new TranslatedSpeech(ApiSchema.OPENAI_RESPONSES, whole, true, target));
    }

    private static Asked messages(MessagesRequestHead head, byte[] body) {
        return anthropic(
                head,
                target -> target.schema() == ApiSchema.ANTHROPIC_MESSAGES && !ForeignSignature.in(body)
                        ? new MessagesSpeech(head, body, target)
                        : translated(ApiSchema.ANTHROPIC_MESSAGES, body, true, target));
    }

    private static Asked count(MessagesRequestHead head, byte[] body) {
        return anthropic(head, target -> new CountSpeech(head, body, target));
    }

    private static Asked anthropic(MessagesRequestHead head, Function<RouteTarget, Speech> way) {
        return new Asked(head.model(), head.stream(), head.promptBytes(), head.maxTokens(), way);
    }

    private static Speech translated(ApiSchema client, byte[] body, boolean includeUsage, RouteTarget target) {
        return new TranslatedSpeech(client, TranslationTable.reader(client).read(body), includeUsage, target);
    }
}
