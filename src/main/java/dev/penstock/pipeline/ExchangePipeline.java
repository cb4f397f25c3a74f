// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/** The exchanges of one shard: begins them, counts them, and ends the remaining ones when the process drains. */
public final class ExchangePipeline {

    private final ShardTools tools;
    private final Set<Exchange> live = new LinkedHashSet<>();
    /** Written by the shard's own thread only; volatile so that the metrics scrape sees it. */
    private volatile int liveCount;

    public ExchangePipeline(ShardTools tools) {
        this.tools = tools;
    }

    /** Begins an exchange at the arrival of its request head. */
    public Exchange begin(Arrival arrival, ClientResponse client) {
        Exchange exchange = new Exchange(tools, arrival, client, this::ended);
        live.add(exchange);
        liveCount = live.size();
        return exchange;
    }

    /** Exchanges that have not ended. May be read from any thread. */
    public int live() {
        return liveCount;
    }

    /** Ends every exchange that still runs with the schema's error. On the shard's event loop. */
    public void cutAll() {
        GatewayError why = GatewayError.builder(
                        Kind.DRAINING, "The gateway is shutting down; the answer is incomplete.")
                .code("gateway_shutdown")
                .hint("Send the request again.")
                .build();
        new ArrayList<>(live).forEach(exchange -> exchange.end(why));
    }

    /** Ends every exchange that a switch, as it stands now, would not let begin. On the shard's event loop. */
    public void endAll(SwitchObject flipped) {
        new ArrayList<>(live).forEach(exchange -> exchange.switched(flipped));
    }

    /** Ends those exchanges of certain callers that still run, with the schema's error. On the shard's event loop. */
    public void endAll(Predicate<Identity> whose, GatewayError why) {
        new ArrayList<>(live)
                .stream().filter(exchange -> whose.test(exchange.who())).forEach(exchange -> exchange.end(why));
    }

    private void ended(Exchange exchange) {
        live.remove(exchange);
        liveCount = live.size();
    }
}
