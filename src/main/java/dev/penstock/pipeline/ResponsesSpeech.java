// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.provider.ProviderReply;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.openai.ChatRequestHead;
import dev.penstock.schema.openai.ChatRequestSplicer;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.sse.SseFramer;
import dev.penstock.translation.Translation;
import dev.penstock.translation.TranslationTable;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OpenAI's responses on both sides: the model's name is replaced, the answer passes through byte for byte. */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
record ResponsesSpeech(ChatRequestHead head, byte[] body, RouteTarget target) implements Speech {

    @Override
    public ApiSchema schema() {
        return ApiSchema.OPENAI_RESPONSES;
    }

    @Override
    public List<Buffer> request() {
        return ChatRequestSplicer.splice(body, head, target.target().model(), false);
    }

    @Override
    public boolean isStream(@Nullable String contentType) {
        return MediaTypes.isEventStream(contentType);
    }

    @Override
    public Framer framer() {
        return new SseFramer();
    }

    @Override
    public EventReader reader(AnswerContext context) {
        return TranslationTable.looking(ApiSchema.OPENAI_RESPONSES);
    }

    @Override
    public boolean hidesUsage() {
        return false;
    }

    @Override
    public Whole answer(byte[] answer, AnswerContext context) {
        Translation.Answer seen = TranslationTable.look(ApiSchema.OPENAI_RESPONSES, answer);
        return new Whole(MediaTypes.wrap(answer), seen.finishReason(), seen.usage(), seen.contentBytes());
    }

    @Override
    public GatewayError error(ProviderReply reply, byte[] errorBody, Instant now) {
        return TranslationTable.errors(ApiSchema.OPENAI_RESPONSES).read(reply.status(), reply.header(), errorBody, now);
    }
}
