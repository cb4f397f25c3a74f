// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.Authenticator;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.AccessConfig;
import dev.penstock.config.ServerConfig;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Transcripts;
import dev.penstock.pipeline.ExchangePipeline;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server of one shard. Known hot paths are dispatched by a comparison of strings before any router; the rest goes
 * through Vert.x Web. Connections are dealt out to the shards in turn by Vert.x, and stay where they are.
 */
public final class IngressVerticle extends VerticleBase {

    /**
     * What the verticle needs.
     *
     * @param config listeners and limits
     * @param access who may call
     * @param keys those that are made at run time
     * @param pipeline where exchanges begin
     * @param timers timers of this shard
     * @param ticker time
     * @param random for request ids
     * @param models the list of models, prepared again after each reload
     * @param welcome what the page at the root path says
     * @param ready whether the process accepts new work
     * @param load whether there is room for another call
     * @param lastByte when the end of an answer may go out
     * @param transcripts of which calls it is taken down what is said
     * @param traces where traces begin
     * @param refusals hears of what the edge refuses before there is an exchange
     * @param auth who calls, of this shard
     * @param usage what a caller has used
     */
    public record Setup(
            ServerConfig config,
            AccessConfig access,
            VirtualKeys keys,
            ExchangePipeline pipeline,
            Timers timers,
            Ticker ticker,
            RandomGenerator random,
            ModelCatalog models,
            Supplier<Welcome> welcome,
            BooleanSupplier ready,
            LoadCheck load,
            LastByte lastByte,
            Transcripts transcripts,
            TraceStart traces,
            EdgeListener refusals,
            Authenticator auth,
            OwnUsage usage) {}

    private final Setup setup;
    private Edge edge;
    private @Nullable HttpServer server;

    public IngressVerticle(Setup setup) {
        this.setup = setup;
        this.edge = Edge.of(setup.config(), setup.access(), setup.keys());
    }

    /** Takes over what of a new configuration holds without a new listener. On the shard's event loop. */
    public void use(ServerConfig config, AccessConfig access) {
        edge = Edge.of(config, access, setup.keys());
    }

    @Override
    public Future<?> start() {
        ServerConfig config = setup.config();
        RequestIds ids = new RequestIds(setup.ticker(), setup.random());
        BodyBudget bodies = new BodyBudget(bodyBudget(config));
        Map<ApiSchema, CallEndpoint> calls = new EnumMap<>(ApiSchema.class);
        Doors.all()
                .forEach((path, schema) -> calls.put(
                        schema,
                        new CallEndpoint(
                                schema,
                                Doors.right(path),
                                setup.auth(),
                                setup.pipeline(),
                                setup.models(),
                                ids,
                                bodies,
                                setup.load(),
                                setup.refusals(),
                                setup.lastByte(),
                                setup.transcripts(),
                                setup.traces(),
                                setup.timers(),
                                setup.ticker())));
        Handler<HttpServerRequest> rest = FrontDoor.router(
                vertx,
                setup.models(),
                setup.ready(),
                setup.welcome(),
                setup.auth(),
                () -> edge.key(),
                () -> edge.addresses(),
                () -> edge.cors(),
                setup.refusals(),
                ids,
                setup.usage());
        HttpServer created = EdgeServer.create(vertx, config, setup.refusals());
        server = created;
        created.requestHandler(request -> dispatch(request, calls, rest));
        return created.listen(listenAddress(config));
    }

    /** The port that the server listens on. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    /** Accepts nothing new, closes idle connections and lets live exchanges finish until the time is over. */
    public Future<?> drain(Duration grace) {
        return server == null ? Future.succeededFuture() : server.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A quarter of the heap for request bodies, over all event loops, but always room for one whole body. */
    private static long bodyBudget(ServerConfig config) {
        int loops = config.loops() > 0 ? config.loops() : Runtime.getRuntime().availableProcessors();
        return Math.max(config.maxBodyBytes(), Runtime.getRuntime().maxMemory() / 4 / loops);
    }

    private void dispatch(
            HttpServerRequest request, Map<ApiSchema, CallEndpoint> calls, Handler<HttpServerRequest> rest) {
        ApiSchema schema = HttpMethod.POST.equals(request.method()) ? Doors.at(request.path()) : null;
        CallEndpoint call = schema == null ? null : calls.get(schema);
        if (call != null) {
            call.handle(request, edge);
        } else {
            rest.handle(request);
        }
    }

    /** For port 0 all shards share one free port; on their own, each server would take another. */
    private static SocketAddress listenAddress(ServerConfig config) {
        int port = config.api().getPort();
        String host = config.api().getHostString();
        return port == 0 ? SocketAddress.sharedRandomPort(1, host) : SocketAddress.inetSocketAddress(port, host);
    }
}
