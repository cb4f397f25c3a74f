// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.provider.ProviderReply;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.openai.ChatEventReader;
import dev.penstock.schema.openai.ChatRequestHead;
import dev.penstock.schema.openai.ChatRequestSplicer;
import dev.penstock.schema.openai.ChatResponse;
import dev.penstock.schema.openai.ChatResponseReader;
import dev.penstock.schema.openai.ProviderErrorReader;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.sse.SseFramer;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The same one of OpenAI's schemas on both sides: the request is spliced, the answer passes through byte for byte. */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
record ChatSpeech(ApiSchema schema, ChatRequestHead head, byte[] body, RouteTarget target) implements Speech {

    @Override
    public List<Buffer> request() {
        boolean askForUsage = head.stream() && !head.includeUsage() && target.usageInStream();
        return ChatRequestSplicer.splice(body, head, target.target().model(), askForUsage);
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
        return new ChatEventReader();
    }

    @Override
    public boolean hidesUsage() {
        return !head.includeUsage();
    }

    @Override
    public Whole answer(byte[] answer, AnswerContext context) {
        ChatResponse seen = ChatResponseReader.read(answer);
        GatewayError error = seen.error();
        if (error == null && !seen.object()) {
            error = GatewayError.of(Kind.INVALID_UPSTREAM, "The provider's answer is not a JSON object.");
        }
        if (error != null) {
            throw error;
        }
        return new Whole(MediaTypes.wrap(answer), seen.finishReason(), seen.usage(), seen.contentBytes());
    }

    @Override
    public GatewayError error(ProviderReply reply, byte[] errorBody, Instant now) {
        return ProviderErrorReader.read(reply.status(), reply.contentType(), errorBody, reply.retryAfter(), now);
    }
}
