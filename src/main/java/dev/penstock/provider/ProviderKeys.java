// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What one node knows of the keys of providers that have several: one state for each, shared by the rings of all shards. A
 * reload finds the state of a key again as long as name and secret are the same; a new secret under an old name starts afresh.
 * Safe for all threads; the map is only asked at start and reload.
 */
public final class ProviderKeys {

    private final Ticker ticker;
    private final KeyListener.Maker listeners;
    private final Map<Id, KeyState> states = new ConcurrentHashMap<>();

    private record Id(String provider, String key, Secret secret) {

        static Id of(String provider, ProviderConfig.ApiKey key) {
            return new Id(provider, key.name(), key.secret());
        }
    }

    /**
     * How a key is doing, for people.
     *
     * @param name of the key
     * @param weight its share of the requests
     * @param setAside why it is set aside, or null when it is in use
     * @param remaining how much longer; zero when it is in use
     */
    public record Standing(
            String name, int weight, @Nullable KeyFault setAside, Duration remaining) {}

    public ProviderKeys(Ticker ticker, KeyListener.Maker listeners) {
        this.ticker = ticker;
        this.listeners = listeners;
    }

    /** The keys of a provider, in the order of its configuration. */
    public List<Standing> standing(ProviderConfig provider) {
        long now = ticker.nanos();
        List<Standing> all = new ArrayList<>();
        for (ProviderConfig.ApiKey key : provider.apiKeys()) {
            KeyState state = states.get(Id.of(provider.name(), key));
            KeyState.Aside aside = state == null ? null : state.aside();
            long remaining = aside == null ? 0 : aside.untilNanos() - now;
            all.add(
                    aside == null || remaining <= 0
                            ? new Standing(key.name(), key.weight(), null, Duration.ZERO)
                            : new Standing(key.name(), key.weight(), aside.why(), Duration.ofNanos(remaining)));
        }
        return all;
    }

    /** Forgets the keys that a configuration no longer has, when every shard has taken it over. */
    public void retain(Snapshot snapshot) {
        Set<Id> held = new HashSet<>();
        snapshot.providers().values().forEach(provider -> provider.apiKeys()
                .forEach(key -> held.add(Id.of(provider.name(), key))));
        states.keySet().retainAll(held);
    }

    KeyState state(String provider, ProviderConfig.ApiKey key) {
        return states.computeIfAbsent(
                Id.of(provider, key), id -> new KeyState(key.name(), ticker, listeners.of(provider, key.name())));
    }

    Ticker ticker() {
        return ticker;
    }
}
