// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.accounting.SettlementListener;
import dev.penstock.config.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Consumer;

/** Takes the settlements of its shard, and the announcements of a new configuration. */
public final class SettlementVerticle extends VerticleBase {

    private final ShardBus bus;
    private final SettlementListener direct;
    private final Consumer<Snapshot> config;

    public SettlementVerticle(ShardBus bus, SettlementListener direct, Consumer<Snapshot> config) {
        this.bus = bus;
        this.direct = direct;
        this.config = config;
    }

    @Override
    public Future<?> start() {
        bus.serveSettlements(direct);
        bus.serveConfig(config);
        return Future.succeededFuture();
    }
}
