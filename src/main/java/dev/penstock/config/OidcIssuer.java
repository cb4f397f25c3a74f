// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An identity provider whose tokens open the gateway.
 *
 * @param name in the file; empty for the only one
 * @param issuer what stands in {@code iss}, to the letter; also where discovery begins
 * @param audience what must be in {@code aud}
 * @param jwks where the keys are, or null to discover it
 * @param algorithms what tokens may be signed with
 * @param leeway by how much clocks may differ
 * @param claims where the token says who calls
 */
public record OidcIssuer(
        String name,
        String issuer,
        String audience,
        @Nullable URI jwks,
        Set<JwtAlgorithm> algorithms,
        Duration leeway,
        CallerClaims claims) {

    public OidcIssuer {
        algorithms = Set.copyOf(algorithms);
    }
}
