// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who is refused by what. */
final class SwitchesTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Identity ANNA = new Identity("acme", "", "acme-web", "anna", "");

    private final Switches switches = new Switches();

    private void set(Object... objectsAndRules) {
        Map<SwitchObject, SwitchRule> rules = new LinkedHashMap<>();
        for (int i = 0; i < objectsAndRules.length; i += 2) {
            rules.put(SwitchObject.parse((String) objectsAndRules[i]), (SwitchRule) objectsAndRules[i + 1]);
        }
        switches.set(rules);
    }

    private static SwitchRule off(String reason) {
        return new SwitchRule(false, 100, List.of(), reason, null);
    }

    private static SwitchRule share(boolean enabled, int percent, String... tenants) {
        return new SwitchRule(enabled, percent, List.of(tenants), "", null);
    }

    private String refusal() {
        Refusal refusal = switches.refusal(ANNA, "chat");
        return refusal == null ? "on" : refusal.object().toString();
    }

    @Test
    void theGatewayComesBeforeTheTenantTheKeyAndTheModel() {
        set("model.chat", off(""), "key.acme-web", off(""), "tenant.acme", off(""), "gateway", off(""));
        assertThat(refusal()).isEqualTo("gateway");
        set("model.chat", off(""), "key.acme-web", off(""), "tenant.acme", off(""));
        assertThat(refusal()).isEqualTo("tenant.acme");
        set("model.chat", off(""), "key.acme-web", off(""));
        assertThat(refusal()).isEqualTo("key.acme-web");
        set("model.chat", off(""));
        assertThat(refusal()).isEqualTo("model.chat");
        set("model.other", off(""), "tenant.duck", off(""), "provider.chat", off(""), "feature.chat", off(""));
        assertThat(refusal()).isEqualTo("on");
    }

    @Test
    void aRefusalSaysInWordsWhatIsOffAndWhyAndWhenToComeBack() {
        set("model.chat", new SwitchRule(false, 100, List.of(), "prices doubled.", NOW.plusSeconds(90)));

        GatewayError error = switches.refusal(ANNA, "chat").error(NOW);

        assertThat(error.getMessage()).isEqualTo("The model \"chat\" is switched off: prices doubled.");
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.SWITCHED_OFF);
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("switched_off");
        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(90));
        set("gateway", off(""));
        assertThat(switches.refusal(ANNA, "chat").error(NOW).getMessage()).isEqualTo("The gateway is switched off.");
    }

    @Test
    void aShareIsTheSameCallersEachTimeAndGrowsWithoutLosingAny() {
        List<Identity> users = IntStream.range(0, 10_000)
                .mapToObj(i -> new Identity("acme", "", "k", "user-" + i, ""))
                .toList();
        Set<Identity> quarter = on(users, "feature.a", share(true, 25));
        Set<Identity> half = on(users, "feature.a", share(true, 50));
        Set<Identity> other = on(users, "feature.b", share(true, 25));

        assertThat(quarter.size()).isBetween(2_300, 2_700);
        assertThat(half.size()).isBetween(4_800, 5_200);
        assertThat(half).containsAll(quarter);
        assertThat(on(users, "feature.a", share(true, 25))).isEqualTo(quarter);
        assertThat(other).isNotEqualTo(quarter);
        other.retainAll(quarter);
        assertThat(other.size()).as("another switch, other callers").isBetween(500, 750);
    }

    private Set<Identity> on(List<Identity> users, String object, SwitchRule rule) {
        set(object, rule);
        SwitchObject parsed = SwitchObject.parse(object);
        return users.stream().filter(user -> switches.of(parsed, user) == null).collect(Collectors.toSet());
    }

    /** The same on all nodes and in all versions: these are the callers of 2026. */
    @Test
    void theHashIsThatOfTheFirstRelease() {
        List<String> on = IntStream.range(0, 20)
                .mapToObj(i -> new Identity("", "", "", "u" + i, ""))
                .filter(user -> {
                    set("feature.classify", share(true, 25));
                    return switches.ofFeature(user, "classify") == null;
                })
                .map(Identity::user)
                .toList();

        assertThat(on).isEqualTo(HASHED);
    }

    private static final List<String> HASHED = List.of("u7", "u9", "u12", "u14");

    @Test
    void aCallerWithoutAUserSticksByItsKeyOrItsTenantAndAnUnknownOneIsInNoShare() {
        set("feature.a", share(true, 99));
        SwitchObject feature = SwitchObject.parse("feature.a");

        assertThat(switches.of(feature, Identity.NONE)).isNotNull();
        long keys = IntStream.range(0, 1000)
                .filter(i -> switches.of(feature, new Identity("acme", "", "key-" + i)) == null)
                .count();
        long tenants = IntStream.range(0, 1000)
                .filter(i -> switches.of(feature, new Identity("t" + i, "", "")) == null)
                .count();
        assertThat(keys).isBetween(970L, 999L);
        assertThat(tenants).isBetween(970L, 999L);
        set("feature.a", share(false, 99));
        assertThat(switches.of(feature, Identity.NONE)).isNull();
    }

    @Test
    void tenantsNarrowAStateAndAllOthersHaveTheOpposite() {
        Identity duck = new Identity("duck", "", "d");
        set("model.chat", share(false, 100, "acme", "solo"));
        assertThat(refusal()).isEqualTo("model.chat");
        assertThat(switches.refusal(duck, "chat")).isNull();

        set("model.chat", share(true, 100, "acme"));
        assertThat(refusal()).isEqualTo("on");
        assertThat(switches.refusal(duck, "chat")).isNotNull();
        assertThat(switches.refusal(Identity.NONE, "chat")).isNotNull();
    }

    @Test
    void aProviderIsOutForRoutingOnlyWhenItIsOffForEverybody() {
        set("provider.a", off("down"), "provider.b", share(false, 100, "acme"), "provider.c", share(true, 0));

        assertThat(switches.ofProvider("a").inWords()).isEqualTo("switched off: down");
        assertThat(switches.ofProvider("b")).isNull();
        assertThat(switches.ofProvider(ANNA, "b")).isNotNull();
        assertThat(switches.ofProvider(Identity.NONE, "b")).isNull();
        assertThat(switches.ofProvider("c")).isNotNull();
        assertThat(switches.ofProvider(ANNA, "d")).isNull();
    }

    @Test
    void objectsAreReadAsTheyAreWritten() {
        for (String text : List.of("gateway", "model.gpt-4.1", "model.openai/gpt-4o", "key.a.b", "feature.x")) {
            assertThat(SwitchObject.parse(text)).hasToString(text);
        }
        for (String text : List.of("", "model", "model.", "Model.x", "gateway.x", "modell.x", "model.a b", ".x")) {
            assertThat(SwitchObject.parse(text)).as(text).isNull();
        }
    }
}
