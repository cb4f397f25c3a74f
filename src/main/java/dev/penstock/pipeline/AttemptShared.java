// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.TraceContext;
import dev.penstock.routing.Route;
import io.vertx.core.MultiMap;
import org.jspecify.annotations.Nullable;

/**
 * What all attempts of one exchange have in common.
 *
 * @param tools of the shard
 * @param exchangeId id of the exchange
 * @param trace where it stands in a trace, or null
 * @param route where it may go
 * @param headers what the edge lets through
 * @param client the other end
 * @param times when the exchange passed its stations
 * @param deadline end of the exchange, on the ticker
 * @param priority who waits when not all can be served
 * @param facts what is known of the request, for answers that Penstock makes itself
 * @param request what the client asked for
 * @param allowance what it may use
 */
record AttemptShared(
        ShardTools tools,
        String exchangeId,
        @Nullable TraceContext trace,
        Route route,
        MultiMap headers,
        ClientResponse client,
        Timeline times,
        long deadline,
        Priority priority,
        RequestFacts facts,
        AskedFor request,
        Allowance allowance) {

    /**
     * What the edge lets through, and the span of an attempt where the exchange is traced.
     *
     * @param began the attempt, in nanoseconds from the arrival
     */
    MultiMap headers(long began) {
        if (trace == null || !trace.isRecorded()) {
            return headers;
        }
        String span = trace.span(AttemptRecord.SPAN, began);
        return MultiMap.caseInsensitiveMultiMap().addAll(headers).set("traceparent", trace.header(span));
    }
}
