// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.RequestFacts;
import io.vertx.core.json.JsonObject;

/** Which targets a request would try, and why not the others. Spends no token. Called on the event loop of this listener. */
public interface Explain {

    /**
     * The body of {@code /admin/v1/explain}.
     *
     * @throws dev.penstock.exchange.GatewayError when no such model is known
     */
    JsonObject explain(RequestFacts facts);

    /**
     * The facts of a request as a client would send it.
     *
     * @param schema {@code chat}, {@code messages} or {@code responses}
     * @param who what else was asked for: tenant, region, user, priority
     * @throws dev.penstock.exchange.GatewayError when it is no request of that schema
     */
    RequestFacts read(String schema, byte[] body, AskedFor who);
}
