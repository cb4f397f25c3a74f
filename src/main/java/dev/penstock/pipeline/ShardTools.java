// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.SettlementListener;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.fetch.ImageFetcher;
import dev.penstock.idempotency.Idempotency;
import dev.penstock.provider.ProviderCaller;
import dev.penstock.quota.Admission;
import dev.penstock.resilience.Resilience;
import dev.penstock.routing.RouteCaller;
import dev.penstock.streaming.StreamMeters;
import dev.penstock.switches.Switches;
import java.util.concurrent.Executor;

/**
 * What the exchanges of one shard share.
 *
 * @param router decides where to
 * @param providers makes attempts
 * @param resilience what the node knows of targets, and how it retries
 * @param settlements hears of every end
 * @param ticker time
 * @param timers timers of the shard's event loop
 * @param loop the shard's event loop
 * @param meters the meters of this shard
 * @param images fetches images for providers that take only bytes
 * @param admission says how much callers may use
 * @param prices what calls cost
 * @param switches what is on and off
 * @param idempotency calls that have a name
 */
public record ShardTools(
        RouteCaller router,
        ProviderCaller providers,
        Resilience resilience,
        SettlementListener settlements,
        Ticker ticker,
        Timers timers,
        Executor loop,
        StreamMeters meters,
        ImageFetcher images,
        Admission admission,
        PriceBook prices,
        Switches switches,
        Idempotency idempotency) {}
