// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.auth.Pepper;
import dev.penstock.auth.StoredKey;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.Secret;
import dev.penstock.config.Snapshot;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.ChangeLog;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Ticker;
import dev.penstock.store.StoreFailed;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The keys of callers as the process has them: kept, told to other nodes, and followed to the last stream when they go. */
final class CallerKeys {

    private static final Logger LOG = LogManager.getLogger(CallerKeys.class);

    private final List<Shard> shards;
    private volatile @Nullable VirtualKeys keys;

    /** @param shards that have been started so far; grows while they start */
    CallerKeys(List<Shard> shards) {
        this.shards = shards;
    }

    /** With those that are kept, and what other nodes know of them. Before the first call: what was revoked elsewhere does not begin here. */
    Future<VirtualKeys> open(Snapshot snapshot, Kept kept, ClusterLink link, ChangeLog changes, Ticker ticker) {
        VirtualKeys.Neighbours neighbours =
                new VirtualKeys.Neighbours(kept.keys(), changes, this::endCallsOf, link::announce);
        Secret pepper = snapshot.access().auth().pepper();
        return VirtualKeys.open(neighbours, pepper, ticker, new SecureRandom())
                .recover(cause -> withoutThem(cause, snapshot, neighbours, ticker))
                .compose(opened -> {
                    keys = opened;
                    return link.hearKeys(opened)
                            .<VirtualKeys>map(heard -> opened)
                            .otherwise(cause -> {
                                LOG.warn("keys: not heard yet from the other nodes: {}", cause.toString());
                                return opened;
                            });
                });
    }

    /**
     * A store that is away does not keep a gateway from starting whose file demands keys: nobody comes in who should not, and those that were
     * made at run time do as soon as it is back. It takes a pepper that is known without the store.
     */
    private static Future<VirtualKeys> withoutThem(
            Throwable cause, Snapshot snapshot, VirtualKeys.Neighbours neighbours, Ticker ticker) {
        Secret pepper = snapshot.access().auth().pepper();
        boolean passing = cause instanceof StoreFailed failed && !failed.isLasting();
        if (!passing || pepper == null || !snapshot.server().needsKey()) {
            return Future.failedFuture(cause);
        }
        LOG.warn(
                "keys: those that were made at run time are not known until the store is back: {}", cause.getMessage());
        return Future.succeededFuture(new VirtualKeys(neighbours, Pepper.of(pepper), ticker, new SecureRandom()));
    }

    /** Ends what keys have under way that the new configuration does not have any more, or whose tenant it does not have. */
    void reloaded(Snapshot before, Snapshot after) {
        Set<String> gone = ofFile(before).collect(Collectors.toCollection(HashSet::new));
        ofFile(after).forEach(gone::remove);
        Set<String> tenants = tenants(before);
        tenants.removeAll(tenants(after));
        VirtualKeys made = keys;
        if (made != null && !tenants.isEmpty()) {
            made.list().stream()
                    .filter(key -> tenants.contains(key.tenant()))
                    .map(StoredKey::publicId)
                    .forEach(gone::add);
        }
        gone.forEach(this::endCallsOf);
    }

    private static Stream<String> ofFile(Snapshot config) {
        return config.server().tenants().stream()
                .flatMap(tenant -> tenant.keys().stream())
                .map(TenantConfig.Key::id);
    }

    private static Set<String> tenants(Snapshot config) {
        return config.server().tenants().stream()
                .map(TenantConfig::name)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private void endCallsOf(String keyId) {
        GatewayError why = GatewayError.builder(
                        GatewayError.Kind.UNAUTHENTICATED, "The API key was revoked; the answer is incomplete.")
                .code("revoked_api_key")
                .hint("Use another key.")
                .build();
        shards.forEach(shard -> shard.endAll(who -> who.keyId().equals(keyId), why));
    }
}
