// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.random.RandomGenerator;

/**
 * HMAC-SHA-256 (RFC 2104) with a secret of the server: who steals the digests of the keys cannot even try guesses. The two
 * blocks that begin every HMAC are digested once and cloned, which halves the work and needs no lock. Any thread.
 */
public final class Pepper {

    private static final int BLOCK = 64;
    private static final int RANDOM_BYTES = 32;

    private final MessageDigest inner;
    private final MessageDigest outer;

    private Pepper(byte[] secret) {
        byte[] key = secret.length > BLOCK ? sha256().digest(secret) : secret;
        inner = begun(key, (byte) 0x36);
        outer = begun(key, (byte) 0x5c);
    }

    /** From the configuration. */
    public static Pepper of(Secret secret) {
        return new Pepper(secret.reveal().getBytes(StandardCharsets.UTF_8));
    }

    /** From a store. */
    public static Pepper of(byte[] secret) {
        return new Pepper(secret);
    }

    /** Bytes for a new one. */
    public static byte[] random(RandomGenerator random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Of a whole key, as it is sent. */
    byte[] hmac(String key) {
        MessageDigest first = copy(inner);
        first.update(key.getBytes(StandardCharsets.UTF_8));
        MessageDigest second = copy(outer);
        return second.digest(first.digest());
    }

    private static MessageDigest begun(byte[] key, byte pad) {
        byte[] block = new byte[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            block[i] = (byte) ((i < key.length ? key[i] : 0) ^ pad);
        }
        MessageDigest digest = sha256();
        digest.update(block);
        return digest;
    }

    private static MessageDigest copy(MessageDigest begun) {
        try {
            return (MessageDigest) begun.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be cloned", e);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
