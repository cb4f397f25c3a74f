// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.Identity;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import org.jspecify.annotations.Nullable;

/** What a caller itself has used: {@code GET /v1/usage}. */
@FunctionalInterface
public interface OwnUsage {

    /**
     * A page of usage.
     *
     * @param contentType of the body
     * @param body JSON or CSV
     * @param next where the next page begins; null where this is the last one
     */
    record Answer(String contentType, String body, @Nullable String next) {}

    /**
     * Usage of the caller's tenant and of nobody else, whatever is asked; of a caller without one, of its own key. Fails with a
     * {@link dev.penstock.exchange.GatewayError} where the question is none. On the event loop of the request; nothing blocks.
     *
     * @param accept the header field, or null
     */
    Future<Answer> usage(Identity who, MultiMap query, @Nullable String accept);
}
