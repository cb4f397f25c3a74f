// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Switches in the file: what is read, and what is refused. */
final class SwitchesSectionTest {

    private static final String OTHERS = """
            tenants: {acme: {keys: [{id: acme-web, secret: "${A}"}]}}
            providers: {one: {type: demo, models: [m]}, aws: {type: demo}}
            models: {chat: one/m}
            static: {sorry: {text: Later.}}
            """;

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder).env("A", "secret-a");
    }

    private static SwitchRule rule(boolean enabled) {
        return new SwitchRule(enabled, 100, List.of(), "", null);
    }

    @Test
    void readsBothForms() {
        SwitchesConfig switches = room.yaml(OTHERS + """
                        switches:
                          gateway: enabled
                          feature.classify: {state: enabled, tenants: [acme], percent: 25}
                          provider.aws: disabled
                          model.chat: {state: disabled, reason: "prices: doubled", until: "2026-12-01T09:00:00+01:00"}
                          model.one/anything: disabled
                          model.m: disabled
                          model.static/sorry: disabled
                          key.not-yet: disabled
                        """).snapshot().access().switches();

        assertThat(switches.rules())
                .hasSize(8)
                .containsEntry(SwitchObject.GATEWAY, rule(true))
                .containsEntry(
                        SwitchObject.parse("feature.classify"), new SwitchRule(true, 25, List.of("acme"), "", null))
                .containsEntry(SwitchObject.parse("provider.aws"), rule(false))
                .containsEntry(
                        SwitchObject.parse("model.chat"),
                        new SwitchRule(
                                false, 100, List.of(), "prices: doubled", Instant.parse("2026-12-01T08:00:00Z")));
        assertThat(room.settings())
                .containsEntry("switches.gateway.state", "enabled # penstock.yaml:6")
                .containsEntry("switches.\"feature.classify\".percent", "25 # penstock.yaml:7")
                .containsEntry("switches.\"model.chat\".until", "2026-12-01T08:00:00Z # penstock.yaml:9");
    }

    @Test
    void refusesWhatDoesNotExistOrIsNoSwitch() {
        room.yaml(OTHERS + """
                switches:
                  modell.chat: disabled
                  model.chta: disabled
                  provider.on: disabled
                  tenant.acmee: off
                  model.chat: {state: enabled, tenants: [acne], percent: 101, until: tomorrow}
                  gateway: {reason: why}
                """);

        assertThat(room.problems()).anySatisfy(problem -> assertThat(problem)
                .startsWith("penstock.yaml:6:3  switches.\"modell.chat\"  a name that is no switch; expected gateway,")
                .endsWith("Did you mean \"model\"?"));
        assertThat(room.problems())
                .contains(
                        "penstock.yaml:7:3  switches.\"model.chta\"  there is no such model in the configuration. Did"
                                + " you mean \"chat\"?",
                        "penstock.yaml:8:3  switches.\"provider.on\"  there is no such provider in the configuration."
                                + " Did you mean \"one\"?",
                        "penstock.yaml:9:3  switches.\"tenant.acmee\"  there is no such tenant in the configuration."
                                + " Did you mean \"acme\"?",
                        "penstock.yaml:10:42  switches.\"model.chat\".tenants[0]  there is no such tenant in the"
                                + " configuration. Did you mean \"acme\"?");
        assertThat(room.problems())
                .anySatisfy(problem -> assertThat(problem).contains("switches.\"tenant.acmee\"", "enabled or disabled"))
                .anySatisfy(problem -> assertThat(problem).contains(".percent", "from 0 to 100"))
                .anySatisfy(problem -> assertThat(problem).contains(".until", "a date, or a date with time and offset"))
                .anySatisfy(problem -> assertThat(problem).contains("switches.gateway.state", "missing"));
    }

    @Test
    void aReloadNamesWhatChangesAndNeedsNoRestart() {
        Snapshot before = room.yaml(OTHERS + "switches: {gateway: enabled, model.chat: disabled}")
                .snapshot();
        Snapshot after = room.yaml(OTHERS + "switches: {gateway: disabled, feature.x: disabled}")
                .snapshot();

        ConfigDiff diff = ConfigDiff.between(before, after);

        assertThat(diff.changed())
                .containsExactly("switches.\"feature.x\"", "switches.\"model.chat\"", "switches.gateway.state");
        assertThat(diff.restart()).isEmpty();
        assertThat(before.version()).isNotEqualTo(after.version());
    }
}
