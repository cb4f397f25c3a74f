// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The section {@code observability.audit}. */
record AuditForm(
        @Key(
                value = "Whether security-relevant events are recorded.",
                unset = "where dir is set or storage keeps anything")
        @Nullable
        Boolean enabled,

        @Key(
                value = "Folder of the records, of one process alone.",
                unset = "`audit` beside `penstock.db`; made when there is something to record")
        @Nullable
        Path dir,

        @Key(value = "Size after which a segment is sealed.", def = "64MiB", min = "4KiB", max = "512MiB")
        ByteSize segment,

        @Key(value = "Age after which a segment is sealed.", def = "24h", min = "1m", max = "744h")
        Duration segmentAge,

        @Key(value = "Longest time that a record waits for a signed head.", def = "10s", min = "1s", max = "1h")
        Duration checkpoint,

        @Key(
                value = "When a record cannot be written: go on, or refuse changes by the admin API with 503.",
                def = "continue")
        OnFailure onFailure,

        @Key("Places outside of the machine that get a copy of each signed head.")
        Anchor anchor) {

    /** What to do without a record. */
    enum OnFailure {
        CONTINUE,
        REFUSE
    }

    /** The section {@code observability.audit.anchor}. */
    record Anchor(
            @Key(value = "A file that heads are appended to, on another medium.", unset = "none") @Nullable
            Path file,

            @Key(value = "Where each head is posted to. https, or http on loopback.", unset = "none") @Nullable
            URI webhook,

            @Key(value = "What posts are signed with, HMAC-SHA256 in x-penstock-signature.", unset = "not signed")
            @Nullable
            Secret secret,

            @Key(
                    value =
                            "Where each head is put by HTTP PUT, as S3 and its like take objects, such as a pre-signed URL."
                                    + " Behind an address that ends with / each head has a name of its own.",
                    unset = "none")
            @Nullable
            Secret put) {}
}
