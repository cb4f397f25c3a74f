// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Identity;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a request tells.
 *
 * @param schema that the client speaks
 * @param id of the exchange
 * @param traceId W3C trace id of the caller, if it sent one
 * @param terms what the client says about urgency
 * @param who calls
 * @param clientIp address of the other end of the connection, as text; empty where it has none
 * @param models which of them the caller may call
 */
public record Arrival(
        ApiSchema schema,
        String id,
        @Nullable String traceId,
        CallTerms terms,
        Identity who,
        String clientIp,
        ModelGate models) {}
