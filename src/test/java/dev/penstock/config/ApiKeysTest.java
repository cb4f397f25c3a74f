// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ProviderConfig.ApiKey;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.yaml.snakeyaml.Yaml;

/** Several keys of a provider in the file: what is read, what is refused, and that no message shows one. */
final class ApiKeysTest {

    private static final String TWO =
            "providers: {openai: {type: openai, api_keys: {main: {key: \"${A}\", weight: 3}, spare: \"${B}\"}}}";

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder).env("A", "secret-a").env("B", "secret-b");
    }

    @Test
    void readsBothFormsInTheirOrder() {
        ProviderConfig provider = room.yaml(TWO).snapshot().providers().get("openai");

        assertThat(provider.apiKey()).isNull();
        assertThat(provider.apiKeys())
                .containsExactly(
                        new ApiKey("main", Secret.of("secret-a"), 3), new ApiKey("spare", Secret.of("secret-b"), 1));
        assertThat(provider.toString()).doesNotContain("secret-");
    }

    @Test
    void meansTheSameUnderYaml11And12() {
        Object old = new Yaml().load(TWO);

        assertThat(old).isEqualTo(new Load(LoadSettings.builder().build()).loadFromString(TWO));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "azure, base_url: \"https://h\"",
                "anthropic",
                "gemini",
                "bedrock, region: eu-west-1",
                "openai, base_url: \"http://h/v1\""
            })
    void belongsToEveryTypeThatSendsAKey(String type) {
        room.yaml("providers: {x: {type: " + type + ", api_keys: {a: k1, b: k2}}}");

        assertThat(room.snapshot().providers().get("x").apiKeys()).hasSize(2);
    }

    @Test
    void showsNamesAndWeightsAndNoSecret() {
        room.yaml(TWO);

        assertThat(room.settings())
                .containsEntry("providers.openai.api_keys.main.key", "*** # penstock.yaml:1")
                .containsEntry("providers.openai.api_keys.main.weight", "3 # penstock.yaml:1")
                .containsEntry("providers.openai.api_keys.spare.weight", "1 # default");
        assertThat(room.settings().toString()).doesNotContain("secret-");
    }

    @Test
    void aChangedSecretIsAChangeThatIsNamedWithoutIt() {
        Snapshot old = room.yaml(TWO).snapshot();

        Snapshot now = room.env("B", "secret-c").snapshot();

        assertThat(ConfigDiff.between(old, now).changed()).containsExactly("providers.openai.api_keys.spare.key");
        assertThat(now.version()).isNotEqualTo(old.version());
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                wrong(
                        "api_key: \"${A}\", api_keys: {b: \"${B}\"}",
                        "api_keys  keys beside api_key; expected one of the two"),
                wrong("api_keys: {}", "api_keys  no key; expected a map of names to keys, or the key absent"),
                wrong("api_keys: ", "api_keys  no key; expected a map of names to keys, or the key absent"),
                wrong("api_keys: [\"${A}\"]", "api_keys  a list; expected a map of names"),
                wrong("api_keys: \"${A}\"", "api_keys  a single value; expected a map of names"),
                wrong(
                        "api_keys: {a: \"${A}\", b: {key: \"${A}\"}}",
                        "api_keys.b  the same secret as a; expected each key once"),
                wrong("api_keys: {a: \"\"}", "api_keys.a  an empty secret; expected a value"),
                wrong(
                        "api_keys: {a: {key: \"${A}\", weight: 0}}",
                        "api_keys.a.weight  0; expected a whole number from 1 to 1000"),
                wrong(
                        "api_keys: {a: {key: \"${A}\", weight: 1001}}",
                        "api_keys.a.weight  1001; expected a whole number from 1 to 1000"),
                wrong(
                        "api_keys: {a: {key: \"${A}\", wieght: 1}}",
                        "api_keys.a.wieght  unknown key. Did you mean \"weight\"?"),
                wrong(
                        "api_keys: {a: {weight: 2}}",
                        "api_keys.a.key  missing; expected a secret, such as ${NAME_OF_A_VARIABLE}"),
                wrong(
                        "api_keys: {sk-secret-z: \"${A}\"}",
                        "api_keys  a name that may be a secret or that cannot be shown; expected up to 64 of letters, digits, dot,"
                                + " dash and _"),
                wrong(
                        "api_keys: {\"a b\": \"${A}\"}",
                        "api_keys  a name that may be a secret or that cannot be shown; expected up to 64 of letters, digits, dot,"
                                + " dash and _"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhatIsWrongAndNeverASecret(String keys, String expected) {
        List<String> problems = room.yaml("providers:\n  x: {type: openai, base_url: \"http://h/v1\", " + keys + "}")
                .problems();

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0)).startsWith("penstock.yaml:2:").endsWith("  providers.x." + expected);
        assertThat(problems.get(0)).doesNotContain("secret-");
    }

    @Test
    void bedrockTakesOneWayToSignIn() {
        room.yaml(
                "providers: {b: {type: bedrock, region: eu-west-1, api_keys: {a: k}, access_key_id: i, secret_access_key: s}}");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:51  providers.b.api_keys  keys beside access keys; expected one way to sign in");
    }

    @Test
    void aTypeWithoutNetworkHasNoKeys() {
        room.yaml("providers: {d: {type: demo, api_keys: {a: k}}}");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:29  providers.d.api_keys  not used by type demo; expected it to be absent");
    }

    private static Arguments wrong(String keys, String problem) {
        return Arguments.of(keys, problem);
    }
}
