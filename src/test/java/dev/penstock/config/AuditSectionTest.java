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
                    anchor: {file: /b, webhook: "https://h.example/x", secret: "${HOOK}", put: "https://s3.example/o?sig=c4nary"}
                """);

        AuditConfig audit = audit();
        assertThat(audit.mandatory()).isTrue();
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
}
