// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.SettlementListener;
import dev.penstock.auth.Authenticator;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.Snapshot;
import dev.penstock.credentials.CloudCredentials;
import dev.penstock.eventbus.ProviderVerticle;
import dev.penstock.eventbus.RoutingVerticle;
import dev.penstock.eventbus.SettlementVerticle;
import dev.penstock.eventbus.ShardBus;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.fetch.ImageFetcher;
import dev.penstock.idempotency.Idempotency;
import dev.penstock.ingress.EdgeListener;
import dev.penstock.ingress.IngressVerticle;
import dev.penstock.ingress.ModelCatalog;
import dev.penstock.ingress.TraceStart;
import dev.penstock.ingress.Welcome;
import dev.penstock.pipeline.ExchangePipeline;
import dev.penstock.pipeline.ShardTools;
import dev.penstock.provider.ProviderKeys;
import dev.penstock.provider.ProviderTable;
import dev.penstock.quota.Admission;
import dev.penstock.resilience.BreakerState;
import dev.penstock.resilience.ConcurrencyGates;
import dev.penstock.resilience.HeapWatch;
import dev.penstock.resilience.LoadListener;
import dev.penstock.resilience.LoadShedder;
import dev.penstock.resilience.Resilience;
import dev.penstock.resilience.SideCallBreakers;
import dev.penstock.resilience.TargetStates;
import dev.penstock.routing.RouteTable;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.streaming.StreamMeters;
import dev.penstock.switches.Switches;
import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
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
     * @param callers the keys that are made at run time
     * @param keys what the node knows of the keys of its providers
     * @param targets what the node knows of the targets
     * @param settlements hears of every settled exchange
     * @param meters the meters of a shard, by its number
     * @param models the list of models
     * @param welcome what the page at the root path says
     * @param ready whether the process accepts new work
     * @param refusals hears of what the edge refuses before there is an exchange
     * @param load what is known of the load of the node
     * @param admission says how much callers may use, for each event loop
     * @param prices what calls cost
     * @param switches what is on and off
     * @param idempotency calls that have a name, for each event loop
     * @param usage what callers have used
     * @param books where calls are written down
     */
    record Common(
            Caller caller,
            Ticker ticker,
            VirtualKeys callers,
            ProviderKeys keys,
            TargetStates targets,
            SettlementListener settlements,
            IntFunction<StreamMeters> meters,
            ModelCatalog models,
            Supplier<Welcome> welcome,
            BooleanSupplier ready,
            EdgeListener refusals,
            Load load,
            Function<EventLoop, Admission> admission,
            PriceBook prices,
            Switches switches,
            Function<EventLoop, Idempotency> idempotency,
            UsageDesk usage,
            Books books) {

        /** The same with other limits and prices. */
        Common with(Function<EventLoop, Admission> otherAdmission, PriceBook otherPrices) {
            return new Common(
                    caller,
                    ticker,
                    callers,
                    keys,
                    targets,
                    settlements,
                    meters,
                    models,
                    welcome,
                    ready,
                    refusals,
                    load,
                    otherAdmission,
                    otherPrices,
                    switches,
                    idempotency,
                    usage,
                    books);
        }
    }

    /**
     * What all shards know of the load of the node.
     *
     * @param heap how full the heap is
     * @param open open exchanges of all shards
     * @param gates who may call which target
     * @param listener hears of what is turned away
     */
    record Load(HeapWatch heap, IntSupplier open, ConcurrencyGates gates, LoadListener listener) {}

    private static final Logger LOG = LogManager.getLogger(Shard.class);

    private final int number;
    private final Vertx vertx;
    private final Common common;
    /** Of this shard's own thread. */
    private final RandomGenerator chance = RandomGenerator.of("L64X128MixRandom");

    private volatile Snapshot snapshot;
    private volatile RouteTable routes;
    private @Nullable Context context;
    private @Nullable EventLoop loop;
    private @Nullable SideCalls sideCalls;
    private @Nullable SideCalls pictureCalls;
    private @Nullable ProviderTable providers;
    private @Nullable ImageFetcher images;
    private @Nullable LoadShedder shedder;
    private @Nullable ExchangePipeline pipeline;
    private @Nullable Authenticator auth;
    private @Nullable IngressVerticle ingress;

    Shard(int number, Vertx vertx, Common common, Snapshot snapshot) {
        this.number = number;
        this.vertx = vertx;
        this.common = common;
        this.snapshot = snapshot;
        this.routes = routes(snapshot);
    }

    /** Puts everything onto this context; called on its event loop. */
    Future<?> deployOn(Context ctx) {
        context = ctx;
        EventLoop eventLoop = ((ContextInternal) ctx).nettyEventLoop();
        loop = eventLoop;
        Timers timers = new VertxTimers(eventLoop);
        RandomGenerator chance = RandomGenerator.of("L64X128MixRandom");
        SideCalls calls = SideCalls.over(
                vertx,
                new SideCallBreakers(vertx, SideCallBreakers.Settings.DEFAULT, chance, Shard::sideCallBreakerChanged));
        sideCalls = calls;
        // Clients name these addresses: behind a breaker, whoever names a slow one could take its host from all others.
        SideCalls pictures = SideCalls.over(vertx);
        pictureCalls = pictures;
        CloudCredentials cloud = new CloudCredentials(
                vertx, calls, common.ticker(), RandomGenerator.of("L64X128MixRandom"), Shard::notFetched);
        ProviderTable table = new ProviderTable(vertx, common.keys(), cloud, timers, common.ticker());
        table.use(snapshot);
        providers = table;
        ImageFetcher fetcher = new ImageFetcher(pictures, new VertxNames(ctx), timers, snapshot.fetch());
        images = fetcher;
        ShardBus bus = new ShardBus(vertx, number);
        boolean direct = common.caller() == Caller.DIRECT;
        RecordFirst records =
                new RecordFirst(common.books(), direct ? common.settlements() : bus.settlements(), eventLoop);
        ExchangePipeline exchanges = new ExchangePipeline(new ShardTools(
                direct ? question -> routes.route(question) : bus.router(),
                direct ? table : bus.providers(),
                new Resilience(common.targets(), common.load().gates(), RandomGenerator.of("L64X128MixRandom")),
                records,
                common.ticker(),
                timers,
                eventLoop,
                common.meters().apply(number),
                fetcher,
                common.admission().apply(eventLoop),
                common.prices(),
                common.switches(),
                common.idempotency().apply(eventLoop)));
        pipeline = exchanges;
        LoadShedder shedding = new LoadShedder(
                snapshot.server().shed(),
                common.load().heap(),
                common.load().open(),
                exchanges::live,
                common.ticker(),
                timers,
                RandomGenerator.of("L64X128MixRandom"),
                common.load().listener());
        shedder = shedding;
        shedding.start();
        Authenticator callers = new Authenticator(vertx, calls, common.ticker(), new AuthNews(common.refusals()));
        auth = callers;
        identify(callers, snapshot);
        IngressVerticle door = new IngressVerticle(new IngressVerticle.Setup(
                snapshot.server(),
                snapshot.access(),
                common.callers(),
                exchanges,
                timers,
                common.ticker(),
                RandomGenerator.of("L64X128MixRandom"),
                common.models(),
                common.welcome(),
                common.ready(),
                common.books().before(shedding::refusal),
                common.books().holdsBack() ? common.books().on(eventLoop) : records,
                common.books().transcripts(),
                TraceStart.of(snapshot.observability().telemetry().traces()),
                common.refusals(),
                callers,
                common.usage()));
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
        if (shedder != null) {
            shedder.use(next.server().shed());
        }
        if (ingress != null) {
            ingress.use(next.server(), next.access());
        }
        if (auth != null) {
            identify(auth, next);
        }
        routes = routes(next);
        snapshot = next;
    }

    private static void identify(Authenticator callers, Snapshot from) {
        callers.useIfNew(
                from.access().auth(), from.server().tenants(), from.access().roles());
    }

    private RouteTable routes(Snapshot from) {
        return new RouteTable(from, new SwitchedTargets(common.targets()::of, common.switches()), chance);
    }

    int port() {
        return ingress == null ? 0 : ingress.port();
    }

    /** Exchanges that have not ended. */
    int live() {
        return pipeline == null ? 0 : pipeline.live();
    }

    /** Ends what certain callers have under way, with the schema's error. Any thread. */
    void endAll(Predicate<Identity> whose, GatewayError why) {
        Context ctx = context;
        ExchangePipeline exchanges = pipeline;
        if (ctx != null && exchanges != null) {
            ctx.runOnContext(now -> exchanges.endAll(whose, why));
        }
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

    /** Ends what a switch does not let begin any more, after the grace, if it stands so still. From any thread. */
    void endAll(SwitchObject flipped, Duration grace) {
        Context ctx = context;
        ExchangePipeline exchanges = pipeline;
        if (ctx == null || exchanges == null) {
            return;
        }
        if (grace.isPositive()) {
            vertx.setTimer(Math.max(1, grace.toMillis()), due -> ctx.runOnContext(turn -> exchanges.endAll(flipped)));
        } else {
            ctx.runOnContext(turn -> exchanges.endAll(flipped));
        }
    }

    private static void notFetched(String whose, boolean held, String why) {
        LOG.warn("no new credentials of {}, {}: {}", whose, held ? "the old ones still hold" : "none are held", why);
    }

    private static void sideCallBreakerChanged(String where, BreakerState to) {
        LOG.info("breaker of side calls to {}: {}", where, to.label());
    }

    Future<?> close() {
        if (sideCalls != null) {
            sideCalls.close();
        }
        if (pictureCalls != null) {
            pictureCalls.close();
        }
        return providers == null ? Future.succeededFuture() : providers.close();
    }
}
