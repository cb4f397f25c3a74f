// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.JwtAlgorithm;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys that an identity provider showed at one moment, as far as they may be used. */
record JwksKeys(List<JwksKey> all) {

    JwksKeys {
        all = List.copyOf(all);
    }

    /**
     * The key for a token: of its name and made for its algorithm. A token that names none is only checked where there is one
     * key that it can mean; keys are not tried in turn.
     */
    @Nullable
    JwksKey find(@Nullable String kid, JwtAlgorithm algorithm) {
        JwksKey found = null;
        for (JwksKey key : all) {
            if (key.fits(algorithm) && (kid == null || kid.equals(key.kid()))) {
                if (found != null) {
                    return null;
                }
                found = key;
            }
        }
        return found;
    }

    /** These keys in place of earlier ones: what was there already stays the same object, what is gone is retired. */
    JwksKeys after(@Nullable JwksKeys before) {
        if (before == null) {
            return this;
        }
        JwksKeys now = new JwksKeys(all.stream()
                .map(key ->
                        before.all.stream().filter(key::isSameAs).findFirst().orElse(key))
                .toList());
        before.all.stream().filter(key -> !now.all.contains(key)).forEach(JwksKey::retire);
        return now;
    }
}
