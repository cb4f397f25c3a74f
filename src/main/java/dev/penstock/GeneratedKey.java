// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.Secret;
import java.util.random.RandomGenerator;

/** Makes a key of the form {@code ps-<public id>-<secret>}: the id may be shown and logged, the secret has 256 bits. */
final class GeneratedKey {

    private GeneratedKey() {}

    static Secret make(RandomGenerator random) {
        return Secret.of(VirtualKeys.newText(random));
    }
}
