// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import dev.penstock.idempotency.AnswerStore;
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
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Named calls that are kept by a Redis server (5 or newer) for all nodes: one connection, one script, one round trip per question, as with
 * {@link RedisLeases}, on a connection of its own, because answers are long and questions about limits should not wait behind them.
 *
 * <p>A claim that is granted after {@link #PATIENCE} is freed again. A server that loses its memory forgets what was made; one that has to make
 * room must not take it from here: {@code maxmemory-policy noeviction}, or one that evicts only among keys that expire soonest.
 */
public final class RedisAnswers implements AnswerStore, AutoCloseable {

    /** Who waits longer is answered that nobody can be reached. */
    static final Duration PATIENCE = Duration.ofMillis(750);

    private static final Logger LOG = LogManager.getLogger(RedisAnswers.class);
    private static final int MOST_WAITING = 10_000;
    private static final String KEY = "penstock:call:";
    private static final byte[] NOTHING = new byte[0];

    private static final int CLAIMED = 0;
    private static final int UNDER_WAY = 1;
    private static final int DIFFERENT = 2;

    private final Context context;
    private final RedisLine line;
    // Only on the context:
    private final Set<Question> questions = new HashSet<>();
    private final List<Question> unsent = new ArrayList<>();
    private boolean closed;

    /**
     * Begins to connect at once.
     *
     * @param url {@code redis://} or {@code rediss://}, with user, password and number of the database where there are any
     * @param context the event loop on which it lives and answers
     * @param chance spreads the attempts of many to connect again
     * @throws IllegalArgumentException when the address is none; the message does not repeat it
     */
    public RedisAnswers(Vertx vertx, Context context, Secret url, RandomGenerator chance) {
        this(vertx, context, url, chance, new NetClientOptions());
    }

    RedisAnswers(Vertx vertx, Context context, Secret url, RandomGenerator chance, NetClientOptions network) {
        this.context = context;
        this.line = new RedisLine("idempotency", vertx, url, chance, network, this::changed);
        context.runOnContext(begin -> line.open());
    }

    @Override
    public void claim(Ask ask, Consumer<Standing> answer) {
        ask(new Question("claim", ask, NOTHING, LEASE, answer));
    }

    @Override
    public void renew(Ask ask) {
        ask(new Question("renew", ask, NOTHING, LEASE, unheard -> {}));
    }

    @Override
    public void keep(Ask ask, byte[] answer, Duration ttl) {
        ask(new Question("keep", ask, answer, ttl, unheard -> {}));
    }

    @Override
    public void free(Ask ask) {
        ask(new Question("free", ask, NOTHING, LEASE, unheard -> {}));
    }

    private void ask(Question question) {
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
            question.settle(Standing.UNKNOWN);
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
            Set.copyOf(questions).forEach(question -> question.settle(Standing.UNKNOWN));
        }
    }

    /** Nobody is left waiting. Any thread. */
    @Override
    public void close() {
        context.runOnContext(end -> {
            closed = true;
            line.close();
            Set.copyOf(questions).forEach(question -> question.settle(Standing.UNKNOWN));
        });
    }

    /** One question and its one answer; on the context. */
    private final class Question {

        private final String what;
        private final Ask ask;
        private final byte[] kept;
        private final Duration span;
        private final Consumer<Standing> answer;
        private long patience = -1;
        private boolean settled;

        Question(String what, Ask ask, byte[] kept, Duration span, Consumer<Standing> answer) {
            this.what = what;
            this.ask = ask;
            this.kept = kept;
            this.span = span;
            this.answer = answer;
        }

        private Request request(boolean wholeScript) {
            return Request.cmd(wholeScript ? Command.EVAL : Command.EVALSHA)
                    .arg(wholeScript ? RedisScript.NAMED_CALL.text() : RedisScript.NAMED_CALL.sha1())
                    .arg(1)
                    .arg(KEY + ask.call())
                    .arg(what)
                    .arg(ask.fingerprint())
                    .arg(ask.owner())
                    .arg(span.toMillis())
                    .arg(kept);
        }

        void send(boolean wholeScript) {
            line.send(request(wholeScript)).onComplete(this::hear, failure -> failed(failure, wholeScript));
        }

        private void hear(Response reply) {
            int code = reply.get(0).toInteger();
            if (!settle(standing(code, reply)) && code == CLAIMED && what.equals("claim")) {
                // It came too late, and nobody is going to make the call.
                free(ask);
            }
        }

        private Standing standing(int code, Response reply) {
            return switch (code) {
                case CLAIMED -> Standing.CLAIMED;
                case UNDER_WAY -> Standing.UNDER_WAY;
                case DIFFERENT -> Standing.DIFFERENT;
                default -> new Standing.Answered(reply.get(1).toBytes());
            };
        }

        private void failed(Throwable failure, boolean wholeScript) {
            if (!wholeScript && RedisScript.isUnknown(failure)) {
                if (!settled) {
                    // Nothing was done: the server has been started anew, or has never seen the script.
                    send(true);
                }
                return;
            }
            LOG.debug("idempotency: Redis did not answer a question: {}", RedisAddress.told(failure));
            settle(Standing.UNKNOWN);
        }

        void giveUp() {
            if (!settled) {
                line.suspect();
                settle(Standing.UNKNOWN);
            }
        }

        boolean settle(Standing standing) {
            if (settled) {
                return false;
            }
            settled = true;
            questions.remove(this);
            if (patience >= 0) {
                context.owner().cancelTimer(patience);
            }
            try {
                answer.accept(standing);
            } catch (RuntimeException bug) {
                LOG.error("idempotency: an answer of the store could not be taken", bug);
            }
            return true;
        }
    }
}
