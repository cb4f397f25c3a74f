// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.StorageConfig.Place;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StorageSectionTest {

    private static final String CANARY = "c4nary+p4ss";

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private StorageConfig storage() {
        return room.snapshot().access().storage();
    }

    @Test
    void withoutAWordItIsAFileInTheFolderForState() {
        room.env("HOME", "/home/ann");
        assertThat(storage())
                .isEqualTo(new StorageConfig(
                        new Place.SqliteFile(Path.of("/home/ann/.local/state/penstock/penstock.db"), false), true));
        assertThat(room.settings())
                .containsEntry("storage.url", "sqlite:/home/ann/.local/state/penstock/penstock.db # default")
                .containsEntry("storage.migrate", "true # default");

        room.env("XDG_STATE_HOME", "/state");
        assertThat(storage().place()).hasToString("sqlite:/state/penstock/penstock.db");

        room.env("PENSTOCK_DATA", "/data");
        assertThat(storage().place()).hasToString("sqlite:/data/penstock.db");
        assertThat(room.settings()).containsEntry("storage.url", "sqlite:/data/penstock.db # PENSTOCK_DATA");
    }

    @Test
    void withoutAHomeNothingIsKept() {
        assertThat(storage()).isEqualTo(StorageConfig.NONE);
        assertThat(storage().isKept()).isFalse();
        assertThat(room.settings()).containsEntry("storage.url", "none # default");
    }

    @Test
    void theShortFormNamesAFileBesideTheConfiguration() {
        room.env("HOME", "/home/ann").yaml("storage: sqlite:data/keys.db");

        assertThat(storage().place()).isEqualTo(new Place.SqliteFile(folder.resolve("data/keys.db"), true));
        assertThat(room.settings())
                .containsEntry("storage.url", "sqlite:" + folder.resolve("data/keys.db") + " # penstock.yaml:1");
    }

    @Test
    void noneKeepsNothingWhateverTheEnvironmentSays() {
        room.env("PENSTOCK_DATA", "/data").yaml("storage: none");

        assertThat(storage().isKept()).isFalse();
    }

    @Test
    void aServerIsReadInFullAndItsPasswordIsNeverShown() {
        room.yaml("""
                storage:
                  url: "postgresql://ann%40acme:c4nary+p4ss@db.internal:6432/penstock?sslmode=verify-full&sslrootcert=/ca.pem"
                  migrate: false
                """);

        assertThat(storage())
                .isEqualTo(new StorageConfig(
                        new Place.Postgres(
                                "db.internal",
                                6432,
                                "penstock",
                                "ann@acme",
                                Secret.of(CANARY),
                                StorageConfig.Tls.VERIFY_FULL,
                                Path.of("/ca.pem")),
                        false));
        assertThat(storage().toString()).doesNotContain("c4nary");
        assertThat(room.settings())
                .containsEntry(
                        "storage.url",
                        "postgresql://ann@acme@db.internal:6432/penstock?sslmode=verify-full # penstock.yaml:2")
                .containsEntry("storage.migrate", "false # penstock.yaml:3");
    }

    @Test
    void thePasswordMayStandApart() {
        room.env("DB_PASSWORD", CANARY).yaml("""
                storage: {url: "postgres://ann@db/penstock", password: "${DB_PASSWORD}"}
                """);

        assertThat(storage().place())
                .isEqualTo(new Place.Postgres(
                        "db", 5432, "penstock", "ann", Secret.of(CANARY), StorageConfig.Tls.PREFER, null));
    }

    @Test
    void aUrlOutOfAVariableIsMasked() {
        room.env("DATABASE_URL", "postgresql://ann:c4nary@db/penstock").yaml("storage: \"${DATABASE_URL}\"");

        assertThat(room.settings()).containsEntry("storage.url", "*** # penstock.yaml:1");
        assertThat(storage().place()).hasToString("postgresql://ann@db:5432/penstock");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://ann:c4nary@db",
                "postgresql://ann:c4nary@db/a/b",
                "postgresql://ann:c4nary@db:99999/a",
                "postgresql://ann:c4nary@db/a?ssl=c4nary",
                "postgresql://ann:c4nary@db/a?sslmode=c4nary",
                "postgresql://ann:c4n%ary@db/a",
                "postgresql:ann:c4nary@db/a",
                "mysql://ann:c4nary@db/a",
            })
    void aWrongUrlIsToldWithoutItsPassword(String url) {
        room.yaml("storage: \"" + url + "\"");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:10  storage  a URL with user and password; expected sqlite:/path/to/file,"
                                + " postgresql://user:password@host/database or none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite:", "sqlite::memory:", "sqlite:data/", "sqlight:data", "redis://host", "true"})
    void whatIsNoStoreIsRefused(String url) {
        room.yaml("storage: \"" + url + "\"");

        assertThat(room.problems())
                .singleElement()
                .asString()
                .startsWith("penstock.yaml:1:10  storage  \"" + url + "\"; expected sqlite:/path/to/file");
    }

    @Test
    void aPasswordThatNobodyAsksForIsAMistake() {
        room.yaml("storage: {url: \"sqlite:x.db\", password: x1}");
        assertThat(room.problems())
                .containsExactly("penstock.yaml:1:31  storage.password  is not used; it belongs to postgresql://");

        room.yaml("storage: {url: \"postgresql://a:b@c/d\", password: x1}");
        assertThat(room.problems())
                .containsExactly("penstock.yaml:1:40  storage.password  a password beside the one in url; expected one"
                        + " of the two");

        room.yaml("storage: {uri: none}");
        assertThat(room.problems())
                .containsExactly("penstock.yaml:1:11  storage.uri  unknown key. Did you mean \"url\"?");
    }

    @Test
    void howOldThingsBecomeIsSaidInHoursDaysAndYears() {
        room.env("HOME", "/home/ann")
                .yaml("storage: {retention: {requests: 48h, minutes: 12h, days: 5y, audit: 800d}}");

        assertThat(storage().retention())
                .isEqualTo(new StorageConfig.Retention(
                        Duration.ofDays(2),
                        Duration.ofHours(12),
                        Duration.ofDays(90),
                        Duration.ofDays(5 * 365),
                        Duration.ofDays(800)));
        assertThat(storage().place()).hasToString("sqlite:/home/ann/.local/state/penstock/penstock.db");
        assertThat(room.settings())
                .containsEntry("storage.retention.requests", "2d # penstock.yaml:1")
                .containsEntry("storage.retention.minutes", "12h # penstock.yaml:1")
                .containsEntry("storage.retention.hours", "90d # default")
                .containsEntry("storage.retention.days", "5y # penstock.yaml:1");
    }

    @Test
    void sumsOfShorterTimesGoFirst() {
        room.yaml("storage: {retention: {minutes: 91d}}");
        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:32  storage.retention.minutes  hours 90d; expected at least minutes, 91d");

        room.yaml("storage: {retention: {hours: 100d, days: 99d}}");
        assertThat(room.problems())
                .containsExactly("penstock.yaml:1:42  storage.retention.days  days 99d; expected at least hours, 100d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "d", "-1d", "01d", "1.5d", "5m", "101y", "0h", "99999999999999999999y"})
    void whatIsNoAgeIsRefused(String age) {
        room.yaml("storage: {retention: {requests: \"" + age + "\"}}");

        assertThat(room.problems())
                .singleElement()
                .asString()
                .startsWith("penstock.yaml:1:33  storage.retention.requests  ")
                .endsWith("; expected an age from 1h to 100y, such as 30d, 3y or 12h");
    }

    @Test
    void everyChangeNeedsARestartAndAPasswordIsOne() {
        Snapshot old = room.yaml("storage: \"postgresql://a:b@c/d\"").snapshot();
        Snapshot now = room.yaml("storage: \"postgresql://a:x@c/d\"").snapshot();

        ConfigDiff diff = ConfigDiff.between(old, now);

        assertThat(diff.changed()).containsExactly("storage.url");
        assertThat(diff.restart()).containsExactly("storage.url");
    }

    @Test
    void nodesThatKeepThingsElsewhereHaveTheSameVersion() {
        String here = room.env("HOME", "/home/ann")
                .yaml("models: {chat: demo/demo}")
                .snapshot()
                .version();
        String there = room.env("HOME", "/home/bob").snapshot().version();

        assertThat(there).isEqualTo(here);
    }
}
