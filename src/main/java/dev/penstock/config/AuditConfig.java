// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the audit is kept. Nothing of it changes while the process runs.
 *
 * @param dir absolute folder of the records; null where there is no audit
 * @param asked whether the configuration names it. The default one is not made before there is something to keep
 * @param key file of the key that heads are signed with; null for one beside the records
 * @param segmentBytes after which a segment is sealed
 * @param segmentAge after which it is sealed too
 * @param checkpoint longest time that a record waits for a signed head
 * @param mandatory whether changes are refused that cannot be recorded
 * @param payloads what is kept of what goes in and comes out
 * @param retention after which whole segments are removed
 * @param anchor who gets a copy of each head
 */
public record AuditConfig(
        @Nullable Path dir,
        boolean asked,
        @Nullable Path key,
        long segmentBytes,
        Duration segmentAge,
        Duration checkpoint,
        boolean mandatory,
        Payloads payloads,
        Duration retention,
        Anchor anchor) {

    /** What is kept of what goes into an action and comes out of it. */
    public enum Payloads {
        NONE,
        /** Length and SHA-256: who has it can show that it was this. */
        HASH,
        /** The text as well. */
        STORE
    }

    /**
     * Places outside that keep heads.
     *
     * @param file that heads are appended to, or null
     * @param webhook that each head is posted to, or null
     * @param secret that posts are signed with, or null
     * @param put address that each head is put to, or null; behind one that ends with a slash each has a name of its own
     * @param s3 that each head is put into, or null
     */
    public record Anchor(
            @Nullable Path file,
            @Nullable URI webhook,
            @Nullable Secret secret,
            @Nullable URI put,
            @Nullable Bucket s3) {

        /** Nobody. */
        public static final Anchor NONE = new Anchor(null, null, null, null, null);

        public boolean isNone() {
            return file == null && webhook == null && put == null && s3 == null;
        }
    }

    /**
     * A bucket of S3, or of a store that speaks its API.
     *
     * @param prefix of all names, with a slash at the end
     * @param endpoint of such a store; null for AWS
     * @param keys what requests are signed with; null where they are to be fetched
     * @param login where they are to be fetched; null where there are keys
     */
    public record Bucket(
            String name,
            String region,
            String prefix,
            @Nullable URI endpoint,
            ProviderConfig.@Nullable AwsKeys keys,
            @Nullable AwsLogin login) {

        /** What the names of objects are appended to. A name with dots is none that a certificate of AWS speaks of. */
        public URI address() {
            URI store = endpoint;
            if (store != null) {
                String base = store.toString();
                return URI.create(base + (base.endsWith("/") ? "" : "/") + name + "/" + prefix);
            }
            String aws = "s3." + region + (region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
            return URI.create(
                    name.contains(".")
                            ? "https://" + aws + "/" + name + "/" + prefix
                            : "https://" + name + "." + aws + "/" + prefix);
        }
    }

    /** What holds where nobody says anything, and nothing is kept. */
    public static final AuditConfig DEFAULT = new AuditConfig(
            null,
            false,
            null,
            64L << 20,
            Duration.ofDays(1),
            Duration.ofSeconds(10),
            false,
            Payloads.HASH,
            Duration.ofDays(400),
            Anchor.NONE);
}
