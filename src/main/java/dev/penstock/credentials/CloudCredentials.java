// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.CloudLogin;
import dev.penstock.config.GoogleLogin;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * All fetched credentials of one shard, by where they are found: providers with equal logins share them, and they outlive a
 * reload. Fetches nothing before somebody asks. Used on the shard's event loop.
 */
public final class CloudCredentials {

    private final Map<CloudLogin, Refreshing<AwsKeys>> aws = new HashMap<>();
    private final Map<CloudLogin, Refreshing<GoogleToken>> google = new HashMap<>();
    private final SideCalls calls;
    private final Worker worker;
    private final Ticker ticker;
    private final RandomGenerator chance;
    private final CredentialsListener listener;

    /**
     * @param vertx lends the threads on which files are read
     * @param calls of the same shard; closed by whoever made them
     * @param chance spreads the fetches of many shards
     */
    public CloudCredentials(
            Vertx vertx, SideCalls calls, Ticker ticker, RandomGenerator chance, CredentialsListener listener) {
        this.calls = calls;
        this.worker = new Worker(vertx);
        this.ticker = ticker;
        this.chance = chance;
        this.listener = listener;
    }

    public Refreshing<AwsKeys> of(AwsLogin login) {
        return aws.computeIfAbsent(login, fresh -> refreshing("AWS", AwsChain.of(login, calls, worker, ticker)));
    }

    public Refreshing<GoogleToken> of(GoogleLogin login) {
        return google.computeIfAbsent(
                login, fresh -> refreshing("Google Cloud", new GoogleTokens(login, calls, worker, ticker)));
    }

    /** Forgets all others, after a reload. */
    public void keep(Set<CloudLogin> wanted) {
        aws.keySet().retainAll(wanted);
        google.keySet().retainAll(wanted);
    }

    private <T> Refreshing<T> refreshing(String whose, Source<T> source) {
        return new Refreshing<>(whose, source, ticker, chance, listener);
    }
}
