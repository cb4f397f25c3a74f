// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import dev.penstock.exchange.GatewayError;

/** OpenAI's words for what went wrong, the same in all of its APIs. */
public final class OpenAiErrors {

    private OpenAiErrors() {}

    /**
     * OpenAI's type names where it has one (API reference, "Error codes"): clients branch on the status first, on code and type
     * second.
     */
    public static String type(GatewayError error) {
        return switch (error.status()) {
            case 401 -> "authentication_error";
            case 402 -> "insufficient_quota";
            case 403 -> "permission_error";
            case 429 -> limitType(error);
            case 504 -> "timeout_error";
            default ->
                error.status() < 500
                        ? "invalid_request_error"
                        : error.origin() == GatewayError.Origin.UPSTREAM ? "api_error" : "server_error";
        };
    }

    /** There is always a word for programs: the provider's own, or else what kind of failure it was. */
    public static String code(GatewayError error) {
        String code = error.code();
        if (code != null) {
            return code;
        }
        return switch (error.kind()) {
            case RATE_LIMITED -> "rate_limit_exceeded";
            case BUDGET_EXHAUSTED -> "insufficient_quota";
            default -> error.kind().label();
        };
    }

    /** The gateway's own limits are told with OpenAI's word for its limits; what a provider says about its own keeps its type. */
    private static String limitType(GatewayError error) {
        if ("insufficient_quota".equals(error.code())) {
            return "insufficient_quota";
        }
        return error.kind() == GatewayError.Kind.RATE_LIMITED ? "rate_limit_exceeded" : "rate_limit_error";
    }
}
