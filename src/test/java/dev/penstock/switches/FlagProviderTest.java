// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The switches as a program sees them through the client of OpenFeature. */
final class FlagProviderTest {

    private static final Switches SWITCHES = new Switches();
    private static Client client;

    @BeforeAll
    static void provide() {
        SWITCHES.set(Map.of(
                SwitchObject.parse("feature.classify"), new SwitchRule(true, 25, List.of("acme"), "", null),
                SwitchObject.parse("model.chat"), new SwitchRule(false, 100, List.of(), "drill", null)));
        OpenFeatureAPI.getInstance().setProviderAndWait("switches", new FlagProvider(SWITCHES));
        client = OpenFeatureAPI.getInstance().getClient("switches");
    }

    @AfterAll
    static void end() {
        OpenFeatureAPI.getInstance().shutdown();
    }

    private static EvaluationContext user(String user, String tenant) {
        return new ImmutableContext(user, Map.of("tenant", new Value(tenant)));
    }

    @Test
    void aFeatureIsOnForTheSameUsersAsInTheGateway() {
        long on = IntStream.range(0, 1000)
                .mapToObj(i -> "user-" + i)
                .peek(name -> assertThat(client.getBooleanValue("feature.classify", false, user(name, "acme")))
                        .isEqualTo(SWITCHES.ofFeature(new Identity("acme", "", "", name, ""), "classify") == null))
                .filter(name -> client.getBooleanValue("feature.classify", false, user(name, "acme")))
                .count();

        assertThat(on).isBetween(200L, 300L);
        assertThat(client.getBooleanValue("feature.classify", true, user("user-1", "duck")))
                .isFalse();
        assertThat(client.getBooleanDetails("feature.classify", true, user("user-1", "duck"))
                        .getReason())
                .isEqualTo("SPLIT");
    }

    @Test
    void theAnswerSaysWhy() {
        FlagEvaluationDetails<Boolean> off = client.getBooleanDetails("model.chat", true);

        assertThat(off.getValue()).isFalse();
        assertThat(off.getVariant()).isEqualTo("off");
        assertThat(off.getReason()).isEqualTo("STATIC");
        assertThat(off.getFlagMetadata().getString("reason")).isEqualTo("drill");
    }

    @Test
    void otherTypesHaveTheState() {
        assertThat(client.getStringValue("model.chat", "")).isEqualTo("disabled");
        assertThat(client.getIntegerValue("model.chat", 7)).isZero();
        assertThat(client.getDoubleValue("model.other", 7.0)).isEqualTo(1.0);
        assertThat(client.getObjectValue("model.chat", new Value())
                        .asStructure()
                        .asObjectMap())
                .isEqualTo(Map.of("state", "disabled", "reason", "drill"));
    }

    @Test
    void withAModelTheAnswerIsThatOfTheWholeCall() {
        EvaluationContext call = new ImmutableContext("anna", Map.of("model", new Value("chat")));

        assertThat(client.getBooleanValue("provider.openai", false, call)).isFalse();
        assertThat(client.getBooleanValue("provider.openai", false)).isTrue();
    }

    @Test
    void whatNobodyHasSpokenOfHasTheDefaultOfWhoeverAsks() {
        assertThat(client.getBooleanDetails("feature.unknown", true).getValue()).isTrue();
        assertThat(client.getBooleanDetails("feature.unknown", false).getValue())
                .isFalse();
        assertThat(client.getBooleanDetails("nonsense", true).getErrorCode()).isEqualTo(ErrorCode.FLAG_NOT_FOUND);
        assertThat(client.getBooleanDetails("gateway", false).getReason()).isEqualTo("DEFAULT");
        assertThat(client.getBooleanDetails("gateway", false).getValue()).isTrue();
    }
}
