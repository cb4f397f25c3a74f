// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import dev.penstock.config.FetchConfig;
import dev.penstock.conversation.AddressedImages;
import dev.penstock.conversation.Conversation;
import dev.penstock.exchange.Timers;
import dev.penstock.sidecall.SideCalls;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fetches the images of conversations. One per shard, used on its event loop. */
public final class ImageFetcher {

    private final SideCalls calls;
    private final Names names;
    private final Timers timers;
    private FetchConfig config;
    private Networks networks;

    public ImageFetcher(SideCalls calls, Names names, Timers timers, FetchConfig config) {
        this.calls = calls;
        this.names = names;
        this.timers = timers;
        this.config = config;
        this.networks = new Networks(config.privateNetworks());
    }

    /** A new configuration; what is being fetched goes on under the old one. */
    public void use(FetchConfig next) {
        config = next;
        networks = new Networks(next.privateNetworks());
    }

    /** Begins to fetch; null when there is nothing to fetch or nothing may be. */
    public @Nullable Fetching fetch(Conversation conversation) {
        if (config.hosts().isEmpty()) {
            return null;
        }
        List<AddressedImages.Addressed> places = AddressedImages.in(conversation);
        if (places.isEmpty()) {
            return null;
        }
        Fetching fetching = new Fetching(calls, names, config, networks, conversation);
        fetching.start(places, timers);
        return fetching;
    }
}
