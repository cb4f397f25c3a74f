// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.StreamDecoder;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.sse.TranslatingReader;
import dev.penstock.translation.continuation.Continuation;
import dev.penstock.translation.continuation.Continuation.Impossible;
import dev.penstock.translation.continuation.ContinuedRequest;
import dev.penstock.translation.continuation.ContinuingSink;
import dev.penstock.translation.continuation.Obstacle;
import dev.penstock.translation.continuation.Switchover;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One answer for one client, told by one provider after the other when they break off in plain text. Ids, numbers and indexes of events
 * go on because the encoder of the client's schema lives as long as this; each provider gets a decoder of its own.
 *
 * <pre>
 *   begin --a cut--&gt; onCut --Possible--&gt; goOn --a cut--&gt; onCut ...
 *                      |
 *                      +--Impossible--&gt; the error event of the last reader
 * </pre>
 *
 * <p>Lives on the event loop of its exchange, from the first reply whose first content commits it. Before that, whoever tries again begins a
 * new one: nothing of this one has been sent.
 */
public final class ContinuedAnswer {

    /** Times that an answer may go over to another attempt: more is not a cut but a pattern. */
    static final int MOST_CUTS = 4;

    private final StreamEncoder encoder;
    private final ContinuingSink sink;
    private @Nullable StreamDecoder decoder;
    private @Nullable AnswerTap tap;
    private int cuts;

    ContinuedAnswer(StreamEncoder encoder) {
        this.encoder = encoder;
        this.sink = new ContinuingSink(encoder);
    }

    /**
     * The first attempt.
     *
     * @param way from its provider to the client
     * @param to its target, {@code provider/model}
     */
    public TranslatingReader begin(Translation way, String to) {
        sink.begin(to);
        return read(way, new AnswerTap(sink));
    }

    /**
     * An attempt has failed after the exchange was committed, whether it had a reader or did not come so far. Called once for each.
     *
     * @return whether the answer can go on, by what has been said and by this failure; whether another target may be asked is the
     *     caller's to know
     */
    public Continuation onCut(GatewayError failure) {
        boolean finishing = decoder != null && decoder.finishing();
        long contentBytes = tap == null ? 0 : tap.contentBytes();
        boolean heard = tap != null;
        decoder = null;
        tap = null;
        cuts++;
        Obstacle obstacle = sink.obstacle();
        if (obstacle == null && finishing) {
            obstacle = Obstacle.FINISHED;
        }
        if (obstacle == null && !isCut(failure)) {
            obstacle = Obstacle.FAILURE;
        }
        if (obstacle == null && cuts > MOST_CUTS) {
            obstacle = Obstacle.TOO_MANY;
        }
        if (obstacle != null) {
            return new Impossible(obstacle);
        }
        return heard ? sink.cut(contentBytes) : sink.soFar();
    }

    /** The provider's fault, and one that another target may not have. An answer that is too large would be so again. */
    private static boolean isCut(GatewayError failure) {
        return failure.origin() == GatewayError.Origin.UPSTREAM
                && failure.retry() != GatewayError.Retry.NEVER
                && failure.kind() != Kind.RESPONSE_TOO_LARGE;
    }

    /**
     * A further attempt, whose reply has come.
     *
     * @param cause why the one before it broke off
     * @param how it was asked
     */
    public TranslatingReader goOn(Translation way, String to, GatewayError cause, ContinuedRequest.Way how) {
        AnswerTap looks = new AnswerTap(sink);
        sink.goOn(to, cause, how, looks::failed);
        return read(way, looks);
    }

    private TranslatingReader read(Translation way, AnswerTap looks) {
        StreamDecoder reads = way.decoder();
        decoder = reads;
        tap = looks;
        return new StreamTranslator(reads, encoder, looks);
    }

    /** The changes of target so far that the client has seen something of. */
    public List<Switchover> switches() {
        return sink.switches();
    }
}
