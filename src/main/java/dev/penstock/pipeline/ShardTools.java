// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.SettlementListener;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.fetch.ImageFetcher;
import dev.penstock.provider.ProviderCaller;
import dev.penstock.routing.RouteCaller;
import dev.penstock.streaming.StreamMeters;

/**
 * What the exchanges of one shard share.
 *
 * @param router decides where to
 * @param providers makes attempts
 * @param settlements hears of every end
 * @param ticker time
 * @param timers timers of the shard's event loop
 * @param meters the meters of this shard
 * @param images fetches images for providers that take only bytes
 */
public record ShardTools(
        RouteCaller router,
        ProviderCaller providers,
        SettlementListener settlements,
        Ticker ticker,
        Timers timers,
        StreamMeters meters,
        ImageFetcher images) {}
