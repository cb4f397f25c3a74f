// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.LeaseStore;
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
import org.jspecify.annotations.Nullable;

/**
 * Counts that are kept by a Redis server (5 or newer) for all nodes. One per event loop, with one connection that all questions
 * share without waiting for each other; one script on the server does the arithmetic, so that each question is one round trip.
 *
 * <p>A question is settled once, on the event loop, after {@link #PATIENCE} at the latest. A server that lets a question wait for
 * so long is asked nothing more until it speaks again, and what it then grants too late is given back; after {@link #SILENCE} the
 * connection is given up. A new one is tried with longer and longer pauses, and who asks meanwhile hears at once that nobody can be
 * reached.
 *
 * <p>A server that loses its memory, or a failover to one that is behind, forgets what was taken: it should write to a disk.
 */
public final class RedisLeases implements LeaseStore, AutoCloseable {

    /** Who waits longer is answered that nobody can be reached. */
    static final Duration PATIENCE = Duration.ofMillis(750);
    /** A connection that says nothing for so long although it was asked is dead. */
    static final Duration SILENCE = Duration.ofSeconds(3);
    /** Clocks of nodes differ, and who is late should find that the window is over. */
    static final Duration MARGIN = Duration.ofMinutes(1);
    /** Who holds places and does not ask for so long has lost them. */
    static final Duration LAPSE = Duration.ofSeconds(30);

    private static final Logger LOG = LogManager.getLogger(RedisLeases.class);
    private static final Duration FOR_EVER = Duration.ofDays(3_650);
    /** The server counts in doubles, which are exact to here: nine million dollars in billionths. */
    private static final long MOST_EXACT = (1L << 53) - 1;

    private static final int MOST_WAITING = 10_000;
    private static final String KEY = "penstock:leases:";

    private final Context context;
    private final Ticker ticker;
    private final RedisLine line;
    // Only on the context:
    private final Set<Question> questions = new HashSet<>();
    private final List<Question> unsent = new ArrayList<>();
    private long unanswered;
    private boolean closed;

    /**
     * Begins to connect at once.
     *
     * @param url {@code redis://} or {@code rediss://}, with user, password and number of the database where there are any
     * @param context the event loop on which it lives and answers
     * @param chance spreads the attempts of many to connect again
     * @throws IllegalArgumentException when the address is none; the message does not repeat it
     */
    public RedisLeases(Vertx vertx, Context context, Secret url, Ticker ticker, RandomGenerator chance) {
        this(vertx, context, url, ticker, chance, new NetClientOptions());
    }

    RedisLeases(
            Vertx vertx, Context context, Secret url, Ticker ticker, RandomGenerator chance, NetClientOptions network) {
        this.context = context;
        this.ticker = ticker;
        this.line = new RedisLine("limits", vertx, url, chance, network, this::changed);
        context.runOnContext(begin -> line.open());
    }

    /** Whether the address can be used. Says why not, without the address. */
    public static @Nullable String flawOf(Secret url) {
        return RedisAddress.flawOf(url);
    }

    @Override
    public void exchange(Ask ask, Consumer<Grant> answer) {
        Question question = new Question(ask, answer);
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
            question.settle(Grant.UNREACHABLE);
            return;
        }
        questions.add(question);
        question.patience = context.owner().setTimer(PATIENCE.toMillis(), id -> question.giveUp());
        if (opening) {
            unsent.add(question);
        } else {
            question.send();
        }
    }

    /** The line has opened, or has been lost. */
    private void changed() {
        if (line.state() == RedisLine.State.UP) {
            List<Question> waiting = List.copyOf(unsent);
            unsent.clear();
            waiting.stream().filter(question -> !question.settled).forEach(Question::send);
        } else if (line.state() == RedisLine.State.DOWN) {
            unsent.clear();
            Set.copyOf(questions).forEach(question -> question.settle(Grant.UNREACHABLE));
        }
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
            Set.copyOf(questions).forEach(question -> question.settle(Grant.UNREACHABLE));
        });
    }

    private Request request(Ask ask, boolean whole) {
        boolean holds = ask.held() >= 0;
        return Request.cmd(whole ? Command.EVAL : Command.EVALSHA)
                .arg(whole ? RedisScript.LEASE.text() : RedisScript.LEASE.sha1())
                .arg(1)
                .arg(KEY + (holds ? "held:" : "used:") + ask.counter())
                .arg(ask.window())
                .arg(exact(ask.limit()))
                .arg(exact(ask.take()))
                .arg(exact(ask.giveBack()))
                .arg(keepMillis(ask))
                .arg(ask.owner())
                .arg(exact(ask.held()))
                .arg(LAPSE.toMillis());
    }

    private static long exact(long count) {
        return Math.min(count, MOST_EXACT);
    }

    /** By this node's own clock, as the end is, so that it does not matter how far that of the server is off. */
    private long keepMillis(Ask ask) {
        long now = ticker.now().toEpochMilli();
        return ask.endsAtMillis() - now >= FOR_EVER.toMillis()
                ? 0
                : Math.max(0, ask.endsAtMillis() - now) + MARGIN.toMillis();
    }

    /** One question and its one answer; on the context. */
    private final class Question {

        private final Ask ask;
        private final Consumer<Grant> answer;
        private long patience = -1;
        private boolean settled;

        Question(Ask ask, Consumer<Grant> answer) {
            this.ask = ask;
            this.answer = answer;
        }

        void send() {
            send(false);
        }

        private void send(boolean wholeScript) {
            line.send(request(ask, wholeScript)).onComplete(this::hear, failure -> failed(failure, wholeScript));
        }

        private void hear(Response reply) {
            if (reply.size() > 2) {
                settle(Grant.tooLate(reply.get(2).toLong()));
                return;
            }
            long granted = reply.get(0).toLong();
            if (!settle(new Grant(true, granted, reply.get(1).toLong())) && granted > 0 && ask.held() < 0) {
                giveBackWhatCameTooLate(granted);
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
            LOG.debug("limits: Redis did not answer a question: {}", RedisAddress.told(failure));
            settle(Grant.UNREACHABLE);
        }

        private void giveBackWhatCameTooLate(long granted) {
            exchange(ask.returning(granted), back -> {});
        }

        void giveUp() {
            if (!settled) {
                unanswered++;
                line.suspect();
                settle(Grant.UNREACHABLE);
            }
        }

        boolean settle(Grant grant) {
            if (settled) {
                return false;
            }
            settled = true;
            questions.remove(this);
            if (patience >= 0) {
                context.owner().cancelTimer(patience);
            }
            try {
                answer.accept(grant);
            } catch (RuntimeException bug) {
                LOG.error("limits: a grant could not be taken", bug);
            }
            return true;
        }
    }
}
