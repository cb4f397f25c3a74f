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

/** The arithmetic of leases as the server runs it, and the name by which it knows it. */
final class LeaseScript {

    static final String TEXT = read();
    static final String SHA1 = sha1();

    private LeaseScript() {}

    /** Whether the server does not know the script by that name. */
    static boolean isUnknown(Throwable failure) {
        return Objects.requireNonNullElse(failure.getMessage(), "").startsWith("NOSCRIPT");
    }

    private static String read() {
        try (InputStream in = LeaseScript.class.getResourceAsStream("take-lease.lua")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1() {
        try {
            // Redis names scripts so; nothing secret rests on it.
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(TEXT.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
