// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.TraceContext;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a request tells.
 *
 * @param schema that the client speaks
 * @param uuid of the exchange, unlike every other
 * @param id the value of {@code x-request-id}
 * @param trace where the caller stands in a trace, or one that begins here; null where there is none
 * @param terms what the client says about urgency
 * @param who calls
 * @param clientIp address of the client as text, as far as it can be believed; empty where the connection has none
 * @param models which of them the caller may call
 * @param authNanos how long it took to find out who calls; -1 where no trace wants to know
 */
public record Arrival(
        ApiSchema schema,
        UUID uuid,
        String id,
        @Nullable TraceContext trace,
        CallTerms terms,
        Identity who,
        String clientIp,
        ModelGate models,
        long authNanos) {}
