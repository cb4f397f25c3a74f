// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.AnswerEncoder;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.ErrorReader;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Prefill;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.Framer;
import dev.penstock.sse.TranslatingReader;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One direction between two schemas, with the four verbs that each has: {@link #request}, {@link #answer}, {@link #stream},
 * {@link #error}. Thread-safe; what it makes belongs to one exchange.
 */
public final class Translation {

    /**
     * What a provider's schema contributes: it takes requests and gives answers.
     *
     * @param onlyBytes whether it has no word for the address of an image
     */
    record ProviderSide(
            RequestWriter request,
            Supplier<Framer> framer,
            Supplier<StreamDecoder> stream,
            AnswerDecoder answer,
            ErrorReader error,
            boolean onlyBytes) {

        /** Of a provider that follows addresses itself. */
        ProviderSide(
                RequestWriter request,
                Supplier<Framer> framer,
                Supplier<StreamDecoder> stream,
                AnswerDecoder answer,
                ErrorReader error) {
            this(request, framer, stream, answer, error, false);
        }
    }

    /** What a client's schema contributes: it gives requests and takes answers. */
    record ClientSide(Function<AnswerInfo, StreamEncoder> stream, Function<AnswerInfo, AnswerEncoder> answer) {}

    private final ClientSide client;
    private final ProviderSide provider;

    Translation(ClientSide client, ProviderSide provider) {
        this.client = client;
        this.provider = provider;
    }

    /**
     * A whole answer in the client's schema.
     *
     * @param finishReason the provider's word, or null
     * @param usage as reported, or null
     * @param contentBytes of text, reasoning and arguments
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
    public record Answer(
            byte[] body,
            @Nullable String finishReason,
            @Nullable Usage usage,
            long contentBytes) {}

    /** Whether an image that is given by its address must be fetched before there can be a {@link #request}. */
    public boolean takesOnlyBytes() {
        return provider.onlyBytes();
    }

    /**
     * The provider's request.
     *
     * @param losses takes what has no counterpart there
     * @throws GatewayError of kind INVALID_REQUEST when it cannot be said there at all
     */
    public byte[] request(Conversation conversation, String model, Losses losses) {
        return provider.request().write(conversation, model, losses);
    }

    /**
     * A whole answer.
     *
     * @throws GatewayError the error that stands in the place of an answer, or INVALID_UPSTREAM
     */
    public Answer answer(byte[] body, AnswerInfo info) {
        AnswerEncoder encoder = client.answer().apply(info);
        AnswerTap tap = new AnswerTap(encoder);
        provider.answer().decode(body, tap);
        GatewayError error = tap.error();
        if (error != null) {
            throw error;
        }
        if (!tap.ended()) {
            throw GatewayError.of(GatewayError.Kind.TRUNCATED, "The provider's answer is not complete.");
        }
        return new Answer(encoder.body(), tap.finishReason(), tap.usage(), tap.contentBytes());
    }

    /** Reads the provider's stream and speaks the client's. */
    public TranslatingReader stream(AnswerInfo info) {
        return new StreamTranslator(provider.stream().get(), client.stream().apply(info));
    }

    /** Reads the provider's stream, for an answer that may be told by several of them. */
    StreamDecoder decoder() {
        return provider.stream().get();
    }

    /**
     * What the provider makes of a last message of the assistant.
     *
     * @param model the provider's name of the model
     */
    public Prefill prefill(String model) {
        return provider.request().prefill(model);
    }

    /** Cuts the provider's stream into events. */
    public Framer framer() {
        return provider.framer().get();
    }

    /** What an error response of the provider means. */
    public GatewayError error(int status, Function<String, @Nullable String> header, byte[] body, Instant now) {
        return provider.error().read(status, header, body, now);
    }
}
