// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

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
import dev.penstock.translation.ContinuedAnswer;
import dev.penstock.translation.Translation;
import dev.penstock.translation.continuation.Continuation.Possible;
import dev.penstock.translation.continuation.ContinuedRequest;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at an answer that may be told by several: its events are told in the client's schema by an encoder that outlives it. At the
 * beginning of an answer the request is that of the way itself; later it holds the text that the client has.
 */
final class ContinuedSpeech implements Speech {

    /** What a later attempt must know: the client's request with the target's edits, and what has been said. */
    record Rest(Conversation asked, Possible so) {}

    private final TextContinuation continuation;
    private final RouteTarget target;
    private final Speech own;
    private final Translation translation;
    private final @Nullable Rest rest;
    private final Losses losses = new Losses();
    /** Only until it is written: the images may be large. */
    private @Nullable Conversation withImages;

    /** The answer that begins with this attempt. */
    private @Nullable ContinuedAnswer begun;

    private ContinuedRequest.Way how = ContinuedRequest.Way.ANEW;

    ContinuedSpeech(TextContinuation continuation, RouteTarget target, Speech own, @Nullable Rest rest) {
        this.continuation = continuation;
        this.target = target;
        this.own = own;
        this.translation = continuation.to(target, own.schema());
        this.rest = rest;
    }

    @Override
    public ApiSchema schema() {
        return own.schema();
    }

    @Override
    public @Nullable Fetching fetch(ImageFetcher fetcher) {
        if (rest == null) {
            return own.fetch(fetcher);
        }
        return translation.takesOnlyBytes() ? fetcher.fetch(rest.asked()) : null;
    }

    @Override
    public void fetched(Conversation whole) {
        if (rest == null) {
            own.fetched(whole);
        } else {
            withImages = whole;
        }
    }

    @Override
    public List<Buffer> request() {
        if (rest == null) {
            return own.request();
        }
        Conversation asked = withImages == null ? rest.asked() : withImages;
        withImages = null;
        String model = target.target().model();
        ContinuedRequest continued = ContinuedRequest.of(asked, rest.so(), translation.prefill(model));
        if (continued == null) {
            throw GatewayError.builder(
                            GatewayError.Kind.TRUNCATED, "The provider broke the answer off at the client's limit.")
                    .retry(GatewayError.Retry.NEVER)
                    .build();
        }
        how = continued.way();
        return List.of(MediaTypes.wrap(translation.request(continued.conversation(), model, losses)));
    }

    @Override
    public Set<String> dropped() {
        return rest == null ? own.dropped() : losses.fields();
    }

    @Override
    public boolean isStream(@Nullable String contentType) {
        return own.isStream(contentType);
    }

    @Override
    public Framer framer() {
        return translation.framer();
    }

    @Override
    public EventReader reader(AnswerContext context) {
        if (rest != null) {
            return continuation.readsOn(translation, target, context, how);
        }
        ContinuedAnswer fresh = continuation.fresh(context);
        begun = fresh;
        return fresh.begin(translation, target.target().toString());
    }

    /** Two attempts may race: the answer is the one that was heard. */
    @Override
    public void spoken() {
        if (begun != null) {
            continuation.isHeard(begun);
        }
    }

    @Override
    public boolean hidesUsage() {
        return false;
    }

    /** Only of a provider that gives a whole answer where a stream was asked for, and only at the beginning. */
    @Override
    public Whole answer(byte[] body, AnswerContext context) {
        return own.answer(body, context);
    }

    @Override
    public GatewayError error(ProviderReply reply, byte[] body, Instant now) {
        return own.error(reply, body, now);
    }
}
