// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;

/** The outcome that a failure amounts to. */
final class Outcomes {

    private Outcomes() {}

    static Outcome of(GatewayError error, boolean committed) {
        return switch (error.kind()) {
            case INVALID_REQUEST,
                    MODEL_NOT_FOUND,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    REQUEST_TIMEOUT,
                    IDEMPOTENCY_IN_FLIGHT,
                    IDEMPOTENCY_MISMATCH,
                    BODY_TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    HEADERS_TOO_LARGE,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    LOOP_DETECTED -> Outcome.CLIENT_ERROR;
            case CLIENT_GONE, SLOW_READER -> Outcome.CANCELLED;
            case OVERLOADED, RATE_LIMITED, BUDGET_EXHAUSTED, IDEMPOTENCY_UNAVAILABLE -> Outcome.LIMITED;
            case SWITCHED_OFF -> Outcome.BLOCKED;
            case DRAINING -> committed ? Outcome.TRUNCATED : Outcome.LIMITED;
            case CONNECT_TIMEOUT, FIRST_TOKEN_TIMEOUT, IDLE_TIMEOUT, TOTAL_TIMEOUT -> Outcome.TIMEOUT;
            case TRUNCATED -> Outcome.TRUNCATED;
            case PROVIDER_ERROR -> isCallersOwn(error) ? Outcome.CLIENT_ERROR : Outcome.UPSTREAM_ERROR;
            case INTERNAL, CONNECT_FAILED, BREAKER_OPEN, INVALID_UPSTREAM, RESPONSE_TOO_LARGE -> Outcome.UPSTREAM_ERROR;
        };
    }

    /** The provider refused what the caller sent: the caller's own fault, not the provider's. */
    static boolean isCallersOwn(GatewayError error) {
        return error.kind() == GatewayError.Kind.PROVIDER_ERROR
                && (error.status() == 400 || error.status() == 404 || error.status() == 413 || error.status() == 422);
    }
}
