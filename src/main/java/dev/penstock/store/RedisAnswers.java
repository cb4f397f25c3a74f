// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import dev.penstock.idempotency.AnswerStore;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Named calls that are kept by a Redis server (5 or newer) for all nodes: one connection, one script, one round trip per question, as with
 * {@link RedisLeases}, on a connection of its own, because answers are long and questions about limits should not wait behind them.
 *
 * <p>A claim that is granted after three quarters of a second is freed again. A server that loses its memory forgets what was made; one that
 * has to make room must not take it from here: {@code maxmemory-policy noeviction}, or one that evicts only among keys that expire soonest.
 */
public final class RedisAnswers implements AnswerStore, AutoCloseable {

    private static final String KEY = "penstock:call:";
    private static final byte[] NOTHING = new byte[0];

    private static final int CLAIMED = 0;
    private static final int UNDER_WAY = 1;
    private static final int DIFFERENT = 2;

    private final RedisQuestions<Standing> questions;

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
        this.questions = new RedisQuestions<>(
                "idempotency", vertx, context, url, chance, network, RedisScript.NAMED_CALL, Standing.UNKNOWN);
    }

    @Override
    public void claim(Ask ask, Consumer<Standing> answer) {
        ask("claim", ask, NOTHING, LEASE, answer, late -> {
            if (late == Standing.CLAIMED) {
                // Nobody is going to make the call.
                free(ask);
            }
        });
    }

    @Override
    public void renew(Ask ask) {
        tell("renew", ask, NOTHING, LEASE);
    }

    @Override
    public void keep(Ask ask, byte[] answer, Duration ttl) {
        tell("keep", ask, answer, ttl);
    }

    @Override
    public void free(Ask ask) {
        tell("free", ask, NOTHING, LEASE);
    }

    private void tell(String what, Ask ask, byte[] kept, Duration span) {
        ask(what, ask, kept, span, unheard -> {}, unheard -> {});
    }

    private void ask(
            String what, Ask ask, byte[] kept, Duration span, Consumer<Standing> answer, Consumer<Standing> late) {
        questions.ask(
                KEY + ask.call(),
                request -> request.arg(what)
                        .arg(ask.fingerprint())
                        .arg(ask.owner())
                        .arg(span.toMillis())
                        .arg(kept),
                RedisAnswers::standing,
                answer,
                late);
    }

    private static Standing standing(Response reply) {
        return switch (reply.get(0).toInteger()) {
            case CLAIMED -> Standing.CLAIMED;
            case UNDER_WAY -> Standing.UNDER_WAY;
            case DIFFERENT -> Standing.DIFFERENT;
            default -> new Standing.Answered(reply.get(1).toBytes());
        };
    }

    /** Nobody is left waiting. Any thread. */
    @Override
    public void close() {
        questions.close();
    }
}
