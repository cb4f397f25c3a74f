// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.Identity;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GatewayKeyTest {

    private final GatewayKey key = GatewayKey.of(Secret.of("ps-secret"));

    private static String refusal(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Allowed allowed -> "allowed";
            case Verdict.Refused refused ->
                refused.error().status() + " " + refused.error().code();
        };
    }

    @Test
    void letsEverybodyInWithoutAKey() {
        GatewayKey open = GatewayKey.of(null);
        assertThat(open.open()).isTrue();
        assertThat(refusal(open.check(null, null, null))).isEqualTo("allowed");
        assertThat(refusal(open.check("Bearer whatever", "x", null))).isEqualTo("allowed");
    }

    @Test
    void acceptsTheKeyInEitherField() {
        assertThat(key.open()).isFalse();
        assertThat(refusal(key.check("Bearer ps-secret", null, null))).isEqualTo("allowed");
        assertThat(refusal(key.check("bearer  ps-secret ", null, null))).isEqualTo("allowed");
        assertThat(refusal(key.check(null, "ps-secret", null))).isEqualTo("allowed");
        assertThat(refusal(key.check("Bearer ps-secret", "ps-secret", null))).isEqualTo("allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Bearer ps-secre",
                "Bearer ps-secret2",
                "Bearer PS-SECRET",
                "Basic ps-secret",
                "ps-secret",
                "Bearer ps-secret, Bearer x"
            })
    void refusesEverythingElse(String authorization) {
        assertThat(refusal(key.check(authorization, null, null))).isEqualTo("401 invalid_api_key");
    }

    @Test
    void refusesWhenOneOfTwoIsWrong() {
        assertThat(refusal(key.check("Bearer ps-secret", "other", null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(key.check("Bearer other", "ps-secret", null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(key.check(null, null, null))).isEqualTo("401 invalid_api_key");
    }

    @Test
    void refusesAnEmptyKeyForAnEmptyGuess() {
        assertThat(refusal(key.check("Basic x", null, null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(key.check(null, "", null))).isEqualTo("401 invalid_api_key");
    }

    @Test
    void neverNamesTheKey() {
        Verdict.Refused refused = (Verdict.Refused) key.check("Bearer sk-something", null, null);
        assertThat(refused.error().getMessage() + refused.error().hint()).doesNotContain("ps-secret", "sk-something");
    }

    // ------------------------------------------------------------------ tenants

    private final GatewayKey tenants = GatewayKey.of(
            Secret.of("ps-secret"),
            List.of(
                    new TenantConfig(
                            "acme",
                            "eu",
                            List.of(
                                    new TenantConfig.Key("acme-web", Secret.of("a-web")),
                                    new TenantConfig.Key("acme-app", Secret.of("a-app")))),
                    new TenantConfig("duck", "", List.of(new TenantConfig.Key("duck-1", Secret.of("d-one"))))));

    private static Identity who(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Allowed allowed -> allowed.who();
            case Verdict.Refused refused -> throw refused.error();
        };
    }

    @Test
    void knowsTheTenantByItsKeyInAnyField() {
        assertThat(who(tenants.check("Bearer a-web", null, null))).isEqualTo(new Identity("acme", "eu", "acme-web"));
        assertThat(who(tenants.check(null, "a-app", null))).isEqualTo(new Identity("acme", "eu", "acme-app"));
        assertThat(who(tenants.check(null, null, "d-one"))).isEqualTo(new Identity("duck", "", "duck-1"));
        assertThat(who(tenants.check("Bearer d-one", "d-one", "d-one")).tenant())
                .isEqualTo("duck");
    }

    @Test
    void theKeyForEverybodyBelongsToNoTenant() {
        assertThat(who(tenants.check("Bearer ps-secret", null, null))).isEqualTo(Identity.NONE);
        assertThat(who(GatewayKey.of(null).check("Bearer a-web", null, null))).isEqualTo(Identity.NONE);
    }

    @Test
    void tenantsAloneNeedAKeyToo() {
        GatewayKey alone = GatewayKey.of(
                null, List.of(new TenantConfig("duck", "", List.of(new TenantConfig.Key("d", Secret.of("d-one"))))));

        assertThat(alone.open()).isFalse();
        assertThat(refusal(alone.check(null, null, null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(alone.check("Bearer other", null, null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(alone.check("Bearer d-one", null, null))).isEqualTo("allowed");
        assertThat(GatewayKey.of(null, List.of(new TenantConfig("empty", "", List.of())))
                        .open())
                .isTrue();
    }

    @Test
    void refusesKeysOfTwoCallersInOneRequest() {
        assertThat(refusal(tenants.check("Bearer a-web", "d-one", null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(tenants.check("Bearer a-web", null, "ps-secret"))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(tenants.check(null, "other", "a-web"))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(tenants.check("Bearer other", "a-web", "a-web"))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(tenants.check(null, "acme-web", null))).isEqualTo("401 invalid_api_key");
    }
}
