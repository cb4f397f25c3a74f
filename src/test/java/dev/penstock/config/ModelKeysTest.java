// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.HedgeSettings;
import dev.penstock.exchange.OnCut;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.RetrySettings;
import dev.penstock.exchange.TargetEdits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a model's requests go and what happens in trouble: each key, where it is inherited from, and each mistake. */
final class ModelKeysTest {

    private static final String TWO =
            "providers: {a: {type: demo, models: [x]}, b: {type: demo, models: [x]}, c: {type: demo, models: [x]}}\n";

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void readsEveryKeyOfATarget() {
        TargetChoice choice = model("""
                models:
                  chat:
                    targets:
                      - use: a/x
                        weight: 80
                        tier: 2
                        when: "request.tokens > 8000"
                        context_window: 128k
                        cost: {input: 2.5, output: 10}
                        params:
                          temperature: 0.2
                          seed: 7
                          user: "7"
                          parallel_tool_calls: false
                          stop: [a, 1]
                          metadata: {team: search}
                        simplify: {tools: drop, output: text, max_tokens: 500, history: 6}
                """, "chat").choices().get(0);

        assertThat(choice.weight()).isEqualTo(80);
        assertThat(choice.tier()).isEqualTo(2);
        assertThat(choice.when().text()).isEqualTo("request.tokens > 8000");
        assertThat(choice.when().test(RequestFacts.ofModel("chat"))).isFalse();
        assertThat(choice.contextWindow()).isEqualTo(128_000);
        assertThat(choice.cost()).isEqualTo(new TargetCost(2_500_000_000L, 10_000_000_000L));
        assertThat(choice.edits())
                .isEqualTo(new TargetEdits(
                        Map.of(
                                "temperature",
                                0.2,
                                "seed",
                                7L,
                                "user",
                                "7",
                                "parallel_tool_calls",
                                false,
                                "stop",
                                List.of("a", 1L),
                                "metadata",
                                Map.of("team", "search")),
                        true,
                        true,
                        500,
                        6));
    }

    @Test
    void readsEveryKeyAboutTrouble() {
        ModelConfig chat = model("""
                models:
                  chat:
                    targets: [a/x, b/x]
                    strategy: sticky
                    sticky: {by: tenant}
                    retries: {attempts: 3, errors: [5xx, connect], backoff: 100ms-1s}
                    breaker:
                      failure_rate: 12.5%
                      window: 1m
                      min_calls: 5
                      consecutive: 3
                      slow_first_token: 8s
                      open_for: 20s
                      probes: 2
                    hedge: {after: 90%, floor: 1s}
                    concurrency: {initial: 10, min: 2, max: 20, queue: 5, max_wait: 2s}
                    on_cut: continue_text
                    priority: batch
                """, "chat");

        assertThat(chat.balance()).isEqualTo(new Balance(Strategy.STICKY, StickyBy.TENANT));
        assertThat(chat.resilience())
                .isEqualTo(new ResilienceSettings(
                        new RetrySettings(
                                3,
                                Set.of(FailureClass.SERVER, FailureClass.CONNECT),
                                Duration.ofMillis(100),
                                Duration.ofSeconds(1)),
                        new BreakerSettings(
                                0.125, Duration.ofMinutes(1), 5, 3, Duration.ofSeconds(8), Duration.ofSeconds(20), 2),
                        new HedgeSettings(0.9, Duration.ofSeconds(1)),
                        new ConcurrencySettings(10, 2, 20, 5, Duration.ofSeconds(2)),
                        OnCut.CONTINUE_TEXT,
                        Priority.BATCH));
    }

    @Test
    void aModelThatSaysNothingHasTheDefaults() {
        ModelConfig chat = model("models: {chat: a/x}", "chat");

        assertThat(chat.resilience()).isEqualTo(ResilienceSettings.DEFAULT);
        assertThat(chat.balance()).isEqualTo(Balance.DEFAULT);
        assertThat(chat.choices())
                .containsExactly(new TargetChoice(chat.targets().get(0), 1));
    }

    @Test
    void inheritsEachKeyByItself() {
        room.yaml(TWO + """
                models:
                  "*":
                    retries: {attempts: 4}
                    breaker: {probes: 9, window: 5s}
                    hedge: {floor: 2s}
                    priority: batch
                  base: {targets: [a/x, b/x], breaker: {probes: 8}}
                  other: base
                  own: {targets: [base], retries: {backoff: 1s-2s}, hedge: {enabled: false}}
                """);

        Map<String, ModelConfig> models = room.snapshot().models();

        ResilienceSettings other = models.get("other").resilience();
        assertThat(other.retries().attempts()).isEqualTo(4);
        assertThat(other.breaker().probes()).isEqualTo(8);
        assertThat(other.breaker().window()).isEqualTo(Duration.ofSeconds(5));
        assertThat(other.hedge()).isEqualTo(new HedgeSettings(0.95, Duration.ofSeconds(2)));
        assertThat(other.priority()).isEqualTo(Priority.BATCH);
        ResilienceSettings own = models.get("own").resilience();
        assertThat(own.retries().attempts()).isEqualTo(4);
        assertThat(own.retries().backoffMin()).isEqualTo(Duration.ofSeconds(1));
        assertThat(own.hedge()).isNull();
        assertThat(models.get("*").resilience().breaker().probes()).isEqualTo(9);
    }

    @Test
    void numbersThatNobodyWroteBendToThoseThatSomebodyDid() {
        assertThat(concurrency("{max: 10}")).isEqualTo(new ConcurrencySettings(10, 4, 10, 100, Duration.ofSeconds(5)));
        assertThat(concurrency("{max: 2}")).isEqualTo(new ConcurrencySettings(2, 2, 2, 100, Duration.ofSeconds(5)));
        assertThat(concurrency("{min: 2000}"))
                .isEqualTo(new ConcurrencySettings(2000, 2000, 2000, 100, Duration.ofSeconds(5)));
        assertThat(concurrency("{initial: 1}"))
                .isEqualTo(new ConcurrencySettings(1, 1, 1000, 100, Duration.ofSeconds(5)));
        assertThat(concurrency("{enabled: false, max: 10}")).isNull();
    }

    private ConcurrencySettings concurrency(String section) {
        return model("models: {chat: {targets: [a/x], concurrency: " + section + "}}", "chat")
                .resilience()
                .concurrency();
    }

    // ---- order

    static Stream<Arguments> orders() {
        return Stream.of(
                order("[a/x, b/x]", "a/x 1 1", "b/x 2 1"),
                order("{targets: [a/x, b/x]}", "a/x 1 1", "b/x 2 1"),
                order("{targets: [a/x, b/x], strategy: latency}", "a/x 1 1", "b/x 1 1"),
                order(
                        "[{use: a/x, weight: 80}, {use: b/x, weight: 20}, {use: c/x, tier: 2}]",
                        "a/x 1 80",
                        "b/x 1 20",
                        "c/x 2 1"),
                order("[{use: a/x, tier: 3}, {use: b/x, tier: 2}]", "b/x 2 1", "a/x 3 1"),
                order("[{use: a/x, weight: 0}, b/x]", "a/x 1 0", "b/x 1 1"),
                // a list inside a list
                order("[two, c/x]", "a/x 1 1", "b/x 2 1", "c/x 3 1"),
                order("[c/x, two]", "c/x 1 1", "a/x 2 1", "b/x 3 1"),
                order("[a/x, two]", "a/x 1 1", "b/x 3 1"),
                // tiers inside a tier
                order("[{use: two, tier: 1}, {use: c/x, tier: 2}]", "a/x 1 1", "b/x 2 1", "c/x 3 1"),
                order("[{use: two, weight: 90}, {use: c/x, weight: 10}]", "a/x 1 90", "c/x 1 10", "b/x 2 90"),
                // shares inside a share
                order("[{use: shares, weight: 50}, {use: c/x, weight: 50}]", "a/x 1 100", "b/x 1 150", "c/x 1 250"),
                order("[{use: shares, weight: 50}, {use: c/x, tier: 2}]", "a/x 1 2", "b/x 1 3", "c/x 2 1"),
                order("shares", "a/x 1 2", "b/x 1 3"));
    }

    private static Arguments order(String chat, String... targets) {
        return Arguments.of(chat, List.of(targets));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void putsTargetsIntoTiersWithWeights(String chat, List<String> targets) {
        ModelConfig model = model(
                "models: {two: [a/x, b/x], shares: [{use: a/x, weight: 2}, {use: b/x, weight: 3}], chat: " + chat + "}",
                "chat");

        assertThat(model.choices())
                .extracting(c -> c.target() + " " + c.tier() + " " + c.weight())
                .containsExactlyElementsOf(targets);
    }

    @Test
    void aStrategyOfAllModelsMakesMapsShareAndLeavesListsInOrder() {
        room.yaml(TWO + "models: {\"*\": {strategy: latency}, list: [a/x, b/x], map: {targets: [a/x, b/x]}}");

        Map<String, ModelConfig> models = room.snapshot().models();

        assertThat(models.get("list").choices()).extracting(TargetChoice::tier).containsExactly(1, 2);
        assertThat(models.get("map").choices()).extracting(TargetChoice::tier).containsExactly(1, 1);
        assertThat(models.get("map").balance().strategy()).isEqualTo(Strategy.LATENCY);
    }

    @Test
    void laysWhatAnEntrySaysOverWhatTheOtherModelSays() {
        TargetChoice choice = model("""
                models:
                  inner:
                    - use: a/x
                      when: request.tools
                      context_window: 8k
                      cost: {input: 1, output: 2}
                      params: {temperature: 0, seed: 1}
                      simplify: {max_tokens: 100}
                  chat:
                    - use: inner
                      when: "!request.images"
                      context_window: 16k
                      params: {temperature: 1}
                      simplify: {tools: drop, max_tokens: 200}
                """, "chat").choices().get(0);

        assertThat(choice.when().text()).isEqualTo("(!request.images) && (request.tools)");
        assertThat(choice.contextWindow()).isEqualTo(8_000);
        assertThat(choice.cost().of(1_000_000, 1_000_000)).isEqualTo(3_000_000_000L);
        assertThat(choice.edits())
                .isEqualTo(new TargetEdits(Map.of("temperature", 1L, "seed", 1L), true, false, 100, 0));
    }

    @Test
    void theSameTargetMayComeAgainForOtherRequestsOrSimplified() {
        ModelConfig chat = model(
                "models: {chat: [{use: a/x, when: request.tools}, a/x, {use: a/x, simplify: {history: 2}}]}", "chat");

        assertThat(chat.choices()).hasSize(3);
    }

    // ---- effective values

    @Test
    void printsWhatHoldsAndWhereItStands() {
        room.env("TEAM", "t-1").yaml(TWO + """
                models:
                  "*":
                    retries: {attempts: 3}
                  inner: [{use: a/x, weight: 2}, {use: b/x, weight: 1}]
                  chat:
                    strategy: cost
                    targets:
                      - {use: c/x, cost: {input: 0.15, output: 0}, when: request.tools, params: {user: "${TEAM}"}}
                      - use: inner
                        tier: 2
                """);

        Map<String, String> settings = room.settings();

        assertThat(settings)
                .contains(
                        entry("models.chat.targets", "[c/x, a/x, b/x] # penstock.yaml:9"),
                        entry("models.chat.strategy", "cost # penstock.yaml:7"),
                        entry("models.chat.targets[0].tier", "1 # penstock.yaml:9"),
                        entry("models.chat.targets[0].cost.input", "0.15 # penstock.yaml:9"),
                        entry("models.chat.targets[0].cost.output", "0 # penstock.yaml:9"),
                        entry("models.chat.targets[0].when", "*** # penstock.yaml:9"),
                        entry("models.chat.targets[0].params.user", "*** # penstock.yaml:9"),
                        entry("models.chat.targets[1].weight", "2 # penstock.yaml:10"),
                        entry("models.chat.targets[2].tier", "2 # penstock.yaml:11"),
                        entry("models.chat.retries.attempts", "3 # penstock.yaml:4"),
                        entry("models.chat.retries.errors", "[rate_limit, 5xx, timeout, connect, protocol] # default"),
                        entry("models.chat.retries.backoff", "200ms-2s # default"),
                        entry("models.chat.breaker.failure_rate", "50% # default"),
                        entry("models.chat.hedge.enabled", "false # default"),
                        entry("models.chat.on_cut", "error # default"))
                .doesNotContainKey("models.chat.hedge.after")
                .doesNotContainKey("models.chat.sticky.by");
    }

    @Test
    void aReloadNamesTheKeysThatChanged() {
        Snapshot old = room.yaml(TWO + "models: {chat: {targets: [{use: a/x, weight: 1}, {use: b/x, weight: 2}]}}")
                .snapshot();
        Snapshot now = room.yaml(
                        TWO
                                + "models: {chat: {targets: [{use: a/x, weight: 1}, {use: b/x, weight: 3, params: {seed: 1}}], breaker: {probes: 1}}}")
                .snapshot();

        assertThat(ConfigDiff.between(old, now).changed())
                .containsExactly(
                        "models.chat.breaker.probes",
                        "models.chat.targets[1].params.seed",
                        "models.chat.targets[1].weight");
    }

    // ---- mistakes

    static Stream<Arguments> mistakes() {
        return Stream.of(
                wrong(
                        "{targets: [a/x, b/x], strategy: latncy}",
                        "2:48  models.chat.strategy  \"latncy\"; expected weighted or latency or least_busy or cost or sticky. Did you mean \"latency\"?"),
                wrong("[{use: a/x, wieght: 1}]", "2:28  models.chat[0].wieght  unknown key. Did you mean \"weight\"?"),
                wrong(
                        "[{use: a/x, weight: -1}]",
                        "2:36  models.chat[0].weight  -1; expected a count from 0 to 1000, such as 256 or 100k"),
                wrong(
                        "[{use: a/x, weight: 0}, {use: b/x, weight: 0}]",
                        "2:36  models.chat[0].weight  0 for all of tier 1; expected a weight above 0 for one target of each tier"),
                wrong(
                        "[a/x, {use: b/x, tier: 2, weight: 0}]",
                        "2:50  models.chat[1].weight  0; expected a weight above 0 for one target of each tier"),
                wrong(
                        "[{use: a/x, tier: 0}]",
                        "2:34  models.chat[0].tier  0; expected a count from 1 to 100, such as 256 or 100k"),
                wrong(
                        "[{use: a/x, context_window: 8KiB}]",
                        "2:44  models.chat[0].context_window  \"8KiB\"; expected a count from 1 to 1000M, such as 256 or 100k"),
                wrong(
                        "[{use: a/x, cost: {input: 1}}]",
                        "2:34  models.chat[0].cost.output  missing; expected an amount in US dollars from 0 to 100000, such as 2.5"),
                wrong(
                        "[{use: a/x, cost: {input: -1, output: 1e3}}]",
                        "2:42  models.chat[0].cost.input  -1; expected an amount in US dollars from 0 to 100000, such as 2.5",
                        "2:54  models.chat[0].cost.output  \"1e3\"; expected an amount in US dollars from 0 to 100000, such as 2.5"),
                wrong(
                        "[{use: a/x, when: request.tokns > 1}]",
                        "2:34  models.chat[0].when  unknown variable \"request.tokns\". Did you mean \"request.tokens\"?"),
                wrong(
                        "[{use: a/x, when: \"!request.tools && request.tokens\"}]",
                        "2:50  models.chat[0].when  && does not take (bool, int)"),
                wrong(
                        "[{use: a/x, when: \"false\"}, b/x]",
                        "2:34  models.chat[0].when  a target that no request can reach; expected a condition or no target"),
                wrong(
                        "[{use: a/x, params: [1]}]",
                        "2:36  models.chat[0].params  a list; expected a map of members of a request, such as temperature"),
                wrong(
                        "[{use: a/x, params: {model: y}}]",
                        "2:37  models.chat[0].params.model  model; expected members that a target may set, not this one"),
                wrong("[{use: a/x, params: {seed: }}]", "2:42  models.chat[0].params.seed  nothing; expected a value"),
                wrong(
                        "[{use: a/x, params: {a: {b: {c: {d: {e: {f: {g: 1}}}}}}}}]",
                        "2:64  models.chat[0].params.a.b.c.d.e.f.g  more than 6 levels; expected less"),
                wrong(
                        "[{use: a/x, simplify: {tools: keep}}]",
                        "2:46  models.chat[0].simplify.tools  \"keep\"; expected drop"),
                wrong(
                        "[a/x, {use: a/x}]",
                        "2:28  models.chat[1].use  \"a/x\" for the second time; expected each target once"),
                wrong(
                        "[static/busy, a/x]",
                        "2:30  models.chat[1]  a target that no request can reach; expected it before static/busy, which never fails"),
                wrong(
                        "{targets: [a/x], sticky: {by: user}}",
                        "2:33  models.chat.sticky  sticky; expected it with strategy: sticky only"),
                wrong(
                        "{targets: [a/x, b/x], strategy: cost}",
                        "2:48  models.chat.strategy  cost; expected cost: {input, output} at a target"),
                wrong(
                        "{targets: [a/x], hedge: {after: p95}}",
                        "2:33  models.chat.hedge  hedge; expected a second target to race"),
                wrong(
                        "{targets: [a/x], on_cut: continue_text}",
                        "2:41  models.chat.on_cut  continue_text; expected a second target that goes on"),
                wrong(
                        "{targets: [a/x, b/x], hedge: {after: p100}}",
                        "2:53  models.chat.hedge.after  \"p100\"; expected a percentile, such as p95 or 95%"),
                wrong(
                        "{targets: [a/x], retries: {errors: [5xx, quota]}}",
                        "2:57  models.chat.retries.errors[1]  \"quota\"; expected rate_limit or 5xx or timeout or connect or protocol"),
                wrong(
                        "{targets: [a/x], retries: {backoff: 2s-200ms}}",
                        "2:52  models.chat.retries.backoff  \"2s-200ms\"; expected the shortest and the longest duration, such as 200ms-2s"),
                wrong(
                        "{targets: [a/x], breaker: {failure_rate: 0.5}}",
                        "2:57  models.chat.breaker.failure_rate  \"0.5\"; expected a share from 1% to 100%, such as 50% or 2.5%"),
                wrong(
                        "{targets: [a/x], breaker: {failure_rate: 101%}}",
                        "2:57  models.chat.breaker.failure_rate  \"101%\"; expected a share from 1% to 100%, such as 50% or 2.5%"),
                wrong(
                        "{targets: [a/x], concurrency: {min: 10, max: 5}}",
                        "2:46  models.chat.concurrency  min 10, initial 10, max 5; expected min <= initial <= max"));
    }

    private static Arguments wrong(String chat, String... problems) {
        return Arguments.of(chat, List.of(problems));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesTheMistakeAndItsPlace(String chat, List<String> problems) {
        List<String> found = room.yaml(TWO + "models: {chat: " + chat + "}\nstatic: {busy: {text: Busy.}}")
                .problems();

        assertThat(found).hasSameSizeAs(problems);
        for (int i = 0; i < problems.size(); i++) {
            assertThat(found.get(i)).startsWith("penstock.yaml:" + problems.get(i));
        }
    }

    @Test
    void aMistakeInABlockOfLinesStandsAtTheBlock() {
        List<String> found = room.yaml(TWO + """
                models:
                  chat:
                    - use: a/x
                      when: |
                        request.tools &&
                          request.tokns > 1
                """).problems();

        assertThat(found).hasSize(1);
        assertThat(found.get(0)).startsWith("penstock.yaml:5:13  models.chat[0].when  unknown variable");
    }

    @Test
    void whatAllModelsInheritNeedsNoSecondTargetAndNoCost() {
        room.yaml(TWO + "models: {\"*\": {hedge: {}, on_cut: continue_text, strategy: cost}, chat: a/x}");

        assertThat(room.snapshot().models().get("chat").resilience().hedge()).isEqualTo(HedgeSettings.DEFAULT);
    }

    private ModelConfig model(String yaml, String name) {
        return room.yaml(TWO + yaml).snapshot().models().get(name);
    }
}
