// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import java.time.Duration;

/** How tokens and sessions are refused: what is wrong and what helps, and never a byte of what was sent. */
final class Refusals {

    /** RFC 6750 section 3.1. */
    static final String INVALID_TOKEN = "invalid_token";

    private Refusals() {}

    /** @param why after "because", without a full stop */
    static Verdict token(String why) {
        return new Verdict.Refused(
                GatewayError.builder(Kind.UNAUTHENTICATED, "The bearer token is not accepted: " + why + ".")
                        .code(INVALID_TOKEN)
                        .hint("Send a token that the identity provider has made for this gateway.")
                        .build());
    }

    static Verdict session() {
        return new Verdict.Refused(GatewayError.builder(Kind.UNAUTHENTICATED, "The application knows no such session.")
                .code("invalid_session")
                .hint("Sign in again.")
                .build());
    }

    static Verdict nothingSent() {
        return new Verdict.Refused(GatewayError.builder(Kind.UNAUTHENTICATED, "The request does not say who calls.")
                .code("missing_credentials")
                .hint("Send a token or a key as 'Authorization: Bearer <token>', or the session of the application.")
                .build());
    }

    static Verdict notAccepted() {
        return new Verdict.Refused(
                GatewayError.builder(Kind.UNAUTHENTICATED, "What was sent to show who calls is not accepted here.")
                        .code("invalid_credentials")
                        .hint("Send a token or a session that this gateway is set up for.")
                        .build());
    }

    static Verdict several() {
        return new Verdict.Refused(
                GatewayError.builder(Kind.UNAUTHENTICATED, "The request holds both a token and a key.")
                        .code("several_credentials")
                        .hint("Send one of them.")
                        .build());
    }

    /** Known, but not as anybody who may call. */
    static Verdict nobody(String why) {
        return new Verdict.Refused(GatewayError.builder(Kind.FORBIDDEN, "The caller cannot be placed: " + why + ".")
                .code("no_identity")
                .hint("The identity provider or the application must name tenant and user as the gateway expects.")
                .build());
    }

    /** Who should say who calls does not answer; later it may. */
    static Verdict unavailable(String who, Duration again) {
        return new Verdict.Refused(
                GatewayError.builder(Kind.OVERLOADED, "Who calls cannot be found out at the moment: " + who + ".")
                        .code("auth_unavailable")
                        .hint("Try again later.")
                        .retryAfter(again)
                        .build());
    }
}
