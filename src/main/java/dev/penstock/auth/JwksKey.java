// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.JwtAlgorithm;
import java.security.PublicKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A key of an identity provider that may be used. */
final class JwksKey {

    private final @Nullable String kid;
    private final PublicKey key;
    private final Set<JwtAlgorithm> algorithms;
    /** Written and read on the event loop; workers have no business with it. */
    private boolean retired;

    /** @param algorithms what it may check */
    JwksKey(@Nullable String kid, PublicKey key, Set<JwtAlgorithm> algorithms) {
        this.kid = kid;
        this.key = key;
        this.algorithms = Set.copyOf(algorithms);
    }

    @Nullable
    String kid() {
        return kid;
    }

    PublicKey key() {
        return key;
    }

    boolean fits(JwtAlgorithm algorithm) {
        return algorithms.contains(algorithm);
    }

    boolean overlaps(JwksKey other) {
        return algorithms.stream().anyMatch(other.algorithms::contains);
    }

    boolean isSameAs(JwksKey other) {
        return java.util.Objects.equals(kid, other.kid) && algorithms.equals(other.algorithms) && key.equals(other.key);
    }

    /** The provider does not show it any more: what it has signed is not believed any more. */
    void retire() {
        retired = true;
    }

    boolean isRetired() {
        return retired;
    }
}
