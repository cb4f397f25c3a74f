// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Secret;
import java.util.random.RandomGenerator;

/** Makes a key of the form {@code ps-<public id>-<secret>}: the id may be shown and logged, the secret has 256 bits. */
final class GeneratedKey {

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LENGTH = 8;

    /** 43 of 62 characters carry 256 bits. */
    private static final int SECRET_LENGTH = 43;

    private GeneratedKey() {}

    static Secret make(RandomGenerator random) {
        return Secret.of("ps-" + characters(random, ID_LENGTH) + "-" + characters(random, SECRET_LENGTH));
    }

    private static String characters(RandomGenerator random, int length) {
        StringBuilder out = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }
}
