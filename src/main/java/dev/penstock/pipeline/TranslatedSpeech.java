// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.fetch.Fetching;
import dev.penstock.fetch.ImageFetcher;
import dev.penstock.provider.ProviderReply;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.translation.Translation;
import dev.penstock.translation.TranslationTable;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Client and provider speak different schemas. */
final class TranslatedSpeech implements Speech {

    private final Conversation conversation;
    private final boolean includeUsage;
    private final RouteTarget target;
    private final Translation translation;
    private final Losses losses = new Losses();
    /** Only until it is written: the images may be large. */
    private @Nullable Conversation withImages;

    TranslatedSpeech(ApiSchema client, Conversation conversation, boolean includeUsage, RouteTarget target) {
        this.conversation = conversation;
        this.includeUsage = includeUsage;
        this.target = target;
        this.translation = TranslationTable.between(
                client, target.schema(), target.defaultMaxTokens(), target.dialect(), target.usageInStream());
    }

    @Override
    public ApiSchema schema() {
        return target.schema();
    }

    @Override
    public @Nullable Fetching fetch(ImageFetcher fetcher) {
        return translation.takesOnlyBytes() ? fetcher.fetch(conversation) : null;
    }

    @Override
    public void fetched(Conversation whole) {
        withImages = whole;
    }

    @Override
    public List<Buffer> request() {
        Conversation said = withImages == null ? conversation : withImages;
        withImages = null;
        return List.of(MediaTypes.wrap(translation.request(said, target.target().model(), losses)));
    }

    @Override
    public Set<String> dropped() {
        return losses.fields();
    }

    @Override
    public boolean isStream(@Nullable String contentType) {
        return switch (target.schema()) {
            case BEDROCK_CONVERSE -> MediaTypes.isAwsEventStream(contentType);
            case OLLAMA_CHAT -> MediaTypes.isLines(contentType);
            default -> MediaTypes.isEventStream(contentType);
        };
    }

    @Override
    public Framer framer() {
        return translation.framer();
    }

    @Override
    public EventReader reader(AnswerContext context) {
        return translation.stream(info(context));
    }

    @Override
    public boolean hidesUsage() {
        return false;
    }

    @Override
    public Whole answer(byte[] body, AnswerContext context) {
        Translation.Answer answer = translation.answer(body, info(context));
        return new Whole(MediaTypes.wrap(answer.body()), answer.finishReason(), answer.usage(), answer.contentBytes());
    }

    @Override
    public GatewayError error(ProviderReply reply, byte[] body, Instant now) {
        return translation.error(reply.status(), reply.header(), body, now);
    }

    private AnswerInfo info(AnswerContext context) {
        return new AnswerInfo(
                context.model(), context.exchangeId(), context.at().getEpochSecond(), includeUsage, conversation);
    }
}
