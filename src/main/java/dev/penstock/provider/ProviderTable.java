// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.CloudLogin;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.credentials.CloudCredentials;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * All providers of one shard, and the direct {@link ProviderCaller}. Owns the shard's HTTP clients, which are never shared with
 * another event loop: a connection opened by a shard is used by that shard only, so a token never changes thread. A reload
 * swaps the map; a call under way keeps the provider it was made with.
 */
public final class ProviderTable implements ProviderCaller {

    private final Timers timers;
    private final Ticker ticker;
    private final ProviderKeys keys;
    private final UpstreamClients clients;
    private final CloudCredentials cloud;
    private Map<String, Provider> providers = Map.of();

    /**
     * Called on the shard's event loop, so that the clients belong to it.
     *
     * @param keys what all shards know of the providers' keys
     * @param cloud the shard's, for providers whose credentials must be fetched
     */
    public ProviderTable(Vertx vertx, ProviderKeys keys, CloudCredentials cloud, Timers timers, Ticker ticker) {
        this.keys = keys;
        this.cloud = cloud;
        this.timers = timers;
        this.ticker = ticker;
        this.clients = new UpstreamClients(vertx);
    }

    /** Replaces all providers, all or nothing. */
    public void use(Snapshot snapshot) {
        Map<String, Provider> next = new HashMap<>();
        Set<UpstreamClients.Key> wanted = new HashSet<>();
        Set<CloudLogin> logins = new HashSet<>();
        for (ProviderConfig config : snapshot.providers().values()) {
            if (config.extras().login() != null) {
                logins.add(config.extras().login());
            }
            next.put(
                    config.name(),
                    switch (config.type()) {
                        case OPENAI, AZURE, ANTHROPIC, GEMINI, BEDROCK, OLLAMA, COHERE -> http(config, wanted);
                        case DEMO -> new DemoProvider(config.tokenGap(), timers, ticker);
                        case STATIC -> new StaticProvider(snapshot.statics(), timers, ticker);
                        case RULES -> new RulesProvider(snapshot.rules(), timers, ticker);
                    });
        }
        if (!snapshot.statics().isEmpty()) {
            next.putIfAbsent("static", new StaticProvider(snapshot.statics(), timers, ticker));
        }
        providers = next;
        clients.retire(wanted);
        cloud.keep(logins);
    }

    private Provider http(ProviderConfig config, Set<UpstreamClients.Key> wanted) {
        UpstreamClients.Key key = UpstreamClients.Key.of(config);
        wanted.add(key);
        return new HttpProvider(config, clients.client(key), Credentials.of(config, keys, cloud), timers, ticker);
    }

    @Override
    public void call(ProviderCall call) {
        Provider provider = providers.get(call.request().target().provider());
        if (provider != null) {
            provider.call(call);
        } else {
            // Only after a reload that removed it between routing and the call.
            call.fail(GatewayError.of(Kind.CONNECT_FAILED, "The provider of this model has been removed."));
        }
    }

    public Future<?> close() {
        return clients.close();
    }
}
