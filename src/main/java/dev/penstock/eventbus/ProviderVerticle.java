// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.provider.ProviderCaller;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Makes the provider calls of its shard. */
public final class ProviderVerticle extends VerticleBase {

    private final ShardBus bus;
    private final ProviderCaller direct;

    public ProviderVerticle(ShardBus bus, ProviderCaller direct) {
        this.bus = bus;
        this.direct = direct;
    }

    @Override
    public Future<?> start() {
        bus.serveProviders(direct);
        return Future.succeededFuture();
    }
}
