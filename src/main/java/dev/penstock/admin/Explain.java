// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.RequestFacts;
import io.vertx.core.json.JsonObject;

/** Which targets a request would try, and why not the others. Spends no token. Called on the event loop of this listener. */
public interface Explain {

    /**
     * The body of {@code /admin/v1/explain}.
     *
     * @param feature the named use case, for the switches that stand in its way; empty for none
     * @throws dev.penstock.exchange.GatewayError when no such model, or no such tenant, is known
     */
    JsonObject explain(RequestFacts facts, String feature);

    /**
     * The facts of a request as a client would send it.
     *
     * @param schema {@code chat}, {@code messages}, {@code responses}, {@code completions} or {@code embeddings}
     * @param who what the body does not tell: tenant, region, priority
     * @throws dev.penstock.exchange.GatewayError when it is no request of that schema, or no such tenant is known
     */
    RequestFacts read(String schema, byte[] body, AskedFor who);
}
