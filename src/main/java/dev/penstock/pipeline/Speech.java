// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.conversation.Conversation;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.fetch.Fetching;
import dev.penstock.fetch.ImageFetcher;
import dev.penstock.provider.ProviderReply;
import dev.penstock.sse.EndingReader;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.translation.TranslationTable;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How client and provider understand each other in one attempt: by the same words, which pass through, or by a translation. Made
 * for one attempt.
 */
interface Speech {

    /** In which the provider is called. */
    ApiSchema schema();

    /** What Penstock can answer itself, in place of a provider that cannot; null when the provider is to be called. */
    default @Nullable Whole ownAnswer() {
        return null;
    }

    /**
     * Begins to bring what {@link #request} needs and the client has only pointed to; null when it needs nothing, as nearly always. What
     * arrives is handed back through {@link #fetched}.
     */
    default @Nullable Fetching fetch(ImageFetcher fetcher) {
        return null;
    }

    /** The same conversation, with everything in it. */
    default void fetched(Conversation whole) {}

    /**
     * The provider's request, in pieces.
     *
     * @throws GatewayError of kind INVALID_REQUEST when it can not be said to this provider
     */
    List<Buffer> request();

    /** Names of what was left out of the request because the provider has no word for it; known after {@link #request}. */
    default Set<String> dropped() {
        return Set.of();
    }

    /** Whether a reply of this media type is the stream that was asked for. */
    boolean isStream(@Nullable String contentType);

    Framer framer();

    /** Reads the provider's stream; a translating one speaks the client's as well. */
    EventReader reader(AnswerContext context);

    /** The same for an answer that may have to end before the provider ends it. */
    default EventReader endingReader(AnswerContext context) {
        EventReader reads = reader(context);
        return reads instanceof EndingReader ? reads : TranslationTable.ending(schema(), reads, !hidesUsage());
    }

    /** The client has heard the first of its stream, and now nobody else will be heard in its place. */
    default void spoken() {}

    /** Whether the usage event of the stream is hidden, because only Penstock asked for it. */
    boolean hidesUsage();

    /**
     * A whole answer.
     *
     * @throws GatewayError the error that stands in its place
     */
    Whole answer(byte[] body, AnswerContext context);

    /** What an error reply means. */
    GatewayError error(ProviderReply reply, byte[] body, Instant now);

    /**
     * What an answer needs that no provider says.
     *
     * @param exchangeId id of the exchange
     * @param model the name that the client asked for
     * @param at the answer's time
     */
    record AnswerContext(String exchangeId, String model, Instant at) {}

    /**
     * A whole answer for the client.
     *
     * @param finishReason the provider's word, or null
     * @param usage as reported, or null
     */
    record Whole(
            Buffer body,
            @Nullable String finishReason,
            @Nullable Usage usage,
            long contentBytes) {}
}
