// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.auth.KeyFormat;
import dev.penstock.auth.StoredKey;
import dev.penstock.resilience.BreakerNotice;
import dev.penstock.resilience.NoticeFormat;
import dev.penstock.switches.SwitchFormat;
import dev.penstock.switches.SwitchNotice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.tracing.TracingPolicy;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The event bus between nodes. It carries announcements as bytes that are judged when they arrive; objects that were serialized
 * by Java or by Vert.x are not read at all. What a node cannot be told is lost: connections to nodes that do not answer are
 * given up within seconds, so that nothing piles up before them.
 */
public final class ClusterBus {

    private static final String BREAKERS = "penstock.cluster.breakers";
    private static final String SWITCHES = "penstock.cluster.switches";
    private static final String KEYS = "penstock.cluster.keys";
    private static final DeliveryOptions PLAIN = new DeliveryOptions().setTracingPolicy(TracingPolicy.IGNORE);
    /**
     * What matters and is said once may be lost: while a node comes or goes, others may not know for a moment who listens, or not reach
     * him. Flips and changed keys are rare and may be heard twice, so they are said again after so many milliseconds.
     */
    private static final List<Integer> AGAIN_MILLIS = List.of(150, 400, 800, 2_000, 5_000);

    private static final int CONNECT_MILLIS = 2_000;
    private static final int PING_MILLIS = 3_000;

    private final EventBus bus;
    private final ContextInternal context;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** Once per clustered Vert.x instance, before anything else uses its bus. */
    public ClusterBus(Vertx vertx) {
        this.bus = vertx.eventBus();
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        bus.serializableChecker(name -> false).clusterSerializableChecker(name -> false);
    }

    /**
     * Says where the bus between nodes is to be found.
     *
     * @param host to listen on
     * @param port to listen on, 0 for any
     * @param reachedAt what others connect to, where that is something else
     */
    public static VertxOptions listenAt(
            VertxOptions options, String host, int port, @Nullable InetSocketAddress reachedAt) {
        EventBusOptions bus = new EventBusOptions()
                .setHost(host)
                .setPort(port)
                .setClusterPublicHost(host)
                .setConnectTimeout(CONNECT_MILLIS)
                .setTcpNoDelay(true)
                .setClusterPingInterval(PING_MILLIS)
                .setClusterPingReplyInterval(PING_MILLIS);
        if (reachedAt != null) {
            bus.setClusterPublicHost(reachedAt.getHostString()).setClusterPublicPort(reachedAt.getPort());
        }
        return options.setEventBusOptions(bus);
    }

    /**
     * Takes notices of all nodes, this one included. Completes when other nodes know that this one listens.
     *
     * @param heard called on an event loop
     */
    public Future<?> listen(Consumer<BreakerNotice> heard) {
        Promise<Void> known = Promise.promise();
        context.runOnContext(start -> bus.<Object>consumer(BREAKERS)
                .handler(message -> take(notice(message), heard))
                .completion()
                .onComplete(known));
        return known.future();
    }

    /** Tells all nodes. Returns at once; from any thread. */
    public void publish(BreakerNotice notice) {
        byte[] bytes = NoticeFormat.write(notice);
        if (bytes != null) {
            sent.incrementAndGet();
            context.runOnContext(turn -> bus.publish(BREAKERS, Buffer.buffer(bytes), PLAIN));
        }
    }

    /** Null for what is no notice. The body is decoded here, which fails for objects. */
    private static @Nullable BreakerNotice notice(Message<?> message) {
        try {
            return message.body() instanceof Buffer bytes && bytes.length() <= NoticeFormat.MAX_BYTES
                    ? NoticeFormat.read(bytes.getBytes())
                    : null;
        } catch (RuntimeException undecodable) {
            return null;
        }
    }

    private void take(@Nullable BreakerNotice notice, Consumer<BreakerNotice> heard) {
        if (notice == null) {
            refused.incrementAndGet();
            return;
        }
        received.incrementAndGet();
        heard.accept(notice);
    }

    /**
     * Takes flips of all nodes, this one included. Completes when other nodes know that this one listens.
     *
     * @param heard called on an event loop
     */
    public Future<?> listenToSwitches(Consumer<SwitchNotice> heard) {
        Promise<Void> known = Promise.promise();
        context.runOnContext(start -> bus.<Object>consumer(SWITCHES)
                .handler(message -> {
                    SwitchNotice notice = flip(message);
                    if (notice == null) {
                        refused.incrementAndGet();
                    } else {
                        heard.accept(notice);
                    }
                })
                .completion()
                .onComplete(known));
        return known.future();
    }

    /** Tells all nodes, some times in a few seconds. Returns at once; from any thread. */
    public void publish(SwitchNotice notice) {
        byte[] bytes = SwitchFormat.write(notice);
        if (bytes != null) {
            publishAgainAndAgain(SWITCHES, bytes);
        }
    }

    /** Null for what is no flip. */
    private static @Nullable SwitchNotice flip(Message<?> message) {
        try {
            return message.body() instanceof Buffer bytes && bytes.length() <= SwitchFormat.MAX_BYTES
                    ? SwitchFormat.read(bytes.getBytes())
                    : null;
        } catch (RuntimeException undecodable) {
            return null;
        }
    }

    /**
     * Takes changed keys of all nodes, this one included. Completes when other nodes know that this one listens.
     *
     * @param heard called on an event loop
     */
    public Future<?> listenToKeys(Consumer<StoredKey> heard) {
        Promise<Void> known = Promise.promise();
        context.runOnContext(start -> bus.<Object>consumer(KEYS)
                .handler(message -> {
                    StoredKey key = key(message);
                    if (key == null) {
                        refused.incrementAndGet();
                    } else {
                        heard.accept(key);
                    }
                })
                .completion()
                .onComplete(known));
        return known.future();
    }

    /** Tells all nodes, some times in a few seconds. Returns at once; from any thread. */
    public void publish(StoredKey key) {
        byte[] bytes = KeyFormat.write(key);
        if (bytes != null) {
            publishAgainAndAgain(KEYS, bytes);
        }
    }

    private void publishAgainAndAgain(String address, byte[] bytes) {
        Runnable publish = () -> bus.publish(address, Buffer.buffer(bytes), PLAIN);
        context.runOnContext(turn -> publish.run());
        AGAIN_MILLIS.forEach(millis -> context.setTimer(millis, turn -> publish.run()));
    }

    /** Null for what is no key. */
    private static @Nullable StoredKey key(Message<?> message) {
        try {
            return message.body() instanceof Buffer bytes && bytes.length() <= KeyFormat.MAX_BYTES
                    ? KeyFormat.read(bytes.getBytes())
                    : null;
        } catch (RuntimeException undecodable) {
            return null;
        }
    }

    /** Notices that this node published. */
    public long sent() {
        return sent.get();
    }

    /** Notices that arrived, its own included. */
    public long received() {
        return received.get();
    }

    /** Messages that were no notices. */
    public long refused() {
        return refused.get();
    }
}
