// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.provider.ProviderCall;
import dev.penstock.provider.ProviderCaller;
import dev.penstock.routing.Route;
import dev.penstock.routing.RouteCaller;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * The event bus as one shard uses it. Addresses carry the shard's number, so a call and its answer stay on the loop that owns
 * the client's connection; a message to another loop would cost a thread wake-up. Hot calls are sent with their completion
 * inside and without a reply: measured at a quarter of request and reply (rationale.md, "Event bus").
 */
public final class ShardBus {

    private static final DeliveryOptions LOCAL =
            new DeliveryOptions().setLocalOnly(true).setTracingPolicy(TracingPolicy.IGNORE);

    private final EventBus bus;
    private final int shard;

    public ShardBus(Vertx vertx, int shard) {
        this.bus = vertx.eventBus();
        this.shard = shard;
    }

    /** Once per Vert.x instance, before the first shard is deployed. */
    public static void registerCodecs(Vertx vertx) {
        vertx.eventBus()
                .registerDefaultCodec(RouteMessage.class, new IdentityCodec<>(RouteMessage.class))
                .registerDefaultCodec(ProviderCall.class, new IdentityCodec<>(ProviderCall.class))
                .registerDefaultCodec(ExchangeRecord.class, new IdentityCodec<>(ExchangeRecord.class))
                .registerDefaultCodec(Snapshot.class, new IdentityCodec<>(Snapshot.class));
    }

    /** Announces a new snapshot to every shard; completes when all of them use it. */
    public static Future<?> announce(Vertx vertx, Snapshot snapshot, int shards) {
        List<Future<?>> taken = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            taken.add(vertx.eventBus().request("penstock.config." + i, snapshot, LOCAL));
        }
        return Future.join(taken);
    }

    /** Asks the routing verticle of this shard. */
    public RouteCaller router() {
        String address = address("route");
        return asked -> {
            Promise<Route> decision = Promise.promise();
            bus.send(address, new RouteMessage(asked, decision), LOCAL);
            return decision.future();
        };
    }

    /** Calls through the provider verticle of this shard. */
    public ProviderCaller providers() {
        String address = address("provider");
        return call -> bus.send(address, call, LOCAL);
    }

    /** Settles through the bus, after the client's last byte has been handed over. */
    public SettlementListener settlements() {
        String address = address("settle");
        return settled -> bus.send(address, settled, LOCAL);
    }

    void serveRoutes(RouteCaller direct) {
        bus.<RouteMessage>localConsumer(address("route"), message -> {
            RouteMessage question = message.body();
            try {
                direct.route(question.question()).onComplete(question.decision());
            } catch (RuntimeException bug) {
                question.decision().tryFail(bug);
                throw bug;
            }
        });
    }

    void serveProviders(ProviderCaller direct) {
        bus.<ProviderCall>localConsumer(address("provider"), message -> {
            ProviderCall call = message.body();
            if (!call.wanted()) {
                return;
            }
            try {
                direct.call(call);
            } catch (RuntimeException bug) {
                call.fail(GatewayError.of(Kind.INTERNAL, "The gateway failed to call the provider."));
                throw bug;
            }
        });
    }

    void serveSettlements(SettlementListener direct) {
        bus.<ExchangeRecord>localConsumer(address("settle"), message -> direct.settled(message.body()));
    }

    void serveConfig(java.util.function.Consumer<Snapshot> use) {
        bus.<Snapshot>localConsumer(address("config"), message -> {
            use.accept(message.body());
            message.reply(null, LOCAL);
        });
    }

    private String address(String decision) {
        return "penstock." + decision + "." + shard;
    }
}
