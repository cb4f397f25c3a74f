// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.IdempotencyConfig;
import dev.penstock.config.LimitsConfig.Store;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.Ticker;
import dev.penstock.idempotency.AnswerStore;
import dev.penstock.idempotency.Idempotency;
import dev.penstock.idempotency.IdempotencyListener;
import dev.penstock.idempotency.MemoryAnswers;
import dev.penstock.store.RedisAnswers;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Where it is kept which named calls were made: where limits are counted, so in Redis, in the cluster, or in the process of a node alone. A
 * change of the store takes a restart.
 */
final class NamedCalls implements AutoCloseable {

    private final AnswerStore store;
    private final @Nullable RedisAnswers redis;
    private final IdempotencyListener listener;
    private volatile IdempotencyConfig settings;

    private NamedCalls(
            AnswerStore store, @Nullable RedisAnswers redis, IdempotencyListener listener, IdempotencyConfig settings) {
        this.store = store;
        this.redis = redis;
        this.listener = listener;
        this.settings = settings;
    }

    static NamedCalls open(
            Snapshot snapshot, Vertx vertx, ClusterLink link, Ticker ticker, IdempotencyListener listener) {
        RedisAnswers redis = snapshot.access().limits().store() instanceof Store.Redis server
                ? new RedisAnswers(
                        vertx,
                        ((VertxInternal) vertx).createEventLoopContext(),
                        server.url(),
                        RandomGenerator.of("L64X128MixRandom"))
                : null;
        AnswerStore shared = redis == null ? link.answers() : redis;
        AnswerStore store = shared == null ? new MemoryAnswers(ticker) : shared;
        return new NamedCalls(store, redis, listener, snapshot.access().idempotency());
    }

    Idempotency on(EventLoop loop) {
        return new Idempotency(store, () -> settings, loop, new VertxTimers(loop), listener);
    }

    void reload(Snapshot snapshot) {
        settings = snapshot.access().idempotency();
    }

    @Override
    public void close() {
        if (redis != null) {
            redis.close();
        }
    }
}
