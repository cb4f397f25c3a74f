// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Halves;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.TokenEstimate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the decoders of an answer, one after the other, and the one encoder of its client. It keeps the text that the client has,
 * and makes one answer of several beginnings: one start, one text across the seam, one finish, the sum of the tokens.
 *
 * <pre>
 *   NOTHING --text--&gt; TEXT --thought--&gt; REASONING --text--&gt; TEXT        can go on in NOTHING and TEXT
 *   any --tool call, refusal, finish, too much text--&gt; what the {@link Obstacle} says, for good
 * </pre>
 *
 * <p>Half a surrogate pair is kept until its other half comes, so what the client has always ends with a whole character. What a later
 * provider thinks before it goes on is dropped: the client has seen the thoughts that led to its text, and they were others.
 */
public final class ContinuingSink implements AnswerSink {

    /** Characters of text that are kept to be continued. */
    static final int MOST_TEXT = 1 << 18;

    private final StreamEncoder client;
    private final StringBuilder text = new StringBuilder();
    private final Halves halves = new Halves();
    private final SummedTokens tokens = new SummedTokens();
    private final List<Switchover> switches = new ArrayList<>(1);

    /** The target that spoke last. */
    private String speaker = "";

    private boolean started;
    private boolean reasoning;
    private @Nullable Obstacle obstacle;

    // The attempt that is being heard.
    /** The client has text already: what is thought before more of it comes explains nothing. */
    private boolean comesTooLate;

    private @Nullable Join join;
    private @Nullable Seam seam;
    private boolean reasoningDropped;
    private boolean answering;
    private boolean broken;
    private Consumer<GatewayError> failed = unexpected -> {};
    /** Characters of the answer that this attempt's own count from 0 leaves out. */
    private int before;

    /** What is said of a change of providers once the new one has said something. */
    private record Seam(String to, String cause, int characters, ContinuedRequest.Way way) {}

    /** Of an answer that has not begun. */
    public ContinuingSink(StreamEncoder client) {
        this.client = client;
    }

    /** What keeps this answer from going on if it breaks off now, or null. */
    public @Nullable Obstacle obstacle() {
        return obstacle == null && reasoning ? Obstacle.REASONING : obstacle;
    }

    /**
     * The attempt has broken off: what it said and did not send is forgotten.
     *
     * @param contentBytes of its answer, for an estimate where it did not count
     */
    public Continuation.Possible cut(long contentBytes) {
        // Half a character, and what was held back at the seam, has not been sent.
        halves.forget();
        join = null;
        tokens.cut(TokenEstimate.tokens(contentBytes));
        return soFar();
    }

    /** What the client has. */
    public Continuation.Possible soFar() {
        return new Continuation.Possible(text.toString(), tokens.output());
    }

    /**
     * The answer begins.
     *
     * @param target whose it is, {@code provider/model}
     */
    public void begin(String target) {
        speaker = target;
    }

    /**
     * Another attempt goes on.
     *
     * @param target whose it is, {@code provider/model}
     * @param cause why the one before it broke off
     * @param onFailure hears when what comes is no continuation
     */
    public void goOn(String target, GatewayError cause, ContinuedRequest.Way way, Consumer<GatewayError> onFailure) {
        String soFar = text.toString();
        comesTooLate = !soFar.isEmpty();
        join = new Join(soFar, way);
        seam = new Seam(target, cause.kind().label(), soFar.length(), way);
        before = soFar.length();
        answering = false;
        reasoningDropped = false;
        broken = false;
        failed = onFailure;
        int added = soFar.length() + (way == ContinuedRequest.Way.WORDS ? ContinuedRequest.GO_ON.length() : 0);
        tokens.goOn(TokenEstimate.tokens(added));
    }

    /** The changes so far, in order; of attempts that said nothing, none. */
    public List<Switchover> switches() {
        return List.copyOf(switches);
    }

    // ------------------------------------------------------------------ the answer

    @Override
    public void start(String id, String model) {
        if (!started) {
            started = true;
            client.start(id, model);
        }
    }

    @Override
    public void text(String piece) {
        if (broken) {
            return;
        }
        answering = true;
        String whole = halves.whole(piece);
        Join open = join;
        if (open != null && !whole.isEmpty()) {
            whole = open.next(whole);
            if (open.anew()) {
                broken = true;
                failed.accept(GatewayError.of(
                        GatewayError.Kind.INVALID_UPSTREAM, "The provider began the answer anew instead of going on."));
                return;
            }
            if (open.done()) {
                joined(open);
            }
        }
        say(whole);
    }

    private void joined(Join closed) {
        before = text.length() - closed.dropped();
        join = null;
    }

    private void say(String piece) {
        if (piece.isEmpty()) {
            return;
        }
        wentOn();
        reasoning = false;
        if (text.length() + piece.length() > MOST_TEXT) {
            obstacle = obstacle == null ? Obstacle.TOO_LONG : obstacle;
            text.setLength(0);
            text.trimToSize();
        } else if (obstacle != Obstacle.TOO_LONG) {
            text.append(piece);
        }
        client.text(piece);
    }

    /** Something other than text comes, or nothing any more: what was held back is not the beginning of anything. */
    private void sayHeld() {
        Join open = join;
        if (open != null) {
            String rest = open.rest();
            joined(open);
            say(rest);
        }
    }

    /** The later provider has contributed. Where nothing had been said before, it is the first. */
    private void wentOn() {
        Seam crossed = seam;
        if (crossed == null) {
            return;
        }
        seam = null;
        if (crossed.characters() > 0) {
            switches.add(new Switchover(
                    speaker, crossed.to(), crossed.cause(), crossed.characters(), crossed.way(), reasoningDropped));
        }
        speaker = crossed.to();
    }

    private boolean droppedAsReasoning() {
        boolean drop = comesTooLate && !answering;
        reasoningDropped |= drop;
        return drop;
    }

    @Override
    public void thought(String piece) {
        if (!broken && !droppedAsReasoning()) {
            sayHeld();
            reasoning = true;
            client.thought(piece);
        }
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        if (!broken && !droppedAsReasoning()) {
            sayHeld();
            reasoning = true;
            client.thoughtCarrier(carrier);
        }
    }

    @Override
    public void refusal(String piece) {
        if (!broken) {
            other(Obstacle.REFUSAL);
            client.refusal(piece);
        }
    }

    @Override
    public void toolStart(int call, String id, String name) {
        if (!broken) {
            other(Obstacle.TOOL_CALL);
            client.toolStart(call, id, name);
        }
    }

    private void other(Obstacle met) {
        answering = true;
        sayHeld();
        wentOn();
        obstacle = obstacle == null ? met : obstacle;
    }

    @Override
    public void toolArguments(int call, String piece) {
        if (!broken) {
            client.toolArguments(call, piece);
        }
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        if (!broken) {
            client.toolCarrier(call, carrier);
        }
    }

    @Override
    public void toolEnd(int call) {
        if (!broken) {
            client.toolEnd(call);
        }
    }

    @Override
    public void logprobs(String probabilities) {
        if (!broken) {
            client.logprobs(probabilities);
        }
    }

    /** A later provider counts the characters of its own words. */
    @Override
    public void citation(Citation citation) {
        if (broken) {
            return;
        }
        sayHeld();
        client.citation(
                before == 0
                        ? citation
                        : new Citation(
                                citation.url(),
                                citation.title(),
                                citation.quote(),
                                shifted(citation.from()),
                                shifted(citation.to())));
    }

    private int shifted(int at) {
        return at < 0 ? at : at + before;
    }

    @Override
    public void finish(Finish finish) {
        if (broken) {
            return;
        }
        sayHeld();
        String half = halves.rest();
        if (!half.isEmpty()) {
            say(half);
        }
        wentOn();
        obstacle = Obstacle.FINISHED;
        if (!switches.isEmpty()) {
            client.trailer(Switchover.json(switches));
        }
        client.finish(finish);
    }

    @Override
    public void usage(Tokens counted) {
        client.usage(tokens.counted(counted));
    }

    @Override
    public void end() {
        if (!broken) {
            client.end();
        }
    }

    /** Told by the pipeline, in its own time. */
    @Override
    public void failed(GatewayError error) {}
}
