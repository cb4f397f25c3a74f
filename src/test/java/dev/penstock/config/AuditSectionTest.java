// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private AuditConfig audit() {
        return room.snapshot().observability().audit();
    }

    @Test
    void withoutAWordItLiesBesideTheDatabaseAndIsNotAskedFor() {
        room.env("PENSTOCK_DATA", "/data");

        assertThat(audit())
                .isEqualTo(new AuditConfig(
                        Path.of("/data/audit"),
                        false,
                        Path.of("/data/audit.key"),
                        64 << 20,
                        Duration.ofDays(1),
                        Duration.ofSeconds(10),
                        false,
                        AuditConfig.Payloads.HASH,
                        Duration.ofDays(400),
                        AuditConfig.Anchor.NONE));
        assertThat(room.settings())
                .containsEntry("observability.audit.enabled", "true # default")
                .containsEntry("observability.audit.on_failure", "continue # default")
                .containsEntry("storage.retention.audit", "400d # default");
    }

    @Test
    void whereNothingIsKeptThereIsNoneUnlessAFolderIsNamed() {
        assertThat(audit()).isEqualTo(AuditConfig.DEFAULT);
        room.env("PENSTOCK_DATA", "/data").yaml("storage: none");
        assertThat(audit().dir()).isNull();
        room.yaml("storage: none\nobservability: {audit: {dir: logs/audit}}");
        assertThat(audit().dir()).isEqualTo(folder.resolve("logs/audit").toAbsolutePath());
        assertThat(audit().asked()).isTrue();
        room.yaml("observability: {audit: {enabled: false, dir: logs/audit}}");
        assertThat(audit().dir()).isNull();
    }

    @Test
    void everythingCanBeSaid() {
        room.env("HOOK", "c4nary-hook").yaml("""
                storage: {url: none, retention: {audit: 30d}}
                observability:
                  audit:
                    dir: /a
                    segment: 1MiB
                    segment_age: 1h
                    checkpoint: 2s
                    on_failure: refuse
                    payloads: store
                    anchor: {file: /b, webhook: "https://h.example/x", secret: "${HOOK}", put: "https://s3.example/o?sig=c4nary"}
                """);

        AuditConfig audit = audit();
        assertThat(audit.mandatory()).isTrue();
        assertThat(audit.payloads()).isEqualTo(AuditConfig.Payloads.STORE);
        assertThat(audit.retention()).isEqualTo(Duration.ofDays(30));
        assertThat(audit.segmentBytes()).isEqualTo(1 << 20);
        assertThat(audit.anchor().file()).isEqualTo(Path.of("/b"));
        assertThat(audit.anchor().webhook()).isEqualTo(URI.create("https://h.example/x"));
        assertThat(audit.anchor().put()).isEqualTo(URI.create("https://s3.example/o?sig=c4nary"));
        assertThat(room.settings().toString()).doesNotContain("c4nary");
    }

    @Test
    void whatCannotBeIsRefused() {
        room.yaml("observability: {audit: {on_failure: refuse}}\nstorage: none");
        assertThat(room.problems().toString()).contains("refuse, without a folder for records");
        room.yaml("observability: {audit: {dir: /a, anchor: {webhook: \"http://h.example/x\"}}}");
        assertThat(room.problems().toString()).contains("observability.audit.anchor.webhook");
        room.yaml("observability: {audit: {dir: /a, anchor: {put: \"ftp://c4nary\"}}}");
        assertThat(room.problems().toString())
                .contains("observability.audit.anchor.put")
                .doesNotContain("c4nary");
        room.yaml("observability: {audit: {dir: /a, anchor: {secret: x}}}");
        assertThat(room.problems().toString()).contains("it belongs to webhook");
        room.yaml("storage: {url: none, retention: {audit: soon}}");
        assertThat(room.problems().toString()).contains("storage.retention.audit", "30d");
    }

    private AuditConfig.Bucket bucket(String form) {
        room.yaml("storage: none\nobservability: {audit: {dir: /a, anchor: {s3: " + form + "}}}");
        return audit().anchor().s3();
    }

    @Test
    void aBucketIsWhereItsNameAndRegionOrItsEndpointSay() {
        room.env("AWS_ACCESS_KEY_ID", "c4nary-id").env("AWS_SECRET_ACCESS_KEY", "c4nary-secret");
        AuditConfig.Bucket bucket = bucket("{bucket: acme-audit, region: eu-central-1}");
        assertThat(bucket.address()).hasToString("https://acme-audit.s3.eu-central-1.amazonaws.com/penstock/");
        assertThat(bucket.keys().secretAccessKey().reveal()).isEqualTo("c4nary-secret");
        assertThat(bucket.login()).isNull();
        assertThat(room.settings().toString()).doesNotContain("c4nary");
        assertThat(bucket("{bucket: acme.audit, region: eu-central-1, prefix: a/b}")
                        .address())
                .hasToString("https://s3.eu-central-1.amazonaws.com/acme.audit/a/b/");
        assertThat(bucket("{bucket: acme, region: cn-north-1, prefix: x}").address())
                .hasToString("https://acme.s3.cn-north-1.amazonaws.com.cn/x/");
        assertThat(bucket("{bucket: acme, region: eu-west-1, endpoint: \"https://minio.example:9000\"}")
                        .address())
                .hasToString("https://minio.example:9000/acme/penstock/");
        assertThat(bucket("{bucket: acme, region: eu-west-1, access_key_id: one, secret_access_key: two}")
                        .keys()
                        .accessKeyId()
                        .reveal())
                .isEqualTo("one");
        AuditConfig.Bucket profile = bucket("{bucket: acme, region: eu-west-1, profile: audit}");
        assertThat(profile.keys()).isNull();
        assertThat(profile.login().profile().name()).isEqualTo("audit");
    }

    @Test
    void aBucketOfTheEnvironmentHasItsRegionAndItsChainOfCredentials() {
        room.env("AWS_REGION", "us-east-2");
        AuditConfig.Bucket bucket = bucket("{bucket: acme}");
        assertThat(bucket.region()).isEqualTo("us-east-2");
        assertThat(bucket.login()).isNotNull();
    }

    @Test
    void aBucketThatCannotBeIsRefused() {
        for (String[] wrong : new String[][] {
            {"{bucket: acme}", "s3.region"},
            {"{region: eu-west-1}", "s3.bucket"},
            {"{bucket: \"Ac/me\", region: eu-west-1}", "s3.bucket"},
            {"{bucket: acme, region: eu-west-1, prefix: \"../x\"}", "s3.prefix"},
            {"{bucket: acme, region: eu-west-1, prefix: \"a b\"}", "s3.prefix"},
            {"{bucket: acme, region: eu-west-1, endpoint: \"http://minio.example\"}", "s3.endpoint"},
            {"{bucket: acme, region: eu-west-1, access_key_id: one}", "s3.secret_access_key"},
            {"{bucket: acme, region: eu-west-1, access_key_id: one, secret_access_key: x, profile: y}", "s3.profile"}
        }) {
            room.yaml("storage: none\nobservability: {audit: {dir: /a, anchor: {s3: " + wrong[0] + "}}}");
            assertThat(room.problems().toString()).as(wrong[0]).contains("observability.audit.anchor." + wrong[1]);
        }
    }
}
