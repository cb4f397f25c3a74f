// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.openai.ChatRequestReader;
import dev.penstock.sse.EventReader;
import dev.penstock.translation.ContinuedAnswer;
import dev.penstock.translation.Translation;
import dev.penstock.translation.TranslationTable;
import dev.penstock.translation.continuation.Continuation;
import dev.penstock.translation.continuation.Continuation.Possible;
import dev.penstock.translation.continuation.ContinuedRequest;
import dev.penstock.translation.continuation.Switchover;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an answer in plain text alive over the failures of its providers, for a model with {@code on_cut: continue_text} (stream contract,
 * point 11). One for each streamed exchange; it outlives the attempts.
 *
 * <pre>
 *   of(request) --null--&gt; the exchange goes on as if the model did not continue
 *        |
 *      begin(target) ... the pipe fails after commit ... onCut(failure) --Impossible--&gt; the error event
 *                                                            |
 *                                                         Possible
 *                                                            |
 *                                                       goOn(target) ... the pipe fails ... onCut(failure) ...
 * </pre>
 *
 * <p>The request of a first attempt is what it would be without this. Its answer is translated even where client and provider speak one
 * schema, because only an encoder of one's own can go on where another provider's events stopped.
 */
final class TextContinuation {

    private final ApiSchema client;
    private final boolean includeUsage;
    private final Conversation asked;
    private @Nullable ContinuedAnswer answer;
    private @Nullable Possible so;
    private GatewayError cause = GatewayError.of(GatewayError.Kind.TRUNCATED, "The provider broke the answer off.");

    private TextContinuation(ApiSchema client, boolean includeUsage, Conversation asked) {
        this.client = client;
        this.includeUsage = includeUsage;
        this.asked = asked;
    }

    /**
     * For a streamed request.
     *
     * @param body as the client sent it, known to be readable
     * @return null when no answer to it could be continued, or it has no streamed answer
     */
    static @Nullable TextContinuation of(ApiSchema client, byte[] body) {
        boolean chat = client == ApiSchema.OPENAI_CHAT;
        if (!chat && client != ApiSchema.ANTHROPIC_MESSAGES && client != ApiSchema.OPENAI_RESPONSES) {
            return null;
        }
        Conversation asked;
        try {
            asked = TranslationTable.reader(client).read(body);
        } catch (GatewayError onlyPassesThrough) {
            // A provider of the same schema may take what no translation can read; its answer is its own, too.
            return null;
        }
        if (!asked.stream() || ContinuedRequest.obstacle(asked) != null) {
            return null;
        }
        boolean includeUsage = !chat || ChatRequestReader.read(body).includeUsage();
        return new TextContinuation(client, includeUsage, asked);
    }

    /**
     * The way to a target before the exchange is committed, and back.
     *
     * @param own the way without continuation
     */
    Speech begin(RouteTarget target, Speech own) {
        return new ContinuedSpeech(this, target, own, null);
    }

    /** The attempt has failed after commit. Once for each. */
    Continuation onCut(GatewayError failure) {
        ContinuedAnswer begun = answer;
        if (begun == null) {
            throw new IllegalStateException("nothing has been heard that could go on");
        }
        Continuation verdict = begun.onCut(failure);
        if (verdict instanceof Possible possible) {
            so = possible;
            cause = failure;
        }
        return verdict;
    }

    /**
     * The way to a target that goes on, after {@link #onCut} has found that possible.
     *
     * @param own the way without continuation, of which only the request is another
     * @param body the client's request with the target's edits
     * @throws GatewayError of kind INVALID_REQUEST when it cannot be said to this target, of kind TRUNCATED when there is no room left for
     *     more text
     */
    Speech goOn(RouteTarget target, Speech own, byte[] body) {
        Possible possible = so;
        if (possible == null) {
            throw new IllegalStateException("nothing to go on with");
        }
        Conversation edited = TranslationTable.reader(client).read(body);
        return new ContinuedSpeech(this, target, own, new ContinuedSpeech.Rest(edited, possible));
    }

    /** The changes of target so far that the client has seen something of: for the log. */
    List<Switchover> switches() {
        return answer == null ? List.of() : answer.switches();
    }

    // ------------------------------------------------------------------ for the ways

    Translation to(RouteTarget target, ApiSchema spoken) {
        return TranslationTable.between(
                client, spoken, target.defaultMaxTokens(), target.dialect(), target.usageInStream());
    }

    /** An answer that nobody has heard anything of. */
    ContinuedAnswer fresh(Speech.AnswerContext context) {
        return TranslationTable.continued(client, info(context));
    }

    /** The client has heard the beginning of this one: no other will take its place. */
    void isHeard(ContinuedAnswer heard) {
        answer = heard;
    }

    EventReader readsOn(Translation way, RouteTarget target, Speech.AnswerContext context, ContinuedRequest.Way how) {
        ContinuedAnswer begun = answer;
        if (begun == null) {
            throw new IllegalStateException("nothing to go on with");
        }
        return begun.goOn(way, target.target().toString(), cause, how);
    }

    private AnswerInfo info(Speech.AnswerContext context) {
        return new AnswerInfo(
                context.model(), context.exchangeId(), context.at().getEpochSecond(), includeUsage, asked);
    }
}
