// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 digest of a whole credential: what is remembered in its place. A part of it, such as its first characters or its header,
 * would not do: two tokens may have that in common (CVE-2026-35030).
 */
record Fingerprint(long a, long b, long c, long d) {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    @Override
    public int hashCode() {
        return (int) a;
    }

    /** Makes fingerprints. Belongs to one event loop. */
    static final class Maker {

        private final MessageDigest digest;

        Maker() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        /** Of a token: it names its issuer, so no two issuers share one. */
        Fingerprint of(String token) {
            return of(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
        }

        /** Adds a field; its length goes in front, so that no two lists of fields are written alike. */
        void add(String name, @Nullable String value) {
            byte[] bytes = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
            byte[] head = (name + ':' + (value == null ? "-" : Integer.toString(bytes.length)) + ':')
                    .getBytes(StandardCharsets.UTF_8);
            digest.update(head);
            digest.update(bytes);
        }

        /** Of the fields that were added. */
        Fingerprint finish() {
            return of(digest.digest());
        }

        private static Fingerprint of(byte[] sum) {
            return new Fingerprint((long) LONGS.get(sum, 0), (long) LONGS.get(sum, 8), (long) LONGS.get(sum, 16), (long)
                    LONGS.get(sum, 24));
        }
    }
}
