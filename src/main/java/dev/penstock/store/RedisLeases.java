// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.LeaseStore;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Counts that are kept by a Redis server (5 or newer) for all nodes. One per event loop, with one connection that all questions
 * share without waiting for each other; one script on the server does the arithmetic, so that each question is one round trip.
 *
 * <p>A question is settled once, on the event loop, after three quarters of a second at the latest. A server that lets a question wait
 * for so long is asked nothing more until it speaks again, and what it then grants too late is given back; after three seconds the
 * connection is given up. A new one is tried with longer and longer pauses, and who asks meanwhile hears at once that nobody can be
 * reached.
 *
 * <p>A server that loses its memory, or a failover to one that is behind, forgets what was taken: it should write to a disk.
 */
public final class RedisLeases implements LeaseStore, AutoCloseable {

    /** Clocks of nodes differ, and who is late should find that the window is over. */
    static final Duration MARGIN = Duration.ofMinutes(1);
    /** Who holds places and does not ask for so long has lost them. */
    static final Duration LAPSE = Duration.ofSeconds(30);

    private static final Duration FOR_EVER = Duration.ofDays(3_650);
    /** The server counts in doubles, which are exact to here: nine million dollars in billionths. */
    private static final long MOST_EXACT = (1L << 53) - 1;

    private static final String KEY = "penstock:leases:";

    private final Ticker ticker;
    private final RedisQuestions<Grant> questions;

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
        this.ticker = ticker;
        this.questions = new RedisQuestions<>(
                "limits", vertx, context, url, chance, network, RedisScript.LEASE, Grant.UNREACHABLE);
    }

    /** Whether the address can be used. Says why not, without the address. */
    public static @Nullable String flawOf(Secret url) {
        return RedisAddress.flawOf(url);
    }

    @Override
    public void exchange(Ask ask, Consumer<Grant> answer) {
        boolean holds = ask.held() >= 0;
        questions.ask(
                KEY + (holds ? "held:" : "used:") + ask.counter(),
                request -> request.arg(ask.window())
                        .arg(exact(ask.limit()))
                        .arg(exact(ask.take()))
                        .arg(exact(ask.giveBack()))
                        .arg(keepMillis(ask))
                        .arg(ask.owner())
                        .arg(exact(ask.held()))
                        .arg(LAPSE.toMillis()),
                RedisLeases::grant,
                answer,
                late -> {
                    if (!holds && late.granted() > 0) {
                        exchange(ask.returning(late.granted()), back -> {});
                    }
                });
    }

    private static Grant grant(Response reply) {
        return reply.size() > 2
                ? Grant.tooLate(reply.get(2).toLong())
                : new Grant(true, reply.get(0).toLong(), reply.get(1).toLong());
    }

    /** Questions that the server did not answer in time. On the event loop. */
    long unanswered() {
        return questions.unanswered();
    }

    /** Nobody is left waiting. Any thread. */
    @Override
    public void close() {
        questions.close();
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
}
