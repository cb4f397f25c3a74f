// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.math.BigInteger;

/**
 * Tells RSA keys that a widespread chip has made so that they can be taken apart (CVE-2017-15361): modulo each small prime they are a
 * power of 65537. One in many millions of other keys looks the same.
 *
 * <p>Source: Nemec, Sys, Svenda, Klinec and Matyas, "The Return of Coppersmith's Attack", ACM CCS 2017, section 3.
 */
final class RocaKeys {

    private static final int GENERATOR = 65537;
    private static final int[] PRIMES = {
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
        113, 127, 131, 137, 139, 149, 151, 157, 163, 167
    };

    private RocaKeys() {}

    static boolean isOne(BigInteger modulus) {
        for (int prime : PRIMES) {
            if (!isPower(modulus.mod(BigInteger.valueOf(prime)).intValue(), prime)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPower(int rest, int prime) {
        int power = 1;
        do {
            if (power == rest) {
                return true;
            }
            power = (int) ((long) power * GENERATOR % prime);
        } while (power != 1);
        return false;
    }
}
