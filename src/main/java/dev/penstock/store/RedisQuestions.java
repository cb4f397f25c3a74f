// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Questions that one script of a Redis server answers, on a line of their own. Each is settled once, on the event loop, after
 * {@link #PATIENCE} at the latest; what the server answers later than that is told apart, so that whoever asked can undo it.
 *
 * @param <A> an answer
 */
final class RedisQuestions<A> implements AutoCloseable {

    /** Who waits longer is answered that nobody can be reached. */
    static final Duration PATIENCE = Duration.ofMillis(750);

    private static final Logger LOG = LogManager.getLogger(RedisQuestions.class);
    private static final int MOST_WAITING = 10_000;

    private final String use;
    private final Context context;
    private final RedisScript script;
    private final A unreachable;
    private final RedisLine line;
    // Only on the context:
    private final Set<Question> questions = new HashSet<>();
    private final List<Question> unsent = new ArrayList<>();
    private long unanswered;
    private boolean closed;

    /**
     * Begins to connect at once.
     *
     * @param use what it is for, in the log
     * @param context the event loop on which it lives and answers
     * @param unreachable the answer where the server gives none
     * @throws IllegalArgumentException when the address is none; the message does not repeat it
     */
    RedisQuestions(
            String use,
            Vertx vertx,
            Context context,
            Secret url,
            RandomGenerator chance,
            NetClientOptions network,
            RedisScript script,
            A unreachable) {
        this.use = use;
        this.context = context;
        this.script = script;
        this.unreachable = unreachable;
        this.line = new RedisLine(use, vertx, url, chance, network, this::changed);
        context.runOnContext(begin -> line.open());
    }

    /**
     * Runs the script once. Any thread.
     *
     * @param key that the script works on
     * @param arguments adds what the script gets beside the key
     * @param read what the server's reply means
     * @param answer called once
     * @param late hears an answer for which nobody waits any more
     */
    void ask(
            String key,
            UnaryOperator<Request> arguments,
            Function<Response, A> read,
            Consumer<A> answer,
            Consumer<A> late) {
        Question question = new Question(key, arguments, read, answer, late);
        if (Vertx.currentContext() == context) {
            put(question);
        } else {
            context.runOnContext(moved -> put(question));
        }
    }

    private void put(Question question) {
        boolean opening = line.state() == RedisLine.State.OPENING;
        boolean usable = opening || line.state() == RedisLine.State.UP;
        if (closed || !usable || questions.size() >= MOST_WAITING) {
            question.settle(unreachable);
            return;
        }
        questions.add(question);
        question.patience = context.owner().setTimer(PATIENCE.toMillis(), id -> question.giveUp());
        if (opening) {
            unsent.add(question);
        } else {
            question.send(false);
        }
    }

    /** The line has opened, or has been lost. */
    private void changed() {
        if (line.state() == RedisLine.State.UP) {
            List<Question> waiting = List.copyOf(unsent);
            unsent.clear();
            waiting.stream().filter(question -> !question.settled).forEach(question -> question.send(false));
        } else if (line.state() == RedisLine.State.DOWN) {
            unsent.clear();
            settleAll();
        }
    }

    private void settleAll() {
        Set.copyOf(questions).forEach(question -> question.settle(unreachable));
    }

    /** Questions that the server did not answer in time. On the event loop. */
    long unanswered() {
        return unanswered;
    }

    /** Nobody is left waiting. Any thread. */
    @Override
    public void close() {
        context.runOnContext(end -> {
            closed = true;
            line.close();
            settleAll();
        });
    }

    /** One question and its one answer; on the context. */
    private final class Question {

        private final String key;
        private final UnaryOperator<Request> arguments;
        private final Function<Response, A> read;
        private final Consumer<A> answer;
        private final Consumer<A> late;
        private long patience = -1;
        private boolean settled;

        Question(
                String key,
                UnaryOperator<Request> arguments,
                Function<Response, A> read,
                Consumer<A> answer,
                Consumer<A> late) {
            this.key = key;
            this.arguments = arguments;
            this.read = read;
            this.answer = answer;
            this.late = late;
        }

        void send(boolean wholeScript) {
            line.send(request(wholeScript)).onComplete(this::hear, failure -> failed(failure, wholeScript));
        }

        private Request request(boolean wholeScript) {
            return arguments.apply(Request.cmd(wholeScript ? Command.EVAL : Command.EVALSHA)
                    .arg(wholeScript ? script.text() : script.sha1())
                    .arg(1)
                    .arg(key));
        }

        private void hear(Response reply) {
            A told = read.apply(reply);
            if (!settle(told)) {
                late.accept(told);
            }
        }

        private void failed(Throwable failure, boolean wholeScript) {
            if (!wholeScript && RedisScript.isUnknown(failure)) {
                if (!settled) {
                    // Nothing was done: the server has been started anew, or has never seen the script.
                    send(true);
                }
                return;
            }
            LOG.debug("{}: Redis did not answer a question: {}", use, RedisAddress.told(failure));
            settle(unreachable);
        }

        void giveUp() {
            if (!settled) {
                unanswered++;
                line.suspect();
                settle(unreachable);
            }
        }

        boolean settle(A told) {
            if (settled) {
                return false;
            }
            settled = true;
            questions.remove(this);
            if (patience >= 0) {
                context.owner().cancelTimer(patience);
            }
            try {
                answer.accept(told);
            } catch (RuntimeException bug) {
                LOG.error("{}: an answer of the store could not be taken", use, bug);
            }
            return true;
        }
    }
}
