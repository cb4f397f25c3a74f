// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A script as the server runs it, and the name by which it knows it.
 *
 * @param text of the script
 * @param sha1 its name
 */
record RedisScript(String text, String sha1) {

    /** The arithmetic of leases. */
    static final RedisScript LEASE = read("take-lease.lua");
    /** Who makes a named call. */
    static final RedisScript NAMED_CALL = read("named-call.lua");

    /** Whether the server does not know a script by its name. */
    static boolean isUnknown(Throwable failure) {
        return Objects.requireNonNullElse(failure.getMessage(), "").startsWith("NOSCRIPT");
    }

    private static RedisScript read(String name) {
        try (InputStream in = RedisScript.class.getResourceAsStream(name)) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            return new RedisScript(text, sha1(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            // Redis names scripts so; nothing secret rests on it.
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
