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
                value =
                        "When a record cannot be written: go on, or refuse changes by the admin API and looks at content with 503.",
                def = "continue")
        OnFailure onFailure,

        @Key(
                value =
                        "What is kept of the bodies of requests that change something: none, their hash, or store their text.",
                def = "hash")
        AuditConfig.Payloads payloads,

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
            Secret put,

            @Key(value = "A bucket that each head is put into, signed.", unset = "none") @Nullable
            S3 s3) {}

    /** The section {@code observability.audit.anchor.s3}. */
    record S3(
            @Key(value = "Name of the bucket.", required = true) @Nullable
            String bucket,

            @Key(value = "Where it is.", unset = "`AWS_REGION`, `AWS_DEFAULT_REGION`, that of the profile") @Nullable
            Region region,

            @Key(
                    value = "What names of objects begin with; node, segment and number of the head follow.",
                    def = "penstock/")
            String prefix,

            @Key(
                    value = "Where a store that speaks the API of S3 answers; the bucket goes into the path. https, or"
                            + " http on loopback.",
                    unset = "AWS")
            @Nullable
            URI endpoint,

            @Key(value = "An access key.", unset = "`AWS_ACCESS_KEY_ID`") @Nullable
            Secret accessKeyId,

            @Key(value = "Belongs to access_key_id.", unset = "`AWS_SECRET_ACCESS_KEY`") @Nullable
            Secret secretAccessKey,

            @Key(value = "Belongs to access_key_id when that is a temporary one.", unset = "`AWS_SESSION_TOKEN`")
            @Nullable
            Secret sessionToken,

            @Key(
                    value =
                            "The profile of AWS's shared files to sign in with, and nothing else of what the environment"
                                    + " offers.",
                    unset = "no keys: AWS's default chain")
            @Nullable
            String profile) {}
}
