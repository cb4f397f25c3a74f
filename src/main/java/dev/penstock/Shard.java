// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.SettlementListener;
import dev.penstock.config.Snapshot;
import dev.penstock.credentials.CloudCredentials;
import dev.penstock.eventbus.ProviderVerticle;
import dev.penstock.eventbus.RoutingVerticle;
import dev.penstock.eventbus.SettlementVerticle;
import dev.penstock.eventbus.ShardBus;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.fetch.ImageFetcher;
import dev.penstock.ingress.EdgeListener;
import dev.penstock.ingress.IngressVerticle;
import dev.penstock.ingress.ModelCatalog;
import dev.penstock.ingress.Welcome;
import dev.penstock.pipeline.ExchangePipeline;
import dev.penstock.pipeline.ShardTools;
import dev.penstock.provider.ProviderKeys;
import dev.penstock.provider.ProviderTable;
import dev.penstock.routing.RouteTable;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.streaming.StreamMeters;
import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Everything that lives on one event loop: its ingress, routing, provider and settlement verticles on one context, its own HTTP
 * client and its own exchanges. Vert.x gives separately deployed verticles the next loop of the round robin, so they are
 * deployed by hand on a context of the shard's loop; from accept to the last token nothing leaves this thread.
 */
final class Shard {

    /** How the rooms of a shard reach each other. */
    enum Caller {
        /** Over the event bus: the product. */
        BUS,
        /** By direct call: the rung of the benchmark ladder that prices the bus. */
        DIRECT
    }

    /**
     * What all shards have in common.
     *
     * @param caller bus or direct
     * @param ticker time
     * @param keys what the node knows of the keys of its providers
     * @param settlements hears of every settled exchange
     * @param meters the meters of a shard, by its number
     * @param models the list of models
     * @param welcome what the page at the root path says
     * @param ready whether the process accepts new work
     * @param refusals hears of what the edge refuses before there is an exchange
     */
    record Common(
            Caller caller,
            Ticker ticker,
            ProviderKeys keys,
            SettlementListener settlements,
            IntFunction<StreamMeters> meters,
            ModelCatalog models,
            Supplier<Welcome> welcome,
            BooleanSupplier ready,
            EdgeListener refusals) {}

    private static final Logger LOG = LogManager.getLogger(Shard.class);

    private final int number;
    private final Vertx vertx;
    private final Common common;
    private volatile Snapshot snapshot;
    private volatile RouteTable routes;
    private @Nullable Context context;
    private @Nullable EventLoop loop;
    private @Nullable SideCalls sideCalls;
    private @Nullable ProviderTable providers;
    private @Nullable ImageFetcher images;
    private @Nullable ExchangePipeline pipeline;
    private @Nullable IngressVerticle ingress;

    Shard(int number, Vertx vertx, Common common, Snapshot snapshot) {
        this.number = number;
        this.vertx = vertx;
        this.common = common;
        this.snapshot = snapshot;
        this.routes = new RouteTable(snapshot);
    }

    /** Puts everything onto this context; called on its event loop. */
    Future<?> deployOn(Context ctx) {
        context = ctx;
        EventLoop eventLoop = ((ContextInternal) ctx).nettyEventLoop();
        loop = eventLoop;
        Timers timers = new VertxTimers(eventLoop);
        SideCalls calls = SideCalls.over(vertx);
        sideCalls = calls;
        CloudCredentials cloud = new CloudCredentials(
                vertx, calls, common.ticker(), RandomGenerator.of("L64X128MixRandom"), Shard::notFetched);
        ProviderTable table = new ProviderTable(vertx, common.keys(), cloud, timers, common.ticker());
        table.use(snapshot);
        providers = table;
        ImageFetcher fetcher = new ImageFetcher(calls, new VertxNames(ctx), timers, snapshot.fetch());
        images = fetcher;
        ShardBus bus = new ShardBus(vertx, number);
        boolean direct = common.caller() == Caller.DIRECT;
        ExchangePipeline exchanges = new ExchangePipeline(new ShardTools(
                direct ? question -> routes.route(question) : bus.router(),
                direct ? table : bus.providers(),
                direct ? common.settlements() : bus.settlements(),
                common.ticker(),
                timers,
                common.meters().apply(number),
                fetcher));
        pipeline = exchanges;
        IngressVerticle door = new IngressVerticle(new IngressVerticle.Setup(
                snapshot.server(),
                exchanges,
                timers,
                common.ticker(),
                RandomGenerator.of("L64X128MixRandom"),
                common.models(),
                common.welcome(),
                common.ready(),
                common.refusals()));
        ingress = door;
        return deploy(ctx, new SettlementVerticle(bus, common.settlements(), this::use))
                .compose(done -> deploy(ctx, new ProviderVerticle(bus, table)))
                .compose(done -> deploy(ctx, new RoutingVerticle(bus, question -> routes.route(question))))
                .compose(done -> deploy(ctx, door));
    }

    private static Future<?> deploy(Context ctx, Deployable verticle) {
        try {
            return verticle.deploy(ctx);
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }

    /** A new configuration, on this shard's own thread; exchanges under way keep what they have. */
    private void use(Snapshot next) {
        if (providers != null) {
            providers.use(next);
        }
        if (images != null) {
            images.use(next.fetch());
        }
        if (ingress != null) {
            ingress.use(next.server());
        }
        routes = new RouteTable(next);
        snapshot = next;
    }

    int port() {
        return ingress == null ? 0 : ingress.port();
    }

    /** Exchanges that have not ended. */
    int live() {
        return pipeline == null ? 0 : pipeline.live();
    }

    @Nullable
    EventLoop loop() {
        return loop;
    }

    /** Lets live exchanges finish; whoever is still here shortly before the end hears so in its own schema. */
    Future<?> drain(Duration grace, Duration lastWords) {
        Context ctx = context;
        IngressVerticle door = ingress;
        ExchangePipeline exchanges = pipeline;
        if (ctx == null || door == null || exchanges == null) {
            return Future.succeededFuture();
        }
        Promise<Void> drained = Promise.promise();
        ctx.runOnContext(start -> {
            long cutAt = Math.max(1, grace.minus(lastWords).toMillis());
            long timer = vertx.setTimer(cutAt, due -> exchanges.cutAll());
            door.drain(grace).onComplete(done -> {
                vertx.cancelTimer(timer);
                drained.complete();
            });
        });
        return drained.future();
    }

    private static void notFetched(String whose, boolean held, String why) {
        LOG.warn("no new credentials of {}, {}: {}", whose, held ? "the old ones still hold" : "none are held", why);
    }

    Future<?> close() {
        if (sideCalls != null) {
            sideCalls.close();
        }
        return providers == null ? Future.succeededFuture() : providers.close();
    }
}
