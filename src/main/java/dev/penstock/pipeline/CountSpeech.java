// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Usage;
import dev.penstock.provider.ProviderReply;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.anthropic.MessagesEventReader;
import dev.penstock.schema.anthropic.MessagesRequestHead;
import dev.penstock.schema.anthropic.MessagesRequestReader;
import dev.penstock.schema.openai.ChatResponse;
import dev.penstock.schema.openai.ChatResponseReader;
import dev.penstock.schema.openai.TokenEstimate;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.sse.SseFramer;
import dev.penstock.translation.TranslationTable;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many tokens a request has: asked of a provider that counts, estimated for all others. Counting costs nothing. */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
record CountSpeech(MessagesRequestHead head, byte[] body, RouteTarget target) implements Speech {

    private static final Usage FREE = Usage.reported(0, 0, 0, 0);

    @Override
    public ApiSchema schema() {
        return ApiSchema.ANTHROPIC_COUNT_TOKENS;
    }

    @Override
    public @Nullable Whole ownAnswer() {
        if (target.schemas().contains(schema())) {
            return null;
        }
        String counted = "{\"input_tokens\":" + TokenEstimate.tokens(head.promptBytes()) + "}";
        return new Whole(MediaTypes.wrap(counted.getBytes(StandardCharsets.US_ASCII)), null, FREE, 0);
    }

    @Override
    public List<Buffer> request() {
        return MessagesRequestReader.splice(body, head, target.target().model());
    }

    @Override
    public boolean isStream(@Nullable String contentType) {
        return false;
    }

    @Override
    public Framer framer() {
        return new SseFramer();
    }

    @Override
    public EventReader reader(AnswerContext context) {
        return new MessagesEventReader();
    }

    @Override
    public boolean hidesUsage() {
        return false;
    }

    @Override
    public Whole answer(byte[] answer, AnswerContext context) {
        ChatResponse seen = ChatResponseReader.read(answer);
        if (!seen.object() || seen.error() != null) {
            throw GatewayError.of(Kind.INVALID_UPSTREAM, "The provider's count of tokens is not a JSON object.");
        }
        return new Whole(MediaTypes.wrap(answer), null, FREE, 0);
    }

    @Override
    public GatewayError error(ProviderReply reply, byte[] errorBody, Instant now) {
        return TranslationTable.errors(ApiSchema.ANTHROPIC_MESSAGES)
                .read(reply.status(), reply.header(), errorBody, now);
    }
}
