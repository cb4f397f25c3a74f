// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.ErrorReader;
import dev.penstock.conversation.Nobody;
import dev.penstock.conversation.RequestReader;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.schema.bedrock.EventStreamFramer;
import dev.penstock.schema.openai.ChatEventReader;
import dev.penstock.schema.openai.ProviderErrorReader;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.LineFramer;
import dev.penstock.sse.SseFramer;
import dev.penstock.translation.Translation.ClientSide;
import dev.penstock.translation.Translation.ProviderSide;
import dev.penstock.translation.chat.ChatAnswerDecoder;
import dev.penstock.translation.chat.ChatAnswerEncoder;
import dev.penstock.translation.chat.ChatConversationReader;
import dev.penstock.translation.chat.ChatRequestWriter;
import dev.penstock.translation.chat.ChatStreamDecoder;
import dev.penstock.translation.chat.ChatStreamEncoder;
import dev.penstock.translation.cohere.CohereAnswerDecoder;
import dev.penstock.translation.cohere.CohereErrorReader;
import dev.penstock.translation.cohere.CohereRequestWriter;
import dev.penstock.translation.cohere.CohereStreamDecoder;
import dev.penstock.translation.converse.ConverseAnswerDecoder;
import dev.penstock.translation.converse.ConverseErrorReader;
import dev.penstock.translation.converse.ConverseRequestWriter;
import dev.penstock.translation.converse.ConverseStreamDecoder;
import dev.penstock.translation.ending.ChatEnding;
import dev.penstock.translation.ending.MessagesEnding;
import dev.penstock.translation.ending.ResponsesEnding;
import dev.penstock.translation.ending.SaidSoFar;
import dev.penstock.translation.gemini.GeminiAnswerDecoder;
import dev.penstock.translation.gemini.GeminiErrorReader;
import dev.penstock.translation.gemini.GeminiRequestWriter;
import dev.penstock.translation.gemini.GeminiStreamDecoder;
import dev.penstock.translation.messages.MessagesAnswerDecoder;
import dev.penstock.translation.messages.MessagesAnswerEncoder;
import dev.penstock.translation.messages.MessagesConversationReader;
import dev.penstock.translation.messages.MessagesErrorReader;
import dev.penstock.translation.messages.MessagesRequestWriter;
import dev.penstock.translation.messages.MessagesStreamDecoder;
import dev.penstock.translation.messages.MessagesStreamEncoder;
import dev.penstock.translation.ollama.OllamaAnswerDecoder;
import dev.penstock.translation.ollama.OllamaErrorReader;
import dev.penstock.translation.ollama.OllamaRequestWriter;
import dev.penstock.translation.ollama.OllamaStreamDecoder;
import dev.penstock.translation.responses.ResponsesAnswerDecoder;
import dev.penstock.translation.responses.ResponsesAnswerEncoder;
import dev.penstock.translation.responses.ResponsesConversationReader;
import dev.penstock.translation.responses.ResponsesRequestWriter;
import dev.penstock.translation.responses.ResponsesStreamDecoder;
import dev.penstock.translation.responses.ResponsesStreamEncoder;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which schemas a client may speak, which a provider may, and the way between any two of them. Immutable. */
public final class TranslationTable {

    private static final ErrorReader CHAT_ERRORS = (status, header, body, now) ->
            ProviderErrorReader.read(status, header.apply("content-type"), body, header.apply("retry-after"), now);

    private static final AnswerDecoder MESSAGES_ANSWERS = new MessagesAnswerDecoder();
    private static final ErrorReader MESSAGES_ERRORS = new MessagesErrorReader();

    private static final Map<ApiSchema, RequestReader> READERS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_CHAT, new ChatConversationReader(),
            ApiSchema.ANTHROPIC_MESSAGES, new MessagesConversationReader(),
            ApiSchema.OPENAI_RESPONSES, new ResponsesConversationReader()));

    private static final Map<ApiSchema, ClientSide> CLIENTS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_CHAT, new ClientSide(ChatStreamEncoder::new, ChatAnswerEncoder::new),
            ApiSchema.ANTHROPIC_MESSAGES, new ClientSide(MessagesStreamEncoder::new, MessagesAnswerEncoder::new),
            ApiSchema.OPENAI_RESPONSES, new ClientSide(ResponsesStreamEncoder::new, ResponsesAnswerEncoder::new)));

    private static final Map<ApiSchema, ProviderSide> PROVIDERS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_CHAT,
            chat(ChatDialect.UNKNOWN, true),
            ApiSchema.OPENAI_RESPONSES,
            new ProviderSide(
                    new ResponsesRequestWriter(),
                    SseFramer::new,
                    ResponsesStreamDecoder::new,
                    new ResponsesAnswerDecoder(),
                    CHAT_ERRORS),
            ApiSchema.GEMINI_GENERATE_CONTENT,
            new ProviderSide(
                    new GeminiRequestWriter(),
                    SseFramer::new,
                    GeminiStreamDecoder::new,
                    new GeminiAnswerDecoder(),
                    new GeminiErrorReader()),
            ApiSchema.BEDROCK_CONVERSE,
            new ProviderSide(
                    new ConverseRequestWriter(),
                    EventStreamFramer::new,
                    ConverseStreamDecoder::new,
                    new ConverseAnswerDecoder(),
                    new ConverseErrorReader(),
                    true),
            ApiSchema.OLLAMA_CHAT,
            new ProviderSide(
                    new OllamaRequestWriter(),
                    LineFramer::new,
                    OllamaStreamDecoder::new,
                    new OllamaAnswerDecoder(),
                    new OllamaErrorReader(),
                    true),
            ApiSchema.COHERE_CHAT,
            new ProviderSide(
                    new CohereRequestWriter(),
                    SseFramer::new,
                    CohereStreamDecoder::new,
                    new CohereAnswerDecoder(),
                    new CohereErrorReader())));

    private TranslationTable() {}

    /** Reads what a client sent in its schema. */
    public static RequestReader reader(ApiSchema client) {
        RequestReader reader = READERS.get(client);
        if (reader == null) {
            throw new IllegalArgumentException("no client speaks " + client);
        }
        return reader;
    }

    /**
     * The way between two schemas.
     *
     * @param defaultMaxTokens most tokens of an answer where the client sets no limit and the provider's schema requires one
     */
    public static Translation between(ApiSchema client, ApiSchema provider, int defaultMaxTokens) {
        ClientSide from = CLIENTS.get(client);
        if (from == null) {
            throw new IllegalArgumentException("no client speaks " + client);
        }
        return new Translation(from, side(provider, defaultMaxTokens));
    }

    /**
     * The way to a provider of which more is known than its schema.
     *
     * @param dialect how it deviates, where its schema is OpenAI's chat
     * @param usageInStream whether it may be asked for usage in a stream, where the schema lets one choose
     */
    public static Translation between(
            ApiSchema client, ApiSchema provider, int defaultMaxTokens, ChatDialect dialect, boolean usageInStream) {
        ClientSide from = CLIENTS.get(client);
        return from == null || provider != ApiSchema.OPENAI_CHAT
                ? between(client, provider, defaultMaxTokens)
                : new Translation(from, chat(dialect, usageInStream));
    }

    /** An answer that may be told by several providers, one after the other, for a client of this schema. */
    public static ContinuedAnswer continued(ApiSchema client, AnswerInfo info) {
        ClientSide to = CLIENTS.get(client);
        if (to == null) {
            throw new IllegalArgumentException("no client speaks " + client);
        }
        return new ContinuedAnswer(to.stream().apply(info));
    }

    /** What an error response of a provider means. */
    public static ErrorReader errors(ApiSchema provider) {
        return side(provider, 0).error();
    }

    /**
     * Looks at a whole answer that is passed on as it came.
     *
     * @return finish reason, usage and size; the body is the one given
     * @throws GatewayError the error that stands in the place of an answer, or INVALID_UPSTREAM
     */
    public static Translation.Answer look(ApiSchema provider, byte[] body) {
        AnswerDecoder decoder = side(provider, 0).answer();
        AnswerTap tap = new AnswerTap(Nobody.LISTENS);
        decoder.decode(body, tap);
        GatewayError error = tap.error();
        if (error != null) {
            throw error;
        }
        if (!tap.ended()) {
            throw GatewayError.of(Kind.TRUNCATED, "The provider's answer is not complete.");
        }
        return new Translation.Answer(body, tap.finishReason(), tap.usage(), tap.contentBytes());
    }

    /** Looks at a stream that is passed on as it came. */
    public static EventReader looking(ApiSchema provider) {
        return new LookingReader(side(provider, 0).stream().get());
    }

    /**
     * Looks at a stream that is passed on as it came and may have to end before its provider ends it.
     *
     * @param plain reads such a stream, and has not begun
     * @param tellsUsage whether a client that could choose wants to be told what the answer took
     */
    public static EventReader ending(ApiSchema schema, EventReader plain, boolean tellsUsage) {
        if (plain instanceof ChatEventReader chat) {
            return new ChatEnding(chat, tellsUsage);
        }
        if (schema == ApiSchema.ANTHROPIC_MESSAGES) {
            return new MessagesEnding(plain);
        }
        if (schema == ApiSchema.OPENAI_RESPONSES) {
            SaidSoFar said = new SaidSoFar();
            ResponsesStreamDecoder decoder = new ResponsesStreamDecoder();
            return new ResponsesEnding(new LookingReader(decoder, said), said, decoder::nextNumber);
        }
        return plain;
    }

    private static ProviderSide side(ApiSchema provider, int defaultMaxTokens) {
        if (provider == ApiSchema.ANTHROPIC_MESSAGES) {
            return messages(defaultMaxTokens);
        }
        @Nullable ProviderSide side = PROVIDERS.get(provider);
        if (side == null) {
            throw new IllegalArgumentException("no provider speaks " + provider);
        }
        return side;
    }

    private static ProviderSide chat(ChatDialect dialect, boolean usageInStream) {
        return new ProviderSide(
                new ChatRequestWriter(dialect, usageInStream),
                SseFramer::new,
                () -> new ChatStreamDecoder(dialect),
                new ChatAnswerDecoder(dialect),
                CHAT_ERRORS);
    }

    /** The one schema in which a request must have a limit. */
    private static ProviderSide messages(int defaultMaxTokens) {
        return new ProviderSide(
                new MessagesRequestWriter(defaultMaxTokens),
                SseFramer::new,
                MessagesStreamDecoder::new,
                MESSAGES_ANSWERS,
                MESSAGES_ERRORS);
    }
}
