// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A virtual key that was made at run time, as a store keeps it: without its secret.
 *
 * @param publicId the part of {@code ps-<public id>-<secret>} that may be shown, which no other key has
 * @param hmac HMAC-SHA-256 of the whole key under the pepper of the server
 * @param tenant whose it is; empty for a key that belongs to none
 * @param role what it may do, by the name of the role; empty for what a key may do without one
 * @param created when
 * @param expires from when on it is refused; null for never
 * @param models patterns of the models it may call; none for all that its role may
 * @param features patterns of the features it may use; none for all that its role may
 * @param ips networks it may be used from, as in {@code 10.0.0.0/8}; none for all
 * @param revoked when it was taken back; null while it was not
 * @param replacedBy the public id of the key that a rotation made in its place; empty where there was none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below, and nobody writes into it
public record StoredKey(
        String publicId,
        byte[] hmac,
        String tenant,
        String role,
        Instant created,
        @Nullable Instant expires,
        List<String> models,
        List<String> features,
        List<String> ips,
        @Nullable Instant revoked,
        String replacedBy) {

    public StoredKey {
        hmac = hmac.clone();
        models = List.copyOf(models);
        features = List.copyOf(features);
        ips = List.copyOf(ips);
    }

    /** The same key, valid no longer than until then. */
    StoredKey replaced(String by, Instant until) {
        Instant end = expires != null && expires.isBefore(until) ? expires : until;
        return new StoredKey(publicId, hmac, tenant, role, created, end, models, features, ips, revoked, by);
    }

    /** The same key, taken back. */
    StoredKey revoked(Instant at) {
        return new StoredKey(publicId, hmac, tenant, role, created, expires, models, features, ips, at, replacedBy);
    }

    /**
     * What two nodes know of the same key, put together: the end that comes first, and every word that it was taken back. The
     * order does not matter, nor how often it is done, so that all nodes come to the same. Of another key by the same id nothing
     * is taken.
     */
    public StoredKey with(StoredKey other) {
        if (!publicId.equals(other.publicId) || !Arrays.equals(hmac, other.hmac)) {
            return this;
        }
        return new StoredKey(
                publicId,
                hmac,
                tenant,
                role,
                created,
                first(expires, other.expires),
                models,
                features,
                ips,
                first(revoked, other.revoked),
                replacedBy.compareTo(other.replacedBy) >= 0 ? replacedBy : other.replacedBy);
    }

    private static @Nullable Instant first(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isBefore(one)) ? other : one;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredKey key
                && publicId.equals(key.publicId)
                && Arrays.equals(hmac, key.hmac)
                && tenant.equals(key.tenant)
                && role.equals(key.role)
                && created.equals(key.created)
                && Objects.equals(expires, key.expires)
                && models.equals(key.models)
                && features.equals(key.features)
                && ips.equals(key.ips)
                && Objects.equals(revoked, key.revoked)
                && replacedBy.equals(key.replacedBy);
    }

    @Override
    public int hashCode() {
        return publicId.hashCode();
    }

    /** Without the digest: it is no secret, and nobody needs to read it. */
    @Override
    public String toString() {
        return "StoredKey[" + publicId + ", tenant=" + tenant + ", role=" + role + "]";
    }
}
