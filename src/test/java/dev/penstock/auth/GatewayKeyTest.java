// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.Secret;
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
        assertThat(refusal(open.check(null, null))).isEqualTo("allowed");
        assertThat(refusal(open.check("Bearer whatever", "x"))).isEqualTo("allowed");
    }

    @Test
    void acceptsTheKeyInEitherField() {
        assertThat(key.open()).isFalse();
        assertThat(refusal(key.check("Bearer ps-secret", null))).isEqualTo("allowed");
        assertThat(refusal(key.check("bearer  ps-secret ", null))).isEqualTo("allowed");
        assertThat(refusal(key.check(null, "ps-secret"))).isEqualTo("allowed");
        assertThat(refusal(key.check("Bearer ps-secret", "ps-secret"))).isEqualTo("allowed");
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
        assertThat(refusal(key.check(authorization, null))).isEqualTo("401 invalid_api_key");
    }

    @Test
    void refusesWhenOneOfTwoIsWrong() {
        assertThat(refusal(key.check("Bearer ps-secret", "other"))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(key.check("Bearer other", "ps-secret"))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(key.check(null, null))).isEqualTo("401 invalid_api_key");
    }

    @Test
    void refusesAnEmptyKeyForAnEmptyGuess() {
        assertThat(refusal(key.check("Basic x", null))).isEqualTo("401 invalid_api_key");
        assertThat(refusal(key.check(null, ""))).isEqualTo("401 invalid_api_key");
    }

    @Test
    void neverNamesTheKey() {
        Verdict.Refused refused = (Verdict.Refused) key.check("Bearer sk-something", null);
        assertThat(refused.error().getMessage() + refused.error().hint()).doesNotContain("ps-secret", "sk-something");
    }
}
