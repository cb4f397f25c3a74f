// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The section {@code auth}. */
record AuthForm(
        @Key(value = "Whether keys open the gateway. false: only tokens and sessions do.", def = "true")
        boolean apiKeys,

        @Key(
                value =
                        "Mixed into the digests of virtual keys, so that a stolen store is of no use without it. The same on"
                                + " all nodes; with another one, keys made at run time are not known any more.",
                unset = "made at the first start and kept with the keys; where nothing is kept, made for the process")
        @Nullable
        Secret pepper,

        @Key("The identity provider whose tokens (JWT) open the gateway.") @Nullable
        Oidc oidc,

        @Key(value = "More identity providers, by a name of your own.", unset = "none")
        Map<String, Oidc> issuers,

        @Key("The application's own sessions: its API is asked who the caller is.") @Nullable
        Session session,

        @Key(
                value =
                        "Which way decides about a request that could go several: key, oidc, session. Those left out follow.",
                unset = "key, oidc, session")
        List<AuthConfig.@Nullable Method> order) {

    /** The section {@code auth.oidc}, and one entry of {@code auth.issuers}. */
    record Oidc(
            @Key(
                    value = "The issuer as it stands in tokens (iss), to the letter. Its keys are found by discovery.",
                    required = true)
            @Nullable
            String issuer,

            @Key(value = "What tokens for this gateway have in aud.", required = true) @Nullable
            String audience,

            @Key(value = "Where the keys (JWKS) are. https, or http on loopback.", unset = "by discovery") @Nullable
            String jwks,

            @Key(
                    value = "What tokens may be signed with: RS256 to RS512, PS256 to PS512, ES256 to ES512, EdDSA.",
                    unset = "RS256, ES256, PS256")
            List<@Nullable String> algorithms,

            @Key(value = "By how much clocks may differ.", def = "60s", min = "0s", max = "5m")
            Duration leeway,

            @Key(
                    value = "The claim that names the tenant, such as claims.org. Tokens without it are refused.",
                    unset = "default_tenant")
            @Nullable
            String tenant,

            @Key(value = "The tenant of callers whose token names none.", unset = "none") @Nullable
            String defaultTenant,

            @Key(value = "The claim that names the person.", def = "claims.sub")
            String user,

            @Key(value = "The claim that holds a role or a list of them, such as claims.roles.", unset = "none")
            @Nullable
            String roles) {}

    /** The section {@code auth.session}. */
    record Session(
            @Key(value = "How the application is asked.", def = "http")
            Check check,

            @Key(value = "What is asked by GET. It answers 2xx with a JSON object, or 401 or 403.", required = true)
            @Nullable
            URI url,

            @Key(value = "Header fields of the caller that are sent along. Nothing else is.", unset = "cookie")
            List<@Nullable String> forward,

            @Key(
                    value = "How long an answer holds. 0s: until the request is through.",
                    def = "30s",
                    min = "0s",
                    max = "10m")
            Duration cache,

            @Key(value = "Time for the answer.", def = "2s", min = "1ms", max = "30s")
            Duration timeout,

            @Key(
                    value = "Where the answer names the tenant. Once written here, answers without one are refused.",
                    unset = "answer.tenant, if it is there")
            @Nullable
            String tenant,

            @Key(value = "The tenant of callers whose answer names none.", unset = "none") @Nullable
            String defaultTenant,

            @Key(value = "Where the answer names the person.", def = "answer.user")
            String user,

            @Key(value = "Where the answer holds a role or a list of them.", def = "answer.roles")
            String roles) {

        /** How the application is asked. */
        enum Check {
            HTTP
        }
    }
}
