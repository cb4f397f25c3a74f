// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import java.util.Set;

/**
 * What class of failure an error is. Total: every error has exactly one. Errors are judged by kind, fault of the key, code and
 * status, never by their message.
 *
 * <p>{@link FailureClass#CALLER} is for whatever says nothing about the target: the caller's own request, a block for its
 * content, a client that left, the exchange's own deadline, an answer larger than the gateway lets through, and the gateway's own
 * trouble. A target must not be left alone because one client sends what no target could serve.
 */
public final class Failures {

    /** Some providers send these with a status of the 500s, or inside a stream where there is no status. */
    private static final Set<String> ABOUT_THE_REQUEST = Set.of(
            "content_filter",
            "content_policy_violation",
            "context_length_exceeded",
            "invalid_prompt",
            "missing_thought_signature",
            "moderation_blocked");

    private Failures() {}

    public static FailureClass classify(GatewayError error) {
        return switch (error.kind()) {
            case CONNECT_FAILED -> FailureClass.CONNECT;
            case CONNECT_TIMEOUT, FIRST_TOKEN_TIMEOUT, IDLE_TIMEOUT -> FailureClass.TIMEOUT;
            case TRUNCATED, INVALID_UPSTREAM -> FailureClass.PROTOCOL;
            case PROVIDER_ERROR -> answered(error);
            case INVALID_REQUEST,
                    UNAUTHENTICATED,
                    BUDGET_EXHAUSTED,
                    FORBIDDEN,
                    RATE_LIMITED,
                    SWITCHED_OFF,
                    MODEL_NOT_FOUND,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    REQUEST_TIMEOUT,
                    IDEMPOTENCY_IN_FLIGHT,
                    IDEMPOTENCY_MISMATCH,
                    IDEMPOTENCY_UNAVAILABLE,
                    BODY_TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    HEADERS_TOO_LARGE,
                    CLIENT_GONE,
                    SLOW_READER,
                    INTERNAL,
                    OVERLOADED,
                    DRAINING,
                    LOOP_DETECTED,
                    TOTAL_TIMEOUT,
                    RESPONSE_TOO_LARGE,
                    BREAKER_OPEN -> FailureClass.CALLER;
        };
    }

    private static FailureClass answered(GatewayError error) {
        KeyFault fault = error.keyFault();
        if (fault != null) {
            return switch (fault) {
                case REFUSED -> FailureClass.KEY;
                case EXHAUSTED -> FailureClass.QUOTA;
                case RATE_LIMITED -> FailureClass.RATE_LIMIT;
            };
        }
        String code = error.code();
        if (code != null && ABOUT_THE_REQUEST.contains(code)) {
            return FailureClass.CALLER;
        }
        return switch (error.status()) {
            case 400, 404, 409, 413, 422, 508 -> FailureClass.CALLER;
            // One request that is larger than the limit for a minute: no wait would help it, and others pass.
            case 429 -> error.retry() == Retry.ONLY_OTHER_TARGET ? FailureClass.CALLER : FailureClass.RATE_LIMIT;
            // A refusal that is not about the key is about the prompt, such as a flagged one at OpenRouter.
            default -> "provider_auth".equals(code) ? FailureClass.CALLER : FailureClass.SERVER;
        };
    }
}
