// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.routing.RouteCaller;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Answers the routing questions of its shard. */
public final class RoutingVerticle extends VerticleBase {

    private final ShardBus bus;
    private final RouteCaller direct;

    public RoutingVerticle(ShardBus bus, RouteCaller direct) {
        this.bus = bus;
        this.direct = direct;
    }

    @Override
    public Future<?> start() {
        bus.serveRoutes(direct);
        return Future.succeededFuture();
    }
}
