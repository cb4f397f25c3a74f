// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.S3Bucket;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads of a whole gateway's audit in a bucket that checks signatures. */
final class AuditBucketTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ID = "AKIDEXAMPLE";
    private static final String SECRET = "canary-wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    @TempDir
    Path folder;

    private final StringWriter err = new StringWriter();

    /** The example of "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference. */
    @Test
    void theReceiverOfTheTestKitAgreesWithThePublishedExample() {
        TreeMap<String, String> signed = new TreeMap<>(Map.of(
                "date",
                "Fri, 24 May 2013 00:00:00 GMT",
                "host",
                "examplebucket.s3.amazonaws.com",
                "x-amz-content-sha256",
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                "x-amz-date",
                "20130524T000000Z",
                "x-amz-storage-class",
                "REDUCED_REDUNDANCY"));
        assertThat(S3Bucket.signature(
                        "PUT",
                        "/test%24file.text",
                        signed,
                        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                        "20130524T000000Z",
                        "us-east-1",
                        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
                .isEqualTo("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    private InProcess start(S3Bucket bucket, String more, Map<String, String> env) {
        return InProcess.start("""
                storage: none
                observability:
                  audit:
                    dir: "%s"
                    checkpoint: 1s
                    anchor: {s3: {bucket: acme.audit, region: eu-central-1, prefix: heads, endpoint: "%s"%s}}
                """.formatted(folder.resolve("audit"), bucket.url(), more), env);
    }

    private static void change(InProcess gateway, String state) {
        assertThat(gateway.admin("PUT", "/admin/v1/switches/model.demo", "{\"state\":\"" + state + "\",\"force\":true}")
                        .statusCode())
                .isEqualTo(200);
    }

    private static double failures(InProcess gateway) {
        return Scrape.of(gateway).samples().stream()
                .filter(line -> line.startsWith("penstock_audit_anchor_failures_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private int verify() throws Exception {
        PrintWriter none = new PrintWriter(new StringWriter());
        Cli cli = new Cli(Map.of(), folder, none, new PrintWriter(err, true), (s, r) -> null, new Random(7));
        return Main.run(new String[] {"audit", "verify", "--dir", "audit", "--heads", "heads.jsonl"}, cli);
    }

    private static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within " + PATIENCE);
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    @Test
    void headsAreSignedWithKeysOfTheEnvironmentAndLieByNodeAndSegment() throws Exception {
        Map<String, String> env = Map.of("AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET);
        try (S3Bucket bucket = S3Bucket.open("eu-central-1", ID, SECRET)) {
            try (InProcess gateway = start(bucket, "", env)) {
                change(gateway, "disabled");
                await("a head", () -> !bucket.objects().isEmpty());
                change(gateway, "enabled");
                await("another one", () -> bucket.objects().size() > 1);
                assertThat(failures(gateway)).isZero();
            }
            assertThat(bucket.refused()).isEmpty();
            assertThat(bucket.objects().keySet()).allSatisfy(path -> assertThat(path)
                    .matches("/acme\\.audit/heads/[A-Za-z0-9._-]+-[0-9a-f]{16}/000000000001/[0-9]{12}\\.json"));
            Files.write(folder.resolve("heads.jsonl"), bucket.objects().values());
            assertThat(verify()).as(err.toString()).isZero();
            Files.delete(folder.resolve("audit/000000000001.heads"));
            assertThat(verify()).isEqualTo(6);
        }
    }

    @Test
    void aBucketThatRefusesIsAskedAgainUntilItTakesWhatWaits() throws Exception {
        Path shared = Files.writeString(folder.resolve("credentials"), """
                [audit]
                aws_access_key_id = %s
                aws_secret_access_key = %s
                """.formatted(ID, SECRET));
        try (S3Bucket bucket = S3Bucket.open("eu-central-1", ID, "another one");
                InProcess gateway =
                        start(bucket, ", profile: audit", Map.of("AWS_SHARED_CREDENTIALS_FILE", shared.toString()))) {
            change(gateway, "disabled");
            await("refused", () -> failures(gateway) > 0);
            assertThat(bucket.refused()).contains("SignatureDoesNotMatch");
            assertThat(bucket.objects()).isEmpty();
            change(gateway, "enabled");

            bucket.secretKey(SECRET);

            await("taken", () -> !bucket.objects().isEmpty());
        }
    }

    @Test
    void withoutCredentialsItFailsAndNothingWaits() {
        try (S3Bucket bucket = S3Bucket.open("eu-central-1", ID, SECRET);
                InProcess gateway = start(bucket, "", Map.of("AWS_EC2_METADATA_DISABLED", "true"))) {
            change(gateway, "disabled");
            await("failed", () -> failures(gateway) > 0);
            assertThat(bucket.refused()).isEmpty();
            assertThat(bucket.objects()).isEmpty();
        }
    }
}
