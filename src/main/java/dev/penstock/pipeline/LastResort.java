// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Origin;
import dev.penstock.routing.Route;

/**
 * What a person reads when no target of a model could answer. Where there is only one target its own error says more; the same
 * holds for what is the caller's own to mend.
 */
final class LastResort {

    static final String CODE = "no_target_answered";

    private LastResort() {}

    static GatewayError of(Route route, GatewayError last) {
        if (route.candidates() == 1 || last.origin() != Origin.UPSTREAM || Outcomes.isCallersOwn(last)) {
            return last;
        }
        return GatewayError.builder(
                        last.kind(),
                        "This model is not available at the moment: none of its " + route.candidates()
                                + " targets could answer. Please try again in a little while.")
                .status(last.status() == 504 ? 504 : 503)
                .retry(last.retry())
                .code(CODE)
                .hint("The last one said: " + last.getMessage())
                .retryAfter(last.retryAfter())
                .build();
    }
}
