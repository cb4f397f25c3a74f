// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One connection to Redis that is made again when it is lost. Everything on one event loop.
 *
 * <pre>
 *   OPENING --made--> UP --let a question wait--> SILENT --spoke--> UP
 *      |               |                            |
 *      +---failed------+---lost---------------------+---no word for long---> DOWN --pause--> OPENING
 * </pre>
 *
 * A client of its own for each attempt: the library's would put a connection that hangs back where it takes the next one from.
 */
final class RedisLine {

    /** What can be done with it. */
    enum State {
        OPENING,
        UP,
        SILENT,
        DOWN
    }

    private static final Logger LOG = LogManager.getLogger(RedisLine.class);
    /** A connection that says nothing for so long although it was asked is dead. */
    private static final Duration SILENCE = Duration.ofSeconds(3);

    private static final Duration HANDSHAKE = Duration.ofSeconds(2);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    private final String use;
    private final Vertx vertx;
    private final Secret url;
    private final RedisAddress address;
    private final RandomGenerator chance;
    private final NetClientOptions network;
    private final Runnable changed;
    private State state = State.OPENING;
    private @Nullable Redis client;
    private @Nullable RedisConnection connection;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private long timer = -1;
    private boolean closed;
    private boolean told;

    /**
     * A line that is not open.
     *
     * @param use what it is for, in the log
     * @param changed called after each change of the state but for {@link State#OPENING}
     */
    RedisLine(String use, Vertx vertx, Secret url, RandomGenerator chance, NetClientOptions network, Runnable changed) {
        this.use = use;
        this.vertx = vertx;
        this.url = url;
        this.address = RedisAddress.of(url);
        this.chance = chance;
        this.network = network;
        this.changed = changed;
    }

    State state() {
        return state;
    }

    void open() {
        if (closed) {
            return;
        }
        state = State.OPENING;
        Redis attempt = Redis.createClient(vertx, options());
        client = attempt;
        timer = vertx.setTimer(HANDSHAKE.toMillis(), id -> lost(attempt, "no handshake"));
        attempt.connect().onComplete(made -> {
            if (made.succeeded()) {
                opened(attempt, made.result());
            } else {
                lost(attempt, RedisAddress.told(made.cause()));
            }
        });
    }

    private RedisOptions options() {
        NetClientOptions options = new NetClientOptions(network)
                .setConnectTimeout((int) HANDSHAKE.toMillis())
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true);
        if (address.tls()) {
            options.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
        }
        return new RedisOptions()
                .setNetClientOptions(options)
                .setConnectionString(url.reveal())
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setPoolCleanerInterval(-1)
                // Ours is the bound that counts, and it is smaller.
                .setMaxWaitingHandlers(1 << 15);
    }

    private void opened(Redis attempt, RedisConnection made) {
        if (client != attempt) {
            return;
        }
        vertx.cancelTimer(timer);
        connection = made;
        made.exceptionHandler(failure -> lost(attempt, RedisAddress.told(failure)));
        made.endHandler(end -> lost(attempt, "closed"));
        pauseMillis = FIRST_PAUSE_MILLIS;
        state = State.UP;
        if (told) {
            LOG.info("{}: Redis at {} is back", use, address);
        }
        told = false;
        changed.run();
    }

    /** Only where the state is {@link State#UP}. */
    Future<Response> send(Request request) {
        RedisConnection open = connection;
        if (open == null) {
            return Future.failedFuture("not connected");
        }
        return open.send(request).onSuccess(reply -> spoke(open));
    }

    private void spoke(RedisConnection speaking) {
        if (connection == speaking && state == State.SILENT) {
            vertx.cancelTimer(timer);
            state = State.UP;
            changed.run();
        }
    }

    /** It has let somebody wait for too long. */
    void suspect() {
        Redis silent = client;
        if (state == State.UP && silent != null) {
            state = State.SILENT;
            timer = vertx.setTimer(SILENCE.toMillis(), id -> lost(silent, "silent"));
            changed.run();
        }
    }

    private void lost(Redis attempt, String why) {
        if (client != attempt) {
            return;
        }
        vertx.cancelTimer(timer);
        client = null;
        connection = null;
        state = State.DOWN;
        if (!told && !closed) {
            LOG.warn("{}: Redis at {} cannot be reached: {}", use, address, why);
            told = true;
        }
        attempt.close();
        changed.run();
        if (!closed) {
            timer = vertx.setTimer(pauseMillis / 2 + chance.nextLong(pauseMillis / 2 + 1), id -> open());
            pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        }
    }

    void close() {
        closed = true;
        vertx.cancelTimer(timer);
        Redis last = client;
        if (last == null) {
            state = State.DOWN;
        } else {
            lost(last, "closed");
        }
    }
}
