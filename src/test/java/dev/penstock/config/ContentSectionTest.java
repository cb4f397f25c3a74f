// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ContentConfig.Kind;
import dev.penstock.config.LedgerConfig.Content;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContentSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private ContentConfig content(String written) {
        return room.yaml("tenants: {acme: {content: " + written + "}}")
                .snapshot()
                .server()
                .tenants()
                .getFirst()
                .content();
    }

    private String problems(String yaml) {
        return String.join("\n", room.yaml(yaml).problems());
    }

    @Test
    void whoSaysNothingHasNothingRecorded() {
        assertThat(room.yaml("tenants: {acme: {region: eu}}")
                        .snapshot()
                        .server()
                        .tenants()
                        .getFirst()
                        .content())
                .isEqualTo(ContentConfig.NONE);
        assertThat(ContentConfig.NONE.isNone()).isTrue();
        assertThat(content("metadata").isNone()).isTrue();
        assertThat(content("{record: sampled, share: 0%}").isNone()).isTrue();
        assertThat(room.settings().keySet()).noneMatch(key -> key.contains(".content."));
    }

    @Test
    void aWordIsEnough() {
        assertThat(content("full"))
                .isEqualTo(new ContentConfig(Content.FULL, 1, Set.of(Kind.values()), Duration.ofDays(7), 64 << 10));
        assertThat(content("sampled").share()).isEqualTo(0.01);
    }

    @Test
    void everyKeyIsReadAndShown() {
        assertThat(content("{record: sampled, share: 2.5%, redact: [email, secret], keep: 30d, max: 16KiB}"))
                .isEqualTo(new ContentConfig(
                        Content.SAMPLED, 0.025, Set.of(Kind.EMAIL, Kind.SECRET), Duration.ofDays(30), 16 << 10));
        assertThat(room.settings())
                .containsEntry("tenants.acme.content.record", "sampled # penstock.yaml:1")
                .containsEntry("tenants.acme.content.share", "2.5% # penstock.yaml:1")
                .containsEntry("tenants.acme.content.redact", "[email, secret] # penstock.yaml:1")
                .containsEntry("tenants.acme.content.keep", "30d # penstock.yaml:1")
                .containsEntry("tenants.acme.content.max", "16KiB # penstock.yaml:1");
        assertThat(content("{record: full, redact: []}").redact()).isEmpty();
    }

    @Test
    void whatCannotBeIsRefusedWithItsPlace() {
        assertThat(problems("tenants: {acme: {content: ful}}"))
                .contains("tenants.acme.content", "metadata or sampled or full", "Did you mean \"full\"?");
        assertThat(problems("tenants: {acme: {content: {share: 1%}}}"))
                .contains("tenants.acme.content.record  missing");
        assertThat(problems("tenants: {acme: {content: {record: full, share: 1%}}}"))
                .contains("tenants.acme.content.share  is used with record: sampled only");
        assertThat(problems("tenants: {acme: {content: {record: full, redact: [emails]}}}"))
                .contains("tenants.acme.content.redact[0]", "Did you mean \"email\"?");
        assertThat(problems("tenants: {acme: {content: {record: full, max: 1MiB}}}"))
                .contains("from 1KiB to 256KiB");
        assertThat(problems("tenants: {acme: {content: {record: full, keep: 5m}}}"))
                .contains("an age");
        assertThat(problems("tenants: {acme: {content: {record: full, keeps: 5d}}}"))
                .contains("Did you mean \"keep\"?");
        assertThat(problems("tenants: {\"*\": {content: full, limits: {rpm: 5}}}"))
                .contains("is not used; \"*\" holds only limits and budget");
    }

    @Test
    void theInstallationCanForbidIt() {
        String forbidden = "observability: {ledger: {content: metadata}}\ntenants: {acme: {content: full}}";
        assertThat(problems(forbidden))
                .contains(
                        "tenants.acme.content", "expected metadata, because observability.ledger.content is metadata");
        assertThat(problems(forbidden.replace("content: metadata", "content: sampled")))
                .contains("expected metadata or sampled, because observability.ledger.content is sampled");
        assertThat(room.yaml(forbidden.replace("content: full", "content: metadata"))
                        .snapshot()
                        .server()
                        .tenants())
                .hasSize(1);
    }
}
