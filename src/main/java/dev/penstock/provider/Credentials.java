// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.credentials.CloudCredentials;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** What a provider signs in with: a key, or something that must be fetched first. One per provider and shard; used on its loop. */
interface Credentials {

    /**
     * The way to sign in for the next attempt. Complete at once unless nothing valid is held; fails with a
     * {@link dev.penstock.exchange.GatewayError} when there is none to be had.
     */
    Future<RequestSigner> next();

    /**
     * The same for an exchange that has been refused with other keys and shall meet none of them again.
     *
     * @param before the last of them, or null at the first attempt
     */
    default Future<RequestSigner> next(@Nullable KeyUse before) {
        return next();
    }

    /**
     * Those of the provider's configuration.
     *
     * @param keys what the node knows of its keys
     * @param cloud the shard's, where they are to be fetched
     */
    static Credentials of(ProviderConfig config, ProviderKeys keys, CloudCredentials cloud) {
        if (!config.apiKeys().isEmpty()) {
            return KeyRing.of(config, keys);
        }
        Credentials fetched = FetchedCredentials.of(config, cloud);
        if (fetched != null) {
            return fetched;
        }
        Future<RequestSigner> only = Future.succeededFuture(RequestSigner.of(config));
        return () -> only;
    }
}
