// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Usage;
import dev.penstock.schema.openai.ChatWriter;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer that Penstock gives itself, in the form of a provider's: as a stream of chunks or as one completion.
 *
 * @param id of the completion
 * @param created seconds since the epoch
 * @param model as the client will see it
 * @param tokens the text in pieces, one chunk each
 * @param finish why it ends there, in the words of the chat API
 * @param usage reported with it
 */
record OwnAnswer(String id, long created, String model, List<String> tokens, String finish, Usage usage) {

    /** It says all that there is to say. */
    static final String STOP = "stop";
    /** The caller wanted no more. */
    static final String LENGTH = "length";

    ProviderReply reply(boolean stream, Duration gap, Timers timers) {
        return stream
                ? replyOf("text/event-stream", new PacedBody(events(), gap, timers))
                : replyOf("application/json", new PacedBody(List.of(completion()), Duration.ZERO, timers));
    }

    private static ProviderReply replyOf(String contentType, PacedBody body) {
        return new ProviderReply(200, contentType, null, null, -1, name -> null, body);
    }

    private List<Buffer> events() {
        List<Buffer> events = new ArrayList<>(tokens.size() + 4);
        events.add(ChatWriter.roleChunk(id, created, model));
        tokens.forEach(token -> events.add(ChatWriter.contentChunk(id, created, model, token)));
        events.add(ChatWriter.finishChunk(id, created, model, finish));
        events.add(ChatWriter.usageChunk(id, created, model, usage));
        events.add(ChatWriter.done());
        return events;
    }

    private Buffer completion() {
        return ChatWriter.completion(id, created, model, String.join("", tokens), finish, usage);
    }
}
