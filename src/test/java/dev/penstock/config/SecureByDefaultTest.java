// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody serves a paid provider to the network by accident. */
final class SecureByDefaultTest {

    private static final String OPEN_DOOR =
            " can be reached from the network, a provider is configured and callers need no key;"
                    + " expected one of: a key in server.api_key or PENSTOCK_API_KEY; a new one by penstock serve --generate-key;"
                    + " server.open: true to serve everyone";

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder).env("OPENAI_API_KEY", "sk-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.168.1.5", "gateway.example", "::ffff:10.0.0.1"})
    void refusesAReachableAddressWithARealProviderAndNoKey(String host) {
        room.yaml("server:\n  host: \"" + host + "\"");

        assertThat(room.problems()).containsExactly("penstock.yaml:2:9  server.host  \"" + host + "\"" + OPEN_DOOR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"})
    void aLoopbackAddressNeedsNoKey(String host) {
        assertThat(room.yaml("server: {host: \"" + host + "\"}")
                        .snapshot()
                        .server()
                        .apiKey())
                .isNull();
    }

    @Test
    void aKeyOpensTheDoor() {
        room.yaml("server: {host: 0.0.0.0, api_key: k}");

        assertThat(room.snapshot().server().apiKey()).isEqualTo(Secret.of("k"));
    }

    @Test
    void aGeneratedKeyOpensTheDoorAndGivesWayToAConfiguredOne() {
        room.yaml("server: {host: 0.0.0.0}");
        ConfigLoader generating =
                new ConfigLoader(List.of(), folder, Map.of("OPENAI_API_KEY", "sk-1"), Secret.of("ps-generated"));

        LoadResult.Loaded loaded = (LoadResult.Loaded) generating.load();
        room.yaml("server: {host: 0.0.0.0, api_key: k}");
        LoadResult.Loaded configured = (LoadResult.Loaded) generating.load();

        assertThat(loaded.snapshot().server().apiKey()).isEqualTo(Secret.of("ps-generated"));
        assertThat(loaded.originOf("server.api_key")).isEqualTo("--generate-key");
        assertThat(configured.snapshot().server().apiKey()).isEqualTo(Secret.of("k"));
        assertThat(configured.originOf("server.api_key")).isEqualTo("penstock.yaml:1");
    }

    @Test
    void openIsAWordThatSomebodyHadToWrite() {
        assertThat(room.yaml("server: {host: 0.0.0.0, open: true}")
                        .snapshot()
                        .server()
                        .apiKey())
                .isNull();
    }

    @Test
    void theDemoMayBeShownToEveryone() {
        ConfigRoom demoOnly = new ConfigRoom(folder).yaml("server: {host: 0.0.0.0}");

        assertThat(demoOnly.snapshot().providers()).containsOnlyKeys("demo");
    }

    @Test
    void aReachableAdminListenerNeedsAToken() {
        room.yaml("server: {admin: \"0.0.0.0:9090\"}");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:17  server.admin  \"0.0.0.0:9090\" can be reached from the network and has no"
                                + " token; expected a loopback address, or a token in server.admin_token or PENSTOCK_ADMIN_TOKEN");
        assertThat(room.env("PENSTOCK_ADMIN_TOKEN", "t").snapshot().server().adminToken())
                .isEqualTo(Secret.of("t"));
    }
}
