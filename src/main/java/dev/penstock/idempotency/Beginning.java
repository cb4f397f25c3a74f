// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import dev.penstock.exchange.GatewayError;

/** What a named call begins with. */
public sealed interface Beginning {

    /** It is made for the first time; the claim is to be ended. */
    record First(Claim claim) implements Beginning {}

    /** It was made before. */
    record Again(KeptAnswer answer) implements Beginning {}

    /** It is not made. */
    record Refused(GatewayError error) implements Beginning {}
}
