// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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

/** Limits and budgets in the file: what becomes of them, and what is refused. */
final class LimitsSectionTest {

    private static final String EVERYWHERE = """
            providers:
              vllm: {type: openai, base_url: "http://vllm:8000/v1", limits: {concurrent: 8}}
              azure-eu: {type: azure, base_url: "https://acme.openai.azure.com", budget: {usd: 10, per: day}}
            models:
              "*": {limits: {rpm: 100}}
              fast: {targets: [vllm/qwen3-8b], limits: {rpm: 1000, tpm: 4M}}
              chat: [azure-eu/gpt-4o, vllm/qwen3-8b]
            static:
              busy: {text: "Later."}
            tenants:
              "*": {limits: {rpm: 60, per_user: {rpm: 6}}, budget: {usd: 1, per: month}}
              acme:
                limits: {rpm: 6000, tpm: 4M, concurrent: 500, per_user: {rpm: 60, fail: open}, fail: closed}
                budget: {usd: 2000, per: month, warn_at: [50%, 80%], at_limit: downgrade, downgrade_to: fast}
                keys:
                  - {id: acme-web, secret: "${A}", limits: {rpm: 600}, budget: {usd: 0.5, per: hour, at_limit: static/busy}}
              solo:
                budget: {per_user: {usd: 3, per: total, strict: true}}
            limits:
              store: "redis://penstock:pw-of-redis@redis:6379/2"
              per_ip: {rpm: 30}
              per_user: {concurrent: 2}
            budget:
              per_ip: {usd: 1, per: day, fail: open}
              per_user: {usd: 2, per: day}
            unpriced: block
            """;

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder).env("A", "secret-a").env("B", "secret-b");
    }

    private static LimitRule count(
            Scope scope, String name, String tenant, Unit unit, long amount, Set<String> except) {
        return count(scope, name, tenant, unit, amount, Fail.LOCAL_SHARE, except);
    }

    private static LimitRule count(
            Scope scope, String name, String tenant, Unit unit, long amount, Fail fail, Set<String> except) {
        Period period = unit == Unit.CONCURRENT ? Period.NONE : Period.MINUTE;
        return new LimitRule(scope, name, tenant, unit, amount, period, fail, false, List.of(), AtLimit.BLOCK, except);
    }

    private static LimitRule money(
            Scope scope, String name, String tenant, long amount, Period period, AtLimit atLimit, Set<String> except) {
        return new LimitRule(
                scope,
                name,
                tenant,
                Unit.NANO_USD,
                amount,
                period,
                Fail.LOCAL_SHARE,
                false,
                List.of(),
                atLimit,
                except);
    }

    private LimitsConfig limits(String yaml) {
        return room.yaml(yaml).snapshot().access().limits();
    }

    @Test
    void everyBlockBecomesItsRules() {
        LimitsConfig limits = limits(EVERYWHERE);

        Set<String> acme = Set.of("acme");
        Set<String> both = Set.of("acme", "solo");
        assertThat(limits.rules())
                .containsExactlyInAnyOrder(
                        count(Scope.IP, "*", "", Unit.REQUESTS, 30, Set.of()),
                        new LimitRule(
                                Scope.IP,
                                "*",
                                "",
                                Unit.NANO_USD,
                                1_000_000_000,
                                Period.DAY,
                                Fail.OPEN,
                                false,
                                List.of(),
                                AtLimit.BLOCK),
                        count(Scope.USER, "*", "", Unit.CONCURRENT, 2, Set.of()),
                        money(Scope.USER, "*", "", 2_000_000_000, Period.DAY, AtLimit.BLOCK, Set.of()),
                        count(Scope.TENANT, "*", "", Unit.REQUESTS, 60, acme),
                        count(Scope.USER, "*", "*", Unit.REQUESTS, 6, acme),
                        money(Scope.TENANT, "*", "", 1_000_000_000, Period.MONTH, AtLimit.BLOCK, both),
                        count(Scope.TENANT, "acme", "", Unit.REQUESTS, 6000, Fail.CLOSED, Set.of()),
                        count(Scope.TENANT, "acme", "", Unit.TOKENS, 4_000_000, Fail.CLOSED, Set.of()),
                        count(Scope.TENANT, "acme", "", Unit.CONCURRENT, 500, Fail.CLOSED, Set.of()),
                        count(Scope.USER, "*", "acme", Unit.REQUESTS, 60, Fail.OPEN, Set.of()),
                        new LimitRule(
                                Scope.TENANT,
                                "acme",
                                "",
                                Unit.NANO_USD,
                                2_000_000_000_000L,
                                Period.MONTH,
                                Fail.LOCAL_SHARE,
                                false,
                                List.of(0.5, 0.8),
                                new AtLimit.Use("fast")),
                        count(Scope.KEY, "acme-web", "acme", Unit.REQUESTS, 600, Set.of()),
                        money(
                                Scope.KEY,
                                "acme-web",
                                "acme",
                                500_000_000,
                                Period.HOUR,
                                new AtLimit.Use("static/busy"),
                                Set.of()),
                        new LimitRule(
                                Scope.USER,
                                "*",
                                "solo",
                                Unit.NANO_USD,
                                3_000_000_000L,
                                Period.TOTAL,
                                Fail.CLOSED,
                                true,
                                List.of(),
                                AtLimit.BLOCK),
                        count(Scope.MODEL, "*", "", Unit.REQUESTS, 100, Set.of("fast")),
                        count(Scope.MODEL, "fast", "", Unit.REQUESTS, 1000, Set.of()),
                        count(Scope.MODEL, "fast", "", Unit.TOKENS, 4_000_000, Set.of()),
                        count(Scope.PROVIDER, "vllm", "", Unit.CONCURRENT, 8, Set.of()),
                        money(Scope.PROVIDER, "azure-eu", "", 10_000_000_000L, Period.DAY, AtLimit.BLOCK, Set.of()));
        assertThat(limits.refuseUnpriced()).isTrue();
        assertThat(limits.store())
                .isEqualTo(new LimitsConfig.Store.Redis(Secret.of("redis://penstock:pw-of-redis@redis:6379/2")));
    }

    @Test
    void withoutAWordNobodyIsLimited() {
        LimitsConfig limits = limits("models: {chat: demo/demo}");

        assertThat(limits.rules()).isEmpty();
        assertThat(limits.store()).isEqualTo(LimitsConfig.Store.CLUSTER);
        assertThat(limits.refuseUnpriced()).isFalse();
        assertThat(room.settings())
                .containsEntry("limits.store", "cluster # default")
                .containsEntry("unpriced", "allow # default");
    }

    @Test
    void meansTheSameUnderYaml11And12() {
        Object old = new Yaml().load(EVERYWHERE);

        assertThat(old).isEqualTo(new Load(LoadSettings.builder().build()).loadFromString(EVERYWHERE));
    }

    @Test
    void eachValueIsPrintedWithItsPlaceAndNoSecret() {
        room.yaml(EVERYWHERE);

        assertThat(room.settings())
                .containsEntry("tenants.*.limits.rpm", "60 # penstock.yaml:11")
                .containsEntry("tenants.*.limits.per_user.rpm", "6 # penstock.yaml:11")
                .containsEntry("tenants.acme.limits.tpm", "4000000 # penstock.yaml:13")
                .containsEntry("tenants.acme.limits.fail", "closed # penstock.yaml:13")
                .containsEntry("tenants.acme.limits.per_user.fail", "open # penstock.yaml:13")
                .containsEntry("tenants.acme.budget.usd", "2000 # penstock.yaml:14")
                .containsEntry("tenants.acme.budget.per", "month # penstock.yaml:14")
                .containsEntry("tenants.acme.budget.warn_at", "[50%, 80%] # penstock.yaml:14")
                .containsEntry("tenants.acme.budget.at_limit", "fast # penstock.yaml:14")
                .containsEntry("tenants.acme.budget.strict", "false # default")
                .containsEntry("tenants.acme.keys[0].limits.rpm", "600 # penstock.yaml:16")
                .containsEntry("tenants.acme.keys[0].budget.at_limit", "static/busy # penstock.yaml:16")
                .containsEntry("tenants.solo.budget.per_user.fail", "closed # default")
                .containsEntry("models.*.limits.rpm", "100 # penstock.yaml:5")
                .containsEntry("models.fast.limits.tpm", "4000000 # penstock.yaml:6")
                .containsEntry("providers.vllm.limits.concurrent", "8 # penstock.yaml:2")
                .containsEntry("limits.per_ip.rpm", "30 # penstock.yaml:21")
                .containsEntry("budget.per_user.usd", "2 # penstock.yaml:25")
                .containsEntry("limits.store", "*** # penstock.yaml:20")
                .containsEntry("unpriced", "block # penstock.yaml:26");
        assertThat(room.settings().toString()).doesNotContain("pw-of-redis").doesNotContain("secret-a");
    }

    @Test
    void aModelOutOfAVariableIsNotPrinted() {
        room.env("CHEAP", "demo/demo")
                .yaml("tenants: {a: {budget: {usd: 1, per: day, at_limit: downgrade, downgrade_to: \"${CHEAP}\"}}}");

        assertThat(room.settings().get("tenants.a.budget.at_limit")).startsWith("***");
    }

    @Test
    void aReloadNamesWhatChanged() {
        Snapshot old = room.yaml(EVERYWHERE).snapshot();
        Snapshot other =
                room.yaml(EVERYWHERE.replace("tpm: 4M, c", "tpm: 5M, c")).snapshot();
        Snapshot elsewhere =
                room.yaml(EVERYWHERE.replace("@redis:6379", "@other:6379")).snapshot();

        assertThat(ConfigDiff.between(old, other).changed()).containsExactly("tenants.acme.limits.tpm");
        assertThat(ConfigDiff.between(old, other).restart()).isEmpty();
        assertThat(ConfigDiff.between(old, elsewhere).restart()).containsExactly("limits.store");
        assertThat(other.version()).isNotEqualTo(old.version());
    }

    @Test
    void eachByItselfLeavesOutThoseWithABlockOfTheirOwn() {
        List<LimitRule> rules = limits(EVERYWHERE).rules();
        LimitRule tenants = rules.get(4);
        LimitRule users = rules.get(5);

        assertThat(tenants.covers("globex", "globex")).isTrue();
        assertThat(tenants.covers("solo", "solo")).isTrue();
        assertThat(tenants.covers("acme", "acme")).isFalse();
        assertThat(tenants.covers("", "")).isFalse();
        assertThat(users.covers("anna", "globex")).isTrue();
        assertThat(users.covers("anna", "acme")).isFalse();
        assertThat(users.covers("anna", "")).isFalse();
        assertThat(users.covers("", "globex")).isFalse();
    }

    @Test
    void usersAreCountedInsideOfTheirTenantOrOfAll() {
        LimitRule acme = count(Scope.USER, "*", "acme", Unit.REQUESTS, 1, Set.of());
        LimitRule all = count(Scope.USER, "*", "", Unit.REQUESTS, 1, Set.of());

        assertThat(acme.covers("anna", "acme")).isTrue();
        assertThat(acme.covers("anna", "globex")).isFalse();
        assertThat(all.covers("anna", "globex")).isTrue();
        assertThat(all.covers("anna", "")).isTrue();
    }

    @Test
    void concurrencyHasNoPeriodAndAllElseHasOne() {
        assertThatThrownBy(() -> new LimitRule(
                        Scope.IP,
                        "*",
                        "",
                        Unit.CONCURRENT,
                        1,
                        Period.MINUTE,
                        Fail.OPEN,
                        false,
                        List.of(),
                        AtLimit.BLOCK))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LimitRule(
                        Scope.IP, "*", "", Unit.TOKENS, 1, Period.NONE, Fail.OPEN, false, List.of(), AtLimit.BLOCK))
                .isInstanceOf(IllegalArgumentException.class);
    }

    static Stream<Arguments> mistakes() {
        String count = "a count from 1 to 1000M, such as 256 or 100k";
        String usd = "an amount in US dollars from 0.000000001 to 1000000000, such as 2.5";
        return Stream.of(
                wrong("limits: {rpm: 0}", ":29  tenants.a.limits.rpm  0; expected " + count),
                wrong("limits: {rpm: -1}", ":29  tenants.a.limits.rpm  -1; expected " + count),
                wrong("limits: {}", ":15  tenants.a.limits  limits nothing; expected rpm, tpm or concurrent"),
                wrong("limits: {fail: open}", ":15  tenants.a.limits  limits nothing; expected rpm, tpm or concurrent"),
                wrong(
                        "limits: 5",
                        ":23  tenants.a.limits  a single value; expected a map with keys such as rpm, tpm, concurrent"),
                wrong(
                        "limits: {per_user: {}}",
                        ":24  tenants.a.limits.per_user  limits nothing; expected rpm, tpm or concurrent"),
                wrong(
                        "limits: {rpm: 5, per_user: {rpm: 6}}",
                        ":48  tenants.a.limits.per_user.rpm  6; expected at most 5, as the tenant has; more can never be reached"),
                wrong(
                        "limits: {concurrent: 5, period: minute}",
                        ":39  tenants.a.limits.period  unknown key; expected one of rpm, tpm, concurrent, per_user, fail"),
                wrong("limits: {rqm: 5, tpm: 1}", ":24  tenants.a.limits.rqm  unknown key. Did you mean \"rpm\"?"),
                wrong(
                        "limits: {rpm: 5, fail: opn}",
                        ":38  tenants.a.limits.fail  \"opn\"; expected open or closed or local_share. Did you mean \"open\"?"),
                wrong("budget: {usd: 0, per: day}", ":29  tenants.a.budget.usd  0; expected " + usd),
                wrong(
                        "budget: {usd: 10000000000, per: day}",
                        ":29  tenants.a.budget.usd  10000000000; expected " + usd),
                wrong(
                        "budget: {usd: 0.0000000001, per: day}",
                        ":29  tenants.a.budget.usd  \"0.0000000001\"; expected " + usd),
                wrong(
                        "budget: {per: day}",
                        ":15  tenants.a.budget.usd  missing; expected an amount in US dollars, such as 2.5"),
                wrong("budget: {usd: 1}", ":15  tenants.a.budget.per  missing; expected hour or day or month or total"),
                wrong(
                        "budget: {usd: 1, per: week}",
                        ":37  tenants.a.budget.per  \"week\"; expected hour or day or month or total"),
                wrong(
                        "budget: {usd: 1, per: day, warn_at: [80%, 50%]}",
                        ":57  tenants.a.budget.warn_at[1]  \"50%\"; expected more than 80% before it"),
                wrong(
                        "budget: {usd: 1, per: day, warn_at: [0%]}",
                        ":52  tenants.a.budget.warn_at[0]  \"0%\"; expected a share from 1% to 100%, such as 50% or 2.5%"),
                wrong(
                        "budget: {usd: 1, per: day, at_limit: downgrade}",
                        ":52  tenants.a.budget.downgrade_to  missing; expected the model that answers then"),
                wrong(
                        "budget: {usd: 1, per: day, downgrade_to: fast}",
                        ":42  tenants.a.budget.downgrade_to  is not used; it belongs to at_limit: downgrade"),
                wrong(
                        "budget: {usd: 1, per: day, at_limit: fats}",
                        ":52  tenants.a.budget.at_limit  \"fats\"; expected block, downgrade or a model. Did you mean \"fast\"?"),
                wrong(
                        "budget: {usd: 1, per: day, at_limit: static/busi}",
                        ":52  tenants.a.budget.at_limit  \"static/busi\"; expected block, downgrade or a model."
                                + " Did you mean \"static/busy\"?"),
                wrong(
                        "budget: {usd: 1, per: day, at_limit: downgrade, downgrade_to: \"*\"}",
                        ":77  tenants.a.budget.downgrade_to  \"*\"; expected a model"),
                wrong(
                        "budget: {usd: 1, per: day, strict: true, fail: open}",
                        ":62  tenants.a.budget.fail  \"open\"; expected closed: what is strict cannot be held without the count"),
                wrong(
                        "limits: {rpm: 5}, keys: [{id: k, secret: \"${A}\", limits: {rpm: 6}}]",
                        ":78  tenants.a.keys[0].limits.rpm  6; expected at most 5, as the tenant has; more can never be reached"),
                wrong(
                        "budget: {usd: 5, per: month}, keys: [{id: k, secret: \"${A}\", budget: {usd: 6, per: day}}]",
                        ":90  tenants.a.keys[0].budget.usd  6; expected at most 5, as the tenant has; more can never be reached"));
    }

    private static Arguments wrong(String tenant, String problem) {
        return Arguments.of(tenant, problem);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhereAndWhatIsWrongWithATenant(String tenant, String expected) {
        List<String> problems = room.yaml("""
                models: {fast: demo/demo}
                static: {busy: {text: "Later."}}
                tenants: {a: {%s}}
                """.formatted(tenant)).problems();

        assertThat(problems).containsExactly("penstock.yaml:3" + expected);
    }

    static Stream<Arguments> otherMistakes() {
        return Stream.of(
                wrong(
                        "tenants: {\"*\": {}}",
                        "1:11  tenants.*  says nothing; expected limits or budget of each tenant"),
                wrong(
                        "tenants: {\"*\": {limits: {rpm: 1}, region: eu}}",
                        "1:35  tenants.*.region  is not used; \"*\" holds only limits and budget"),
                wrong(
                        "tenants: {\"*\": {limits: {rpm: 1}, keys: []}}",
                        "1:35  tenants.*.keys  is not used; \"*\" holds only limits and budget"),
                wrong(
                        "tenants: {\"*\": {limits: {rpm: 1}}, a: {keys: [{id: k, secret: \"${A}\", limits: {rpm: 2}}]}}",
                        "1:85  tenants.a.keys[0].limits.rpm  2; expected at most 1, as the tenant has; more can never be reached"),
                wrong(
                        "models: {a: {targets: [demo/demo], budget: {usd: 1, per: day}}}",
                        "1:36  models.a.budget  can never be used up: all targets of this model are free"),
                wrong(
                        "providers: {v: {type: openai, base_url: \"http://v/v1\", price: free, budget: {usd: 1, per: day}}}",
                        "1:69  providers.v.budget  can never be used up: this provider is free"),
                wrong(
                        "providers: {v: {type: openai, base_url: \"http://v/v1\", budget: {usd: 1, per: day, at_limit: v/x}}}",
                        "1:93  providers.v.budget.at_limit  \"v/x\"; expected a model that is not under the same budget"),
                wrong(
                        "models: {a: {targets: [openai/gpt-4o], budget: {usd: 1, per: day, at_limit: a}}}",
                        "1:77  models.a.budget.at_limit  \"a\"; expected a model that is not under the same budget"),
                wrong(
                        "models: {b: openai/gpt-4o, \"*\": {budget: {usd: 1, per: day, at_limit: b}}}",
                        "1:71  models.*.budget.at_limit  \"b\"; expected a model that is not under the same budget"),
                wrong("unpriced: refuse", "1:11  unpriced  \"refuse\"; expected allow or block"),
                wrong(
                        "limits: {store: \"memcached://user:pw-1@h\"}",
                        "1:17  limits.store  no address of a Redis server; expected redis://host:6379 or rediss://host:6379"),
                wrong("limits: {rpm: 5}", "1:10  limits.rpm  unknown key; expected one of store, per_ip, per_user"));
    }

    @ParameterizedTest
    @MethodSource("otherMistakes")
    void saysWhereAndWhatIsWrongElsewhere(String yaml, String expected) {
        List<String> problems = room.env("OPENAI_API_KEY", "sk-1").yaml(yaml).problems();

        assertThat(problems).containsExactly("penstock.yaml:" + expected);
        assertThat(problems.toString()).doesNotContain("pw-1");
    }

    @Test
    void allMistakesAreToldAtOnce() {
        room.yaml("""
                tenants:
                  "*": {limits: {rpm: 0}}
                  acme: {budget: {usd: 1, per: day, at_limit: nobody}}
                limits: {per_ip: {}}
                """);

        assertThat(room.problems())
                .hasSize(3)
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("penstock.yaml:2:23  tenants.*.limits.rpm"),
                        second -> assertThat(second).startsWith("penstock.yaml:3:47  tenants.acme.budget.at_limit"),
                        third -> assertThat(third).startsWith("penstock.yaml:4:10  limits.per_ip"));
    }

    @Test
    void featuresHaveLimitsAndBudgetsAndNamesThatCallsCanHave() {
        LimitsConfig limits = limits(
                "features: {search: {limits: {rpm: 5}}, \"*\": {limits: {rpm: 2}, budget: {usd: 1, per: day}}}\n");
        assertThat(limits.rules())
                .containsExactlyInAnyOrder(
                        count(Scope.FEATURE, "search", "", Unit.REQUESTS, 5, Set.of()),
                        count(Scope.FEATURE, "*", "", Unit.REQUESTS, 2, Set.of("search")),
                        money(Scope.FEATURE, "*", "", 1_000_000_000, Period.DAY, AtLimit.BLOCK, Set.of()));
        assertThat(room.settings()).containsEntry("features.search.limits.rpm", "5 # penstock.yaml:1");

        room.yaml("features: {Search: {limits: {rpm: 5}}, empty: {}, some: {limit: {rpm: 1}}}\n");
        assertThat(String.join("\n", room.problems()))
                .contains("a name that no call can have", "features.empty", "limits or budget", "Did you mean");
    }
}
