// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.yaml.snakeyaml.Yaml;

/** Tenants in the file: what is read, what is refused, and that no message shows a key. */
final class TenantsTest {

    private static final String TWO =
            "tenants: {acme: {region: eu, keys: [{id: acme-web, secret: \"${A}\"}, {id: acme-app, secret: \"${B}\"}]}, solo: }";

    private static final String NAME = "a name that may be a secret or that cannot be shown;"
            + " expected up to 64 of letters, digits, dot, dash and _";

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder).env("A", "secret-a").env("B", "secret-b").env("C", "secret-c");
    }

    private static TenantConfig.Key key(String id, String secret) {
        return new TenantConfig.Key(id, Secret.of(secret));
    }

    @Test
    void readsThemInTheirOrder() {
        ServerConfig server = room.yaml(TWO).snapshot().server();

        assertThat(server.tenants())
                .containsExactly(
                        new TenantConfig(
                                "acme", "eu", List.of(key("acme-web", "secret-a"), key("acme-app", "secret-b"))),
                        new TenantConfig("solo", "", List.of()));
        assertThat(server.needsKey()).isTrue();
        assertThat(server.toString()).doesNotContain("secret-");
    }

    @Test
    void meansTheSameUnderYaml11And12() {
        Object old = new Yaml().load(TWO);

        assertThat(old).isEqualTo(new Load(LoadSettings.builder().build()).loadFromString(TWO));
    }

    @Test
    void showsNamesAndNoSecret() {
        room.yaml(TWO);

        assertThat(room.settings())
                .containsEntry("tenants.acme.region", "eu # penstock.yaml:1")
                .containsEntry("tenants.acme.keys[0].id", "acme-web # penstock.yaml:1")
                .containsEntry("tenants.acme.keys[1].secret", "*** # penstock.yaml:1");
        assertThat(room.settings().toString()).doesNotContain("secret-");
    }

    @Test
    void aReloadNamesWhatChangedWithoutIt() {
        Snapshot old = room.yaml(TWO).snapshot();

        Snapshot other = room.env("B", "secret-d").snapshot();
        Snapshot without = room.yaml("tenants: {solo: }").snapshot();

        assertThat(ConfigDiff.between(old, other).changed()).containsExactly("tenants.acme.keys[1].secret");
        assertThat(ConfigDiff.between(old, other).restart()).isEmpty();
        assertThat(ConfigDiff.between(old, without).changed()).containsExactly("tenants.acme");
        assertThat(other.version()).isNotEqualTo(old.version());
    }

    @Test
    void theirKeysCloseTheDoorThatIsReachable() {
        room.env("OPENAI_API_KEY", "sk-1").yaml("server: {host: 0.0.0.0}\n" + TWO);

        assertThat(room.snapshot().server().needsKey()).isTrue();
    }

    @Test
    void aTenantWithoutKeysDoesNot() {
        room.env("OPENAI_API_KEY", "sk-1").yaml("server: {host: 0.0.0.0}\ntenants: {solo: {region: eu}}");

        assertThat(room.problems()).hasSize(1).first().asString().contains("callers need no key");
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                wrong(
                        "{a: {keys: [{id: k, secret: \"${A}\"}]}, b: {keys: [{id: k, secret: \"${B}\"}]}}",
                        "tenants.b.keys[0].id  the same id as tenants.a.keys[0].id; expected an id of its own"),
                wrong(
                        "{a: {keys: [{id: k, secret: \"${A}\"}]}, b: {keys: [{id: l, secret: \"${A}\"}]}}",
                        "tenants.b.keys[0].secret  the same secret as tenants.a.keys[0].secret; expected each key once"),
                wrong(
                        "{a: {keys: [{id: k, secret: \"${C}\"}]}}",
                        "tenants.a.keys[0].secret  the same secret as server.api_key; expected each key once"),
                wrong(
                        "{a: {keys: [{id: k, secret: \"\"}]}}",
                        "tenants.a.keys[0].secret  an empty secret; expected a value"),
                wrong(
                        "{a: {keys: [{id: k}]}}",
                        "tenants.a.keys[0].secret  missing; expected a secret, such as ${NAME_OF_A_VARIABLE}"),
                wrong("{a: {keys: [{secret: \"${A}\"}]}}", "tenants.a.keys[0].id  missing; expected text"),
                wrong("{a: {keys: [{id: sk-secret-z, secret: \"${A}\"}]}}", "tenants.a.keys[0].id  " + NAME),
                wrong("{a: {keys: {id: k}}}", "tenants.a.keys  a map; expected a list"),
                wrong("{a: {keyz: []}}", "tenants.a.keyz  unknown key. Did you mean \"keys\"?"),
                wrong(
                        "{a: {keys: [{id: k, secrets: \"${A}\", secret: \"${B}\"}]}}",
                        "tenants.a.keys[0].secrets  unknown key. Did you mean \"secret\"?"),
                wrong("{a: {region: \"e u\"}}", "tenants.a.region  " + NAME),
                wrong("{sk-secret-z: {}}", "tenants  " + NAME),
                wrong("{\"*\": {}}", "tenants.*  says nothing; expected limits or budget of each tenant"),
                wrong("[a]", "tenants  a list; expected a map of names"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhatIsWrongAndNeverASecret(String tenants, String expected) {
        List<String> problems =
                room.yaml("server: {api_key: \"${C}\"}\ntenants: " + tenants).problems();

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0)).startsWith("penstock.yaml:2:").endsWith("  " + expected);
        assertThat(problems.get(0)).doesNotContain("secret-");
    }

    private static Arguments wrong(String tenants, String problem) {
        return Arguments.of(tenants, problem);
    }
}
