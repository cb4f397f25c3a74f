// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AdminAccess;
import dev.penstock.admin.AdminVerticle;
import dev.penstock.admin.Readiness;
import dev.penstock.admin.Reload;
import dev.penstock.alert.CallShares;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.LoadResult;
import dev.penstock.config.ModelConfig;
import dev.penstock.config.ReloadResult;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.eventbus.ShardBus;
import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.ingress.Welcome;
import dev.penstock.provider.ProviderKeys;
import dev.penstock.resilience.ConcurrencyGates;
import dev.penstock.resilience.HeapWatch;
import dev.penstock.resilience.TargetStates;
import dev.penstock.routing.RouteTable;
import dev.penstock.streaming.StreamMeters;
import dev.penstock.switches.SwitchBoard;
import dev.penstock.switches.Switches;
import dev.penstock.telemetry.Alerts;
import dev.penstock.telemetry.BreakerNews;
import dev.penstock.telemetry.LoopLag;
import dev.penstock.telemetry.Metrics;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The running process: one shard per event loop, the admin listener, the logs and meters, and the order in which all of it
 * goes up and comes down. Its methods block and are called from threads of their own, never from an event loop.
 */
final class Gateway implements RunningGateway, AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Gateway.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);
    /** What remains of the drain time when streams that still run are told; enough for the event to reach a slow client. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final Duration LOOP_IS_DEAD_AFTER = Duration.ofSeconds(5);

    /**
     * How the process is run; the default is the product, the rest are rungs of the benchmark ladder.
     *
     * @param caller bus or direct calls between the rooms
     * @param telemetry whether the request log and the meters are on
     * @param ledger whether calls are recorded
     * @param requestLog where the request log goes
     * @param vertx last word on how Vert.x is built
     * @param common last word on what the shards have in common
     */
    record Options(
            Shard.Caller caller,
            boolean telemetry,
            boolean ledger,
            OutputStream requestLog,
            UnaryOperator<VertxBuilder> vertx,
            UnaryOperator<Shard.Common> common) {

        static Options fromSystemProperties() {
            return new Options(
                    "direct".equals(System.getProperty("penstock.caller")) ? Shard.Caller.DIRECT : Shard.Caller.BUS,
                    !"off".equals(System.getProperty("penstock.telemetry")),
                    !"off".equals(System.getProperty("penstock.ledger")),
                    System.out,
                    UnaryOperator.identity(),
                    UnaryOperator.identity());
        }
    }

    private final ClusterLink link;
    private final Vertx vertx;
    private final Options options;
    private final Ticker ticker = Ticker.system();
    private final Metrics metrics = new Metrics(Version.number(), Version.commit());
    private final ProviderKeys keys = new ProviderKeys(ticker, new KeyNotices(metrics, ticker));
    private final CallShares callShares = new CallShares(ticker);
    private final Alerts alerts = new Alerts(ticker, metrics.alerts());
    private final TargetStates targets =
            new TargetStates(ticker, RandomGenerator.of("L64X128MixRandom"), new BreakerNews(metrics, alerts));
    private final HeapWatch heap = new HeapWatch(ticker);
    private final ConcurrencyGates gates =
            new ConcurrencyGates(ticker, RandomGenerator.of("L64X128MixRandom"), metrics.load());
    private final Observed observed;
    /** Asked for its live exchanges by shards that serve while later ones still start. */
    private final List<Shard> shards = new CopyOnWriteArrayList<>();

    private final CallerKeys callerKeys = new CallerKeys(shards);
    private final List<LoopLag> lags = new ArrayList<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final Object lifecycle = new Object();
    private final Object reloading = new Object();
    private final Catalog catalog;
    private final Switches switches = new Switches();
    private final SwitchBoard switchBoard;
    private final Kept kept;
    private final Books books;
    private final AuditDesk audit;
    private final Callable<LoadResult> source;
    private final Snapshot started;
    private volatile Snapshot snapshot;
    private volatile boolean accepting;
    private volatile boolean draining;
    private @Nullable AdminVerticle admin;
    private @Nullable Limiting limiting;
    private @Nullable AlertDesk alertDesk;

    private Gateway(Snapshot snapshot, Callable<LoadResult> source, Options options, ClusterLink link, Vertx vertx) {
        this.link = link;
        this.vertx = vertx;
        this.snapshot = snapshot;
        this.started = snapshot;
        this.source = source;
        this.catalog = new Catalog(snapshot);
        this.options = options;
        this.kept = Kept.of(snapshot, ticker);
        this.books = Books.open(options.ledger(), snapshot, link.node(), kept.ledger(), ticker, metrics);
        EventLoop anyLoop = ((VertxInternal) vertx).nettyEventLoopGroup().next();
        this.audit = AuditDesk.open(snapshot.observability().audit(), vertx, anyLoop, ticker);
        this.switchBoard = new SwitchBoard(
                snapshot.access().switches(),
                link.node(),
                ticker,
                new VertxTimers(anyLoop),
                kept.switches(),
                audit,
                new SwitchNews(shards),
                link::announce,
                switches);
        this.observed = new Observed(
                snapshot.observability().telemetry(),
                options.telemetry(),
                options.requestLog(),
                vertx,
                ticker,
                metrics,
                alerts);
    }

    /**
     * Starts everything, or takes down what was started and fails.
     *
     * @param source reads the configuration again, for reloads
     */
    static Gateway start(Snapshot snapshot, Callable<LoadResult> source, Options options) throws Exception {
        ClusterLink link = ClusterLink.open(snapshot.cluster(), Version.node(), Ticker.system());
        Vertx vertx;
        try {
            vertx = vertx(snapshot, options, link);
        } catch (Exception e) {
            link.close();
            if (!link.isDispensable()) {
                throw e;
            }
            link = ClusterLink.alone(snapshot.cluster(), String.valueOf(e.getMessage()));
            vertx = vertx(snapshot, options, link);
        }
        Gateway gateway = new Gateway(snapshot, source, options, link, vertx);
        try {
            gateway.deploy();
            return gateway;
        } catch (Exception e) {
            gateway.close();
            throw e;
        }
    }

    private static Vertx vertx(Snapshot snapshot, Options options, ClusterLink link) throws Exception {
        VertxOptions settings = new VertxOptions()
                .setEventLoopPoolSize(loops(snapshot.server()))
                .setPreferNativeTransport(true)
                // One class loader serves all; setting it twice per token would change nothing.
                .setDisableTCCL(true);
        return get(link.vertx(settings, options.vertx()), START_LIMIT);
    }

    private void deploy() throws Exception {
        await(kept.start(), START_LIMIT);
        await(link.connect(vertx, snapshot.version()), START_LIMIT);
        link.measure(metrics);
        targets.announceTo(link.announcements(), link.node());
        link.hear(targets::heard);
        hearSwitches();
        retain(snapshot);
        metrics.configured(snapshot);
        observed.start();
        metrics.gauge("penstock_breakers_open", "Targets that this node leaves alone or probes.", targets::notClosed);
        metrics.gauge("penstock_queue_waiting", "Attempts that wait for a slot of their target.", gates::waiting);
        kept.measure(metrics);
        audit.measure(metrics);
        link.witness(audit);
        Limiting limits =
                Limiting.open(snapshot, vertx, link, ticker, metrics, alerts, get(kept.counted(), START_LIMIT));
        limiting = limits;
        limits.measure(metrics);
        metrics.gauge("penstock_switches_disabled", "Objects that are switched off for somebody.", switches::disabled);
        ShardBus.registerCodecs(vertx);
        VirtualKeys callers = get(callerKeys.open(snapshot, kept, link, audit, ticker), START_LIMIT);
        Shard.Common common = options.common()
                .apply(new Shard.Common(
                        options.caller(),
                        ticker,
                        callers,
                        keys,
                        targets,
                        observed.settlements(List.of(callShares)),
                        meters(),
                        catalog,
                        this::welcome,
                        () -> accepting && !draining,
                        audit.hearing(metrics.edge()),
                        new Shard.Load(heap, this::live, gates, metrics.load()),
                        limits::admission,
                        limits.prices(),
                        switches,
                        limits::idempotency,
                        new UsageDesk(kept.ledger(), ticker),
                        books));
        deployShards(common);
        startLags();
        EventLoop anyLoop = ((VertxInternal) vertx).nettyEventLoopGroup().next();
        limits.start(anyLoop);
        kept.expire(snapshot.access().storage().retention(), ticker, new VertxTimers(anyLoop));
        alertDesk = new AlertDesk(
                vertx,
                snapshot.observability().alerts(),
                new AlertSources(
                        () -> snapshot,
                        targets,
                        callShares,
                        kept::isDown,
                        limits::isCutOff,
                        books::behind,
                        limits::budgets),
                ticker,
                link.node(),
                metrics.notices(),
                audit);
        alertDesk.start();
        AdminVerticle listener = new AdminVerticle(
                () -> snapshot,
                readiness(),
                metrics,
                this::reloadForAdmin,
                new FeatureReport(),
                new KeyStandings(keys),
                link.report(),
                new RouteExplainer(() -> snapshot, new SwitchedTargets(targets::of, switches), switches::rule, true),
                new SwitchDesk(switchBoard, ticker, new SwitchNames(() -> snapshot, catalog::names)),
                new AdminAccess(
                        new KeyCallers(callers, () -> snapshot),
                        new KeyDesk(callers, () -> snapshot, ticker, kept.keys().keeps()),
                        audit),
                common.usage(),
                alertDesk,
                Version.number());
        await(vertx.deployVerticle(listener), START_LIMIT);
        admin = listener;
        kept.follow(vertx, callers, switchBoard, limits::rows);
        accepting = true;
        audit.started(snapshot.version());
        metrics.bindRuntime();
        heap.start();
    }

    /** Before the first call: what was off when this node went, or is off on the others, does not begin here either. */
    private void hearSwitches() {
        try {
            await(switchBoard.load(), START_LIMIT);
        } catch (Exception e) {
            LOG.warn("switches: the store cannot be read, the configuration holds: {}", e.toString());
        }
        try {
            await(link.hearSwitches(switchBoard), START_LIMIT);
        } catch (Exception e) {
            LOG.warn("switches: not heard yet from the other nodes: {}", e.toString());
        }
    }

    /**
     * One shard on each event loop. Deployment by instances would take the loops from a round robin that others turn as well,
     * and two shards could meet on one loop while another stays empty; so each shard gets a context made for its loop.
     */
    private void deployShards(Shard.Common common) throws Exception {
        VertxInternal internal = (VertxInternal) vertx;
        List<Future<?>> deployed = new ArrayList<>();
        for (EventExecutor loop : internal.nettyEventLoopGroup()) {
            Shard shard = new Shard(shards.size(), vertx, common, snapshot);
            shards.add(shard);
            ContextInternal context =
                    internal.contextBuilder().withEventLoop((EventLoop) loop).build();
            Promise<Object> done = Promise.promise();
            context.runOnContext(start -> shard.deployOn(context).onComplete(result -> {
                if (result.succeeded()) {
                    done.complete();
                } else {
                    done.fail(result.cause());
                }
            }));
            deployed.add(done.future());
        }
        await(Future.all(deployed), START_LIMIT);
    }

    private void startLags() {
        for (int i = 0; i < shards.size(); i++) {
            EventLoop loop = shards.get(i).loop();
            if (loop != null) {
                LoopLag lag = metrics.lag(i, ticker, new VertxTimers(loop));
                lags.add(lag);
                loop.execute(lag::start);
            }
        }
    }

    private IntFunction<StreamMeters> meters() {
        return options.telemetry() ? shard -> metrics.shard() : shard -> StreamMeters.NONE;
    }

    // ---- reload

    /**
     * Reads the configuration again and gives it to every shard: all or nothing. Exchanges under way keep what they started
     * with. Blocks; one at a time.
     */
    @Override
    public ReloadResult reload() {
        try {
            return reloadOrFail();
        } catch (Exception e) {
            throw new IllegalStateException("the configuration could not be reloaded", e);
        }
    }

    private ReloadResult reloadOrFail() throws Exception {
        synchronized (reloading) {
            ReloadResult result = ReloadResult.of(started, snapshot, source.call());
            audit.reloaded(snapshot.version(), result);
            switch (result) {
                case ReloadResult.Refused refused -> {}
                case ReloadResult.Applied applied -> {
                    await(ShardBus.announce(vertx, applied.snapshot(), shards.size()), START_LIMIT);
                    keys.retain(applied.snapshot());
                    retain(applied.snapshot());
                    catalog.use(applied.snapshot());
                    metrics.configured(applied.snapshot());
                    if (limiting != null) {
                        limiting.reload(applied.snapshot());
                    }
                    if (alertDesk != null) {
                        alertDesk.use(applied.snapshot().observability().alerts());
                    }
                    callerKeys.reloaded(snapshot, applied.snapshot());
                    switchBoard.use(applied.snapshot().access().switches());
                    books.use(applied.snapshot());
                    snapshot = applied.snapshot();
                    link.tellConfigVersion(snapshot.version());
                }
            }
            return result;
        }
    }

    private Future<Reload.Result> reloadForAdmin() {
        if (draining) {
            return Future.succeededFuture(new Reload.Result(
                    Reload.Status.BUSY, snapshot.version(), List.of(), List.of(), List.of("the gateway is draining")));
        }
        return vertx.executeBlocking(() -> switch (reload()) {
            case ReloadResult.Refused refused ->
                new Reload.Result(
                        Reload.Status.INVALID,
                        snapshot.version(),
                        List.of(),
                        List.of(),
                        refused.problems().stream().map(Object::toString).toList());
            case ReloadResult.Applied applied ->
                new Reload.Result(
                        applied.changed().isEmpty() ? Reload.Status.UNCHANGED : Reload.Status.APPLIED,
                        snapshot.version(),
                        applied.changed(),
                        applied.restart(),
                        List.of());
        });
    }

    // ---- going down

    /**
     * Begins the drain, once: not ready at once, after the delay no new connections, live streams until {@code drain}, then an
     * error event for whoever is left. Returns immediately; {@link #awaitStop} tells the end.
     */
    void stop() {
        synchronized (lifecycle) {
            if (draining) {
                // Asked twice: whoever runs this does not want to wait.
                stopped.complete(null);
                return;
            }
            draining = true;
        }
        ServerConfig server = snapshot.server();
        LOG.info("draining: not ready, {} live exchanges, listener closes in {}", live(), server.drainDelay());
        Duration delay = live() == 0 && server.drainDelay().isZero() ? Duration.ZERO : server.drainDelay();
        vertx.setTimer(Math.max(1, delay.toMillis()), due -> drainShards(server.drain()));
    }

    private void drainShards(Duration grace) {
        accepting = false;
        Duration lastWords = grace.compareTo(LAST_WORDS.multipliedBy(2)) < 0 ? grace.dividedBy(2) : LAST_WORDS;
        List<Future<?>> drained = new ArrayList<>();
        shards.forEach(shard -> drained.add(shard.drain(grace, lastWords)));
        Future.join(drained).onComplete(done -> stopped.complete(null));
    }

    /** Waits until the drain is over and closes everything. */
    @Override
    public void awaitStop() throws InterruptedException {
        try {
            stopped.get();
        } catch (ExecutionException e) {
            LOG.error("drain failed", e.getCause());
        }
        close();
    }

    @Override
    public int exitCode() {
        return ExitCode.OK.code;
    }

    @Override
    public void close() {
        accepting = false;
        switchBoard.close();
        shards.forEach(Shard::close);
        if (alertDesk != null) {
            alertDesk.close();
        }
        if (limiting != null) {
            limiting.close();
            kept.keep(limiting.rows());
        }
        audit.close();
        observed.flush();
        try {
            await(vertx.close(), CLOSE_LIMIT);
        } catch (Exception e) {
            LOG.warn("closing took too long: {}", e.toString());
        }
        books.close();
        kept.close();
        heap.close();
        observed.close();
        try {
            link.close();
        } catch (RuntimeException e) {
            LOG.warn("leaving the cluster failed: {}", e.toString());
        }
        metrics.close();
        stopped.complete(null);
    }

    // ---- what others ask

    @Override
    public InetSocketAddress api() {
        return new InetSocketAddress(
                snapshot.server().api().getHostString(), shards.get(0).port());
    }

    @Override
    public InetSocketAddress admin() {
        return new InetSocketAddress(snapshot.server().admin().getHostString(), admin == null ? 0 : admin.actualPort());
    }

    /** How this node is tied to others. */
    ClusterLink link() {
        return link;
    }

    private int live() {
        return shards.stream().mapToInt(Shard::live).sum();
    }

    private Welcome welcome() {
        Snapshot now = snapshot;
        List<String> names = catalog.names();
        return new Welcome(
                Version.number(),
                (now.server().tls() == null ? "http://" : "https://") + api().getHostString() + ":" + api().getPort()
                        + "/v1",
                names.isEmpty() ? "provider/model" : names.get(0),
                names.size(),
                now.server().needsKey());
    }

    private boolean loopsTick() {
        return lags.stream().allMatch(lag -> lag.tickedWithin(LOOP_IS_DEAD_AFTER));
    }

    private Readiness readiness() {
        return new Readiness() {
            @Override
            public List<Check> alive() {
                return List.of(new Check("event_loops", loopsTick(), shards.size() + " loops"));
            }

            @Override
            public List<Check> ready() {
                List<Check> checks = new ArrayList<>(List.of(
                        new Check("config", true, "version " + snapshot.version()),
                        new Check("listener", accepting, accepting ? "open" : "closed"),
                        new Check("draining", !draining, draining ? live() + " live exchanges" : "no")));
                List.of(link.checks(), kept.checks(), books.checks(), audit.checks())
                        .forEach(checks::addAll);
                return checks;
            }

            @Override
            public List<Check> started() {
                return List.of(new Check("started", accepting || draining, "listener"));
            }
        };
    }

    /** Keeps the targets that stand in the configuration, each with its settings; callers can name others below a provider. */
    private void retain(Snapshot now) {
        Map<Target, Set<BreakerSettings>> used = new HashMap<>();
        now.models().values().forEach(model -> model.targets()
                .forEach(target -> used.computeIfAbsent(target, t -> new HashSet<>())
                        .add(model.resilience().breaker())));
        ModelConfig all = now.models().get(RouteTable.DEFAULTS);
        BreakerSettings usual = all == null
                ? ResilienceSettings.DEFAULT.breaker()
                : all.resilience().breaker();
        now.providers().values().forEach(provider -> provider.models()
                .forEach(model -> used.computeIfAbsent(new Target(provider.name(), model), t -> new HashSet<>())
                        .add(usual)));
        targets.retain((target, settings) -> used.getOrDefault(target, Set.of()).contains(settings));
    }

    private static int loops(ServerConfig server) {
        return server.loops() > 0 ? server.loops() : Runtime.getRuntime().availableProcessors();
    }

    private static void await(Future<?> future, Duration limit) throws Exception {
        get(future, limit);
    }

    private static <T> T get(Future<T> future, Duration limit) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new IllegalStateException("not done within " + limit, e);
        }
    }
}
