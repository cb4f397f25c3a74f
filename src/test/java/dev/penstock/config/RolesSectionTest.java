// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Right;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roles in the file, and keys that name one. */
final class RolesSectionTest {

    private static final String ROLES = """
            roles:
              admin: {may: ["*"]}
              app: {may: [chat, embeddings], models: [fast, "gpt-*"], features: ["*"]}
              reader: {may: [admin.read]}
            """;

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder).env("A", "ps-one-secret-a").env("B", "ps-one-secret-b");
    }

    @Test
    void aRoleMayWhatItNamesAndNothingElse() {
        RolesConfig roles = room.yaml(ROLES).snapshot().access().roles();

        assertThat(roles.roles().keySet()).containsExactly("admin", "app", "reader");
        assertThat(roles.roles().get("admin"))
                .isEqualTo(new RolesConfig.Role(Set.of(Right.values()), List.of("*"), List.of("*"), List.of("*")));
        assertThat(roles.roles().get("app"))
                .isEqualTo(new RolesConfig.Role(
                        Set.of(Right.CHAT, Right.EMBEDDINGS), List.of("fast", "gpt-*"), List.of("*"), List.of()));
        assertThat(roles.roles().get("reader").models()).isEmpty();
    }

    @Test
    void aKeyNamesItsRoleAndItsBounds() {
        room.yaml(ROLES + """
                tenants:
                  acme:
                    keys:
                      - {id: web, secret: "${A}", role: app, expires: 2027-06-30, models: [fast], ips: [10.0.0.0/8]}
                """);

        TenantConfig.Key key =
                room.snapshot().server().tenants().getFirst().keys().getFirst();

        assertThat(key.role()).isEqualTo("app");
        assertThat(key.expires()).isEqualTo(Instant.parse("2027-06-30T00:00:00Z"));
        assertThat(key.models()).containsExactly("fast");
        assertThat(key.ips()).containsExactly(NetworkBlock.of("10.0.0.0/8"));
        assertThat(room.settings())
                .containsEntry("tenants.acme.keys[0].role", "app # penstock.yaml:8")
                .containsEntry("tenants.acme.keys[0].expires", "2027-06-30T00:00:00Z # penstock.yaml:8")
                .containsKey("roles.app.may");
    }

    @Test
    void aRoleThatIsNotDefinedIsAnErrorWithItsPlace() {
        room.yaml(ROLES + "tenants: {acme: {keys: [{id: web, secret: \"${A}\", role: ap}]}}\n");

        assertThat(room.problems())
                .containsExactly("penstock.yaml:5:57  tenants.acme.keys[0].role  \"ap\"; expected the name of a role"
                        + " under roles. Did you mean \"app\"?");
    }

    @Test
    void twoKeysOfOnePublicIdAreAnError() {
        room.yaml("tenants: {acme: {keys: [{id: a, secret: \"${A}\"}, {id: b, secret: \"${B}\"}]}}\n");

        assertThat(room.problems())
                .hasSize(1)
                .first()
                .asString()
                .contains("same public id")
                .doesNotContain("secret-");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{a: {may: [chatt], models: [x]}} | Did you mean \"chat\"?",
                "{a: {may: [chat]}} | roles.a.models  missing, so that nothing could be called",
                "{a: {models: [x]}} | roles.a.may  missing",
                "{a: {may: [chat], models: [x], modles: [y]}} | Did you mean \"models\"?",
                "{'a b': {may: [models]}} | cannot be shown",
                "{a: chat} | expected a map with keys such as may"
            })
    void mistakesAreToldWithWhatWasMeant(String roles, String expected) {
        room.yaml("roles: " + roles + "\n");

        assertThat(room.problems()).hasSize(1).first().asString().contains(expected);
    }

    @ParameterizedTest
    @CsvSource({"2027-06-31", "tomorrow", "2027-06-30T10:00", "20270630"})
    void aMomentThatIsNoneIsRefused(String expires) {
        room.yaml("tenants: {acme: {keys: [{id: web, secret: \"${A}\", expires: \"" + expires + "\"}]}}\n");

        assertThat(room.problems()).hasSize(1).first().asString().contains("tenants.acme.keys[0].expires");
    }

    @Test
    void aReloadNamesARoleThatIsNewAndOneThatChanged() {
        Snapshot old = room.yaml(ROLES).snapshot();

        Snapshot now = room.yaml(ROLES.replace("[admin.read]", "[models]") + "  more: {may: [users]}\n")
                .snapshot();

        assertThat(ConfigDiff.between(old, now).changed()).containsExactly("roles.more", "roles.reader.may");
        assertThat(ConfigDiff.between(old, now).restart()).isEmpty();
    }

    @Test
    void thePepperIsASecret() {
        room.yaml("auth: {pepper: \"${A}\"}\n");

        assertThat(room.snapshot().access().auth().pepper()).isEqualTo(Secret.of("ps-one-secret-a"));
        assertThat(room.settings()).containsEntry("auth.pepper", "*** # penstock.yaml:1");
    }
}
