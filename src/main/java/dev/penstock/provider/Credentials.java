// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import io.vertx.core.Future;

/** What a provider signs in with: a key, or something that must be fetched first. One per provider and shard; used on its loop. */
interface Credentials {

    /**
     * The way to sign in for the next attempt. Complete at once unless nothing valid is held; fails with a
     * {@link dev.penstock.exchange.GatewayError} when there is none to be had.
     */
    Future<RequestSigner> next();

    /** Those of the provider's configuration. */
    static Credentials of(ProviderConfig config) {
        Future<RequestSigner> only = Future.succeededFuture(RequestSigner.of(config));
        return () -> only;
    }
}
