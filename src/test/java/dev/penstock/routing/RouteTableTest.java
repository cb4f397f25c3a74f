// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ModelConfig;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.config.StaticAnswer;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RouteTableTest {

    private final RouteTable table = new RouteTable(snapshot());

    @Test
    void followsAnAlias() {
        assertThat(target("chat")).isEqualTo(new Target("openai", "gpt-4o"));
    }

    @Test
    void passesAnyModelNameOfAKnownProvider() {
        assertThat(target("openai/org/some-model:7b")).isEqualTo(new Target("openai", "org/some-model:7b"));
    }

    @Test
    void findsABareNameThatExactlyOneProviderLists() {
        assertThat(target("qwen3-8b")).isEqualTo(new Target("vllm", "qwen3-8b"));
    }

    @Test
    void doesNotGuessWhenTwoProvidersListTheSameName() {
        assertThat(failure("shared-model").kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
    }

    @Test
    void marksAFixedAnswerAsDegraded() {
        assertThat(table.route("static/busy").result().first().degraded()).isTrue();
    }

    @Test
    void refusesAFixedAnswerThatDoesNotExist() {
        assertThat(failure("static/bussy").getMessage()).contains("Did you mean \"static/busy\"?");
    }

    @Test
    void namesTheNearestKnownModel() {
        assertThat(failure("chatt").getMessage())
                .isEqualTo("The model \"chatt\" is not known here. Did you mean \"chat\"?");
        assertThat(failure("chatt").status()).isEqualTo(404);
    }

    @Test
    void offersNoNameThatIsFarAway() {
        assertThat(failure("something-else-entirely").getMessage()).doesNotContain("Did you mean");
    }

    @Test
    void refusesAnUnknownProviderAndAnEmptyModelPart() {
        assertThat(failure("nobody/gpt-4o").kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure("openai/").kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
        assertThat(failure("/gpt-4o").kind()).isEqualTo(Kind.MODEL_NOT_FOUND);
    }

    @Test
    void cutsALongUnknownNameInItsMessage() {
        assertThat(failure("x".repeat(5000)).getMessage()).hasSizeLessThan(200);
    }

    @Test
    void listsAliasesBeforeTheNamesOfProviders() {
        assertThat(table.names())
                .extracting(RouteTable.ModelName::id)
                .containsExactly("chat", "vllm/qwen3-8b", "vllm/shared-model", "other/shared-model", "static/busy");
    }

    private Target target(String model) {
        return table.route(model).result().first().target();
    }

    private GatewayError failure(String model) {
        return (GatewayError) table.route(model).cause();
    }

    private static Snapshot snapshot() {
        Map<String, ProviderConfig> providers = new LinkedHashMap<>();
        for (ProviderConfig p : List.of(
                provider("openai", List.of()),
                provider("vllm", List.of("qwen3-8b", "shared-model")),
                provider("other", List.of("shared-model")))) {
            providers.put(p.name(), p);
        }
        return new Snapshot(
                ServerConfig.defaults(),
                providers,
                Map.of(
                        "chat",
                        new ModelConfig(
                                "chat",
                                List.of(new Target("openai", "gpt-4o")),
                                Timeouts.DEFAULT,
                                StreamPolicy.DEFAULT)),
                Map.of("busy", new StaticAnswer("busy", "Busy.", true)),
                "v");
    }

    private static ProviderConfig provider(String name, List<String> models) {
        return new ProviderConfig(
                name,
                ProviderConfig.Type.OPENAI,
                URI.create("http://127.0.0.1:1/v1"),
                null,
                ProviderConfig.Http.AUTO,
                100,
                true,
                null,
                models,
                0,
                "test");
    }
}
