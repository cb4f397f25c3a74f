// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.conversation.Conversation;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.anthropic.MessagesRequestHead;
import dev.penstock.schema.anthropic.MessagesRequestReader;
import dev.penstock.schema.openai.ChatRequestHead;
import dev.penstock.schema.openai.ChatRequestReader;
import dev.penstock.translation.TranslationTable;

/**
 * A client's request, read as far as the way to its answer needs: which model, streamed or not, how large. Where the provider
 * speaks the client's schema nothing more is ever read; the rest is, when a translation asks for it.
 */
sealed interface Asked {

    String model();

    boolean stream();

    /** Whether the client wants usage in its stream. */
    boolean includeUsage();

    /** Bytes of the prompt, for answers and estimates that Penstock makes itself. */
    long promptBytes();

    /** The way to a target and back. */
    Speech to(RouteTarget target);

    /**
     * Reads the beginning of everything.
     *
     * @throws GatewayError of kind INVALID_REQUEST
     */
    static Asked read(ApiSchema schema, byte[] body) {
        return switch (schema) {
            case OPENAI_CHAT -> new Chat(ChatRequestReader.read(body), body);
            case OPENAI_COMPLETIONS -> new Plain(schema, ChatRequestReader.readCompletion(body), body);
            case OPENAI_EMBEDDINGS -> new Plain(schema, ChatRequestReader.readEmbeddings(body), body);
            case ANTHROPIC_MESSAGES -> new Messages(MessagesRequestReader.read(body), body);
            case ANTHROPIC_COUNT_TOKENS -> new Count(MessagesRequestReader.readToCount(body), body);
            case OPENAI_RESPONSES ->
                new Responses(
                        TranslationTable.reader(ApiSchema.OPENAI_RESPONSES).read(body), body);
            case GEMINI_GENERATE_CONTENT, BEDROCK_CONVERSE ->
                throw new IllegalArgumentException("no client speaks " + schema);
        };
    }

    /** In OpenAI's chat completions. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
    record Chat(ChatRequestHead head, byte[] body) implements Asked {

        @Override
        public String model() {
            return head.model();
        }

        @Override
        public boolean stream() {
            return head.stream();
        }

        @Override
        public boolean includeUsage() {
            return head.includeUsage();
        }

        @Override
        public long promptBytes() {
            return head.promptBytes();
        }

        @Override
        public Speech to(RouteTarget target) {
            return target.schema() == ApiSchema.OPENAI_CHAT
                    ? new ChatSpeech(ApiSchema.OPENAI_CHAT, head, body, target)
                    : new TranslatedSpeech(
                            ApiSchema.OPENAI_CHAT,
                            TranslationTable.reader(ApiSchema.OPENAI_CHAT).read(body),
                            head.includeUsage(),
                            target);
        }
    }

    /** In a schema of OpenAI's that no other provider has a word for: it passes through or not at all. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
    record Plain(ApiSchema schema, ChatRequestHead head, byte[] body) implements Asked {

        @Override
        public String model() {
            return head.model();
        }

        @Override
        public boolean stream() {
            return head.stream();
        }

        @Override
        public boolean includeUsage() {
            return head.includeUsage();
        }

        @Override
        public long promptBytes() {
            return head.promptBytes();
        }

        @Override
        public Speech to(RouteTarget target) {
            if (!target.schemas().contains(schema)) {
                String what = schema == ApiSchema.OPENAI_EMBEDDINGS ? "embeddings" : "legacy completions";
                throw GatewayError.builder(
                                GatewayError.Kind.INVALID_REQUEST,
                                "The provider of this model does not offer " + what + " here.")
                        .param("model")
                        .hint("Models of providers of type openai or azure do.")
                        .build();
            }
            return new ChatSpeech(schema, head, body, target);
        }
    }

    /** How many tokens there are in Anthropic's messages. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
    record Count(MessagesRequestHead head, byte[] body) implements Asked {

        @Override
        public String model() {
            return head.model();
        }

        @Override
        public boolean stream() {
            return false;
        }

        @Override
        public boolean includeUsage() {
            return false;
        }

        @Override
        public long promptBytes() {
            return head.promptBytes();
        }

        @Override
        public Speech to(RouteTarget target) {
            return new CountSpeech(head, body, target);
        }
    }

    /** In Anthropic's messages. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
    record Messages(MessagesRequestHead head, byte[] body) implements Asked {

        @Override
        public String model() {
            return head.model();
        }

        @Override
        public boolean stream() {
            return head.stream();
        }

        @Override
        public boolean includeUsage() {
            return true;
        }

        @Override
        public long promptBytes() {
            return head.promptBytes();
        }

        @Override
        public Speech to(RouteTarget target) {
            return target.schema() == ApiSchema.ANTHROPIC_MESSAGES && !ForeignSignature.in(body)
                    ? new MessagesSpeech(head, body, target)
                    : new TranslatedSpeech(
                            ApiSchema.ANTHROPIC_MESSAGES,
                            TranslationTable.reader(ApiSchema.ANTHROPIC_MESSAGES)
                                    .read(body),
                            true,
                            target);
        }
    }

    /** In OpenAI's responses. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
    record Responses(Conversation conversation, byte[] body) implements Asked {

        @Override
        public String model() {
            return conversation.model();
        }

        @Override
        public boolean stream() {
            return conversation.stream();
        }

        @Override
        public boolean includeUsage() {
            return true;
        }

        /** Nearly all of a body is prompt; the estimate is for answers that report nothing. */
        @Override
        public long promptBytes() {
            return body.length;
        }

        @Override
        public Speech to(RouteTarget target) {
            return target.schemas().contains(ApiSchema.OPENAI_RESPONSES)
                    ? new ResponsesSpeech(ChatRequestReader.readResponses(body), body, target)
                    : new TranslatedSpeech(ApiSchema.OPENAI_RESPONSES, conversation, true, target);
        }
    }
}
