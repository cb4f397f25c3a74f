// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AlertReceiver.Type;
import dev.penstock.config.AlertRule.Severity;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AlertsSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void withoutAWordNobodyIsToldOfAnything() {
        assertThat(room.yaml("models: {chat: demo/demo}")
                        .snapshot()
                        .observability()
                        .alerts())
                .isEqualTo(AlertsConfig.DEFAULT);
    }

    @Test
    void receiversAndRulesAreReadAndSecretsAreNotShown() {
        AlertsConfig alerts = room.yaml("""
                alerts:
                  to:
                    - {type: pagerduty, routing_key: r0ut1ng, severities: [critical]}
                    - {type: alertmanager, url: "http://alertmanager:9093"}
                    - {type: slack, webhook: "https://hooks.example.com/services/x"}
                    - {type: opsgenie, api_key: g3n1e}
                    - {type: webhook, url: "https://example.com/hook", sign_with: s1gn}
                  rules:
                    provider_down: {when: "breaker.open > 60s", severity: critical}
                    budget:        {when: "budget.used >= 80%"}
                """).snapshot().observability().alerts();

        assertThat(alerts.to())
                .extracting(AlertReceiver::type)
                .containsExactly(Type.PAGERDUTY, Type.ALERTMANAGER, Type.SLACK, Type.OPSGENIE, Type.WEBHOOK);
        assertThat(alerts.to().getFirst().url()).isEqualTo(URI.create("https://events.pagerduty.com"));
        assertThat(alerts.to().getFirst().severities()).isEqualTo(Set.of(Severity.CRITICAL));
        assertThat(alerts.to().get(3).url()).isEqualTo(URI.create("https://api.opsgenie.com"));
        assertThat(alerts.rules())
                .extracting(rule ->
                        rule.name() + ": " + rule.when() + " " + rule.severity().label())
                .containsExactly("provider_down: breaker.open > 1m critical", "budget: budget.used >= 80% warning");
        assertThat(room.settings().toString())
                .contains("alerts.to[0].routing_key=***", "alerts.to[2].webhook=***")
                .doesNotContain("r0ut1ng", "g3n1e", "s1gn", "services/x");
    }

    @Test
    void receiversWithoutRulesHearOfWhatIsUsual() {
        AlertsConfig alerts = room.yaml("alerts: {to: [{type: alertmanager, url: \"http://am:9093\"}]}")
                .snapshot()
                .observability()
                .alerts();
        assertThat(alerts.rules()).isEqualTo(AlertRule.USUAL);
    }

    @Test
    void anotherSecretIsAnotherVersionAndTakesEffectWithoutARestart() {
        Snapshot old =
                room.yaml("alerts: {to: [{type: pagerduty, routing_key: one}]}").snapshot();
        Snapshot now =
                room.yaml("alerts: {to: [{type: pagerduty, routing_key: two}]}").snapshot();

        ConfigDiff diff = ConfigDiff.between(old, now);

        assertThat(diff.changed()).containsExactly("alerts.to[0].routing_key");
        assertThat(diff.restart()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "breaker.open > 80%",
                "breaker.open < 60s",
                "breaker.opened > 60s",
                "budget.used >= 60s",
                "budget.used >= 101%",
                "budget.used",
                "> 60s",
                "breaker.open > 60s or budget.used > 1%"
            })
    void whatIsNoConditionIsRefusedWithTheOnesThatAre(String when) {
        room.yaml("alerts: {rules: {odd: {when: \"" + when + "\"}}}");

        assertThat(room.problems())
                .singleElement()
                .asString()
                .contains("alerts.rules.odd.when", when, "breaker.open, targets.down", "breaker.open > 60s");
    }

    @Test
    void whatAReceiverNeedsAndWhatItDoesNotUseAreProblems() {
        room.yaml("""
                alerts:
                  to:
                    - {type: pagerduty}
                    - {type: alertmanager}
                    - {type: slack, webhook: no-url, url: "http://x"}
                    - {type: alertmanager, url: "http://am:9093", api_key: k}
                  rules: {"a b": {when: "store.down > 5s"}}
                """);

        assertThat(room.problems())
                .extracting(Object::toString)
                .anyMatch(problem -> problem.contains("alerts.to[0].routing_key  pagerduty needs it"))
                .anyMatch(problem -> problem.contains("alerts.to[1].url  alertmanager needs it"))
                .anyMatch(problem -> problem.contains("alerts.to[2].webhook  an http or https URL is expected"))
                .anyMatch(problem -> problem.contains("alerts.to[2].url  is not used by slack"))
                .anyMatch(problem -> problem.contains("alerts.to[3].api_key  is not used by alertmanager"))
                .anyMatch(problem -> problem.contains("not a name for a rule"))
                .hasSize(6);
    }
}
