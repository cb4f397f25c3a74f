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
        Duration retention,
        Anchor anchor) {

    /**
     * Places outside that keep heads.
     *
     * @param file that heads are appended to, or null
     * @param webhook that each head is posted to, or null
     * @param secret that posts are signed with, or null
     * @param put address that each head is put to, or null; behind one that ends with a slash each has a name of its own
     */
    public record Anchor(
            @Nullable Path file,
            @Nullable URI webhook,
            @Nullable Secret secret,
            @Nullable URI put) {

        /** Nobody. */
        public static final Anchor NONE = new Anchor(null, null, null, null);

        public boolean isNone() {
            return file == null && webhook == null && put == null;
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
            Duration.ofDays(400),
            Anchor.NONE);
}
