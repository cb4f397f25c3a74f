// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.TargetSignals;
import dev.penstock.routing.Explanation.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which targets a request goes to, and in which order: table tests for what is certain, seeded statistics for what is chance. */
final class SelectionTest {

    private static final int MANY = 20_000;

    @TempDir
    Path folder;

    private final Map<String, Standing> standings = new HashMap<>();

    /** How a target does; what a test changes between two requests. */
    private static final class Standing implements TargetSignals {
        private boolean usable = true;
        private int inFlight;
        private long firstTokenNanos;

        @Override
        public boolean usable() {
            return usable;
        }

        @Override
        public String standing() {
            return usable ? "" : "breaker open";
        }

        @Override
        public int inFlight() {
            return inFlight;
        }

        @Override
        public long firstTokenNanos() {
            return firstTokenNanos;
        }
    }

    /** A request, as far as routing looks at it. */
    private record Facts(String model, long tokens, long maxTokens, boolean tools, String user, long prefixHash)
            implements RequestFacts {

        static Facts of(long tokens) {
            return new Facts("chat", tokens, 0, false, "", 0);
        }

        static Facts user(String user) {
            return new Facts("chat", 0, 0, false, user, 0);
        }
    }

    private Standing standing(String provider) {
        return standings.computeIfAbsent(provider, name -> new Standing());
    }

    private RouteTable table(String chat) throws Exception {
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(
                file,
                "providers: {a: {type: demo, models: [x]}, b: {type: demo, models: [x]}, c: {type: demo, models: [x]},"
                        + " d: {type: demo, models: [x]}}\nmodels: {chat: " + chat + "}\n");
        LoadResult result = new ConfigLoader(List.of(file), folder, Map.of(), null).load();
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return new RouteTable(
                ((LoadResult.Loaded) result).snapshot(),
                (target, breaker) -> standing(target.provider()),
                RandomGeneratorOf.seed(42));
    }

    private static final class RandomGeneratorOf {
        static RandomGenerator seed(long seed) {
            return new java.util.SplittableRandom(seed);
        }
    }

    private static String order(RouteTable table, RequestFacts facts) {
        Route route = table.route(new RouteQuestion("chat", facts)).result();
        StringBuilder order = new StringBuilder();
        route.targets().forEach(target -> order.append(target.target().provider()));
        return order.toString();
    }

    private static Map<Character, Integer> firsts(RouteTable table, RequestFacts facts) {
        Map<Character, Integer> counts = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            counts.merge(order(table, facts).charAt(0), 1, Integer::sum);
        }
        return counts;
    }

    // ---- what is certain

    static Stream<Arguments> orders() {
        String conditional = "[{use: a/x, when: request.tools}, {use: b/x, context_window: 1k}, c/x]";
        String tiers = "[{use: a/x, tier: 1}, {use: b/x, tier: 2}, {use: c/x, tier: 3}]";
        return Stream.of(
                Arguments.of(tiers, "", Facts.of(0), "abc"),
                Arguments.of(tiers, "a", Facts.of(0), "bc"),
                Arguments.of(tiers, "b", Facts.of(0), "ac"),
                Arguments.of(tiers, "ab", Facts.of(0), "c"),
                Arguments.of(tiers, "abc", Facts.of(0), "abc"),
                Arguments.of(conditional, "", Facts.of(0), "bc"),
                Arguments.of(conditional, "", Facts.of(1000), "bc"),
                Arguments.of(conditional, "", Facts.of(1001), "c"),
                Arguments.of(conditional, "", new Facts("chat", 900, 101, false, "", 0), "c"),
                Arguments.of(conditional, "", new Facts("chat", 0, 0, true, "", 0), "abc"),
                Arguments.of(conditional, "b", Facts.of(0), "c"),
                Arguments.of(conditional, "bc", Facts.of(0), "bc"),
                Arguments.of("[{use: a/x, weight: 1}, {use: b/x, weight: 0}]", "", Facts.of(0), "ab"),
                Arguments.of("[{use: b/x, weight: 0}, {use: a/x, weight: 1}]", "a", Facts.of(0), "b"));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void goesTierByTierToWhatTakesTheRequestAndIsNotOut(String chat, String out, RequestFacts facts, String order)
            throws Exception {
        out.chars().forEach(provider -> standing(Character.toString(provider)).usable = false);

        assertThat(order(table(chat), facts)).isEqualTo(order);
    }

    @Test
    void anAnswerThatTheTargetItselfShortensCountsAsShort() throws Exception {
        RouteTable table = table("[{use: a/x, context_window: 1k, simplify: {max_tokens: 50}}, b/x]");

        assertThat(order(table, new Facts("chat", 950, 4000, false, "", 0))).isEqualTo("ab");
    }

    @Test
    void aRequestThatNoTargetTakesHearsWhyWithoutNames() throws Exception {
        RouteTable table =
                table("[{use: a/x, when: \"tenant.id == 'secret-tenant'\"}, {use: b/x, context_window: 1k}]");

        GatewayError error = (GatewayError)
                table.route(new RouteQuestion("chat", Facts.of(5000))).cause();

        assertThat(error.kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(error.code()).isEqualTo("no_target");
        assertThat(error.getMessage())
                .isEqualTo(
                        "No target of the model \"chat\" takes this request: prompt and answer together are more than"
                                + " 1000 tokens, and one is for other requests.");
    }

    @Test
    void aSingleTargetAndAHealthyListAreAnsweredWithTheSameRouteEachTime() throws Exception {
        RouteTable single = table("a/x");
        RouteTable list = table("[a/x, b/x]");
        RouteQuestion question = new RouteQuestion("chat", Facts.of(1));

        assertThat(single.route(question)).isSameAs(single.route(question));
        assertThat(list.route(question)).isSameAs(list.route(question));
    }

    // ---- weighted

    @Test
    void sharesRequestsByWeight() throws Exception {
        Map<Character, Integer> firsts =
                firsts(table("[{use: a/x, weight: 70}, {use: b/x, weight: 20}, {use: c/x, weight: 10}]"), Facts.of(0));

        assertThat(firsts.get('a') / (double) MANY).isCloseTo(0.70, within(0.015));
        assertThat(firsts.get('b') / (double) MANY).isCloseTo(0.20, within(0.015));
        assertThat(firsts.get('c') / (double) MANY).isCloseTo(0.10, within(0.015));
    }

    @Test
    void theOthersShareWhatATargetThatIsOutLeaves() throws Exception {
        standing("a").usable = false;

        Map<Character, Integer> firsts =
                firsts(table("[{use: a/x, weight: 70}, {use: b/x, weight: 20}, {use: c/x, weight: 10}]"), Facts.of(0));

        assertThat(firsts).containsOnlyKeys('b', 'c');
        assertThat(firsts.get('b') / (double) MANY).isCloseTo(2.0 / 3, within(0.015));
    }

    // ---- latency

    @Test
    void theFasterOfTwoGoesFirstAndTheSlowestNever() throws Exception {
        standing("a").firstTokenNanos = 100;
        standing("b").firstTokenNanos = 200;
        standing("c").firstTokenNanos = 300;

        Map<Character, Integer> firsts = firsts(table("{targets: [a/x, b/x, c/x], strategy: latency}"), Facts.of(0));

        // Of the three pairs, a wins two and b one.
        assertThat(firsts).containsOnlyKeys('a', 'b');
        assertThat(firsts.get('a') / (double) MANY).isCloseTo(2.0 / 3, within(0.015));
    }

    @Test
    void attemptsUnderWayMakeATargetSlower() throws Exception {
        standing("a").firstTokenNanos = 100;
        standing("a").inFlight = 5;
        standing("b").firstTokenNanos = 200;

        assertThat(order(table("{targets: [a/x, b/x], strategy: latency}"), Facts.of(0)))
                .isEqualTo("ba");
    }

    @Test
    void aTargetWithoutWeightStaysBehindAMeasuredOne() throws Exception {
        standing("a").firstTokenNanos = 100;

        assertThat(order(
                        table("{targets: [{use: a/x, weight: 1}, {use: b/x, weight: 0}], strategy: latency}"),
                        Facts.of(0)))
                .isEqualTo("ab");
    }

    @Test
    void aTargetThatWasNeverMeasuredIsTriedByOneRequestAtATime() throws Exception {
        standing("a").firstTokenNanos = 100;
        RouteTable table = table("{targets: [a/x, b/x], strategy: latency}");

        String before = order(table, Facts.of(0));
        standing("b").inFlight = 1;

        assertThat(before).isEqualTo("ba");
        assertThat(order(table, Facts.of(0))).isEqualTo("ab");
    }

    // ---- least busy, cost

    @Test
    void theLeastBusyGoesFirstAndTiesAreDrawnByWeight() throws Exception {
        standing("a").inFlight = 2;
        RouteTable table =
                table("{targets: [a/x, {use: b/x, weight: 3}, {use: c/x, weight: 1}], strategy: least_busy}");

        Map<Character, Integer> firsts = firsts(table, Facts.of(0));

        assertThat(firsts).containsOnlyKeys('b', 'c');
        assertThat(firsts.get('b') / (double) MANY).isCloseTo(0.75, within(0.015));
        assertThat(order(table, Facts.of(0))).endsWith("a");
    }

    @Test
    void theCheapestForThisRequestGoesFirst() throws Exception {
        RouteTable table = table("{strategy: cost, targets: [{use: a/x, cost: {input: 1, output: 10}},"
                + " {use: b/x, cost: {input: 2, output: 2}}, c/x]}");

        assertThat(order(table, new Facts("chat", 10_000, 100, false, "", 0))).isEqualTo("abc");
        assertThat(order(table, new Facts("chat", 1_000, 1_000, false, "", 0))).isEqualTo("bac");
    }

    // ---- sticky

    private static final String STICKY = "{targets: [a/x, b/x, c/x, d/x], strategy: sticky, sticky: {by: user}}";

    @Test
    void theSameUserStaysAndOnlyTheUsersOfALostTargetMoveAndComeBack() throws Exception {
        RouteTable table = table(STICKY);
        Map<String, Character> before = new HashMap<>();
        for (int i = 0; i < 4_000; i++) {
            before.put("user-" + i, order(table, Facts.user("user-" + i)).charAt(0));
        }
        standing("b").usable = false;
        Map<Character, Integer> moved = new HashMap<>();
        before.forEach((user, first) -> {
            char now = order(table, Facts.user(user)).charAt(0);
            if (first != 'b') {
                assertThat(now).isEqualTo(first);
            } else {
                moved.merge(now, 1, Integer::sum);
            }
        });
        standing("b").usable = true;

        assertThat(moved).containsOnlyKeys('a', 'c', 'd');
        assertThat(moved.values().stream().mapToInt(Integer::intValue).sum() / 4_000.0)
                .isCloseTo(0.25, within(0.03));
        assertThat(moved.values()).allMatch(count -> count > 200);
        before.forEach((user, first) ->
                assertThat(order(table, Facts.user(user)).charAt(0)).isEqualTo(first));
    }

    @Test
    void stickinessRespectsWeights() throws Exception {
        RouteTable table = table(
                "{targets: [{use: a/x, weight: 3}, {use: b/x, weight: 1}], strategy: sticky, sticky: {by: user}}");
        int first = 0;
        for (int i = 0; i < MANY; i++) {
            first += order(table, Facts.user("user-" + i)).startsWith("a") ? 1 : 0;
        }

        assertThat(first / (double) MANY).isCloseTo(0.75, within(0.015));
    }

    @Test
    void twoNodesAgreeAndARequestWithoutAUserIsSpread() throws Exception {
        RouteTable one = table(STICKY);
        RouteTable other = table(STICKY);

        assertThat(order(one, Facts.user("kim"))).isEqualTo(order(other, Facts.user("kim")));
        assertThat(firsts(one, Facts.user(""))).containsOnlyKeys('a', 'b', 'c', 'd');
    }

    @Test
    void theBeginningOfThePromptIsWhatStickinessLooksAtByItself() throws Exception {
        RouteTable table = table("{targets: [a/x, b/x, c/x, d/x], strategy: sticky}");

        String first = order(table, new Facts("chat", 10, 0, false, "kim", 7));

        assertThat(order(table, new Facts("chat", 99, 5, true, "lee", 7))).isEqualTo(first);
    }

    // ---- explained

    @Test
    void explainsWhatItDoesWithEachTarget() throws Exception {
        standing("b").usable = false;
        RouteTable table =
                table("[{use: a/x, when: request.tools, tier: 1}, {use: b/x, tier: 1}, {use: c/x, tier: 2, weight: 3},"
                        + " {use: d/x, tier: 2, weight: 0}]");

        Explanation explanation = table.explain(new RouteQuestion("chat", Facts.of(0)));

        assertThat(explanation.steps())
                .extracting(step -> step.target().provider() + " " + step.position() + " " + step.reason())
                .containsExactly(
                        "c 1 " + Reason.FIRST, "d 2 " + Reason.NEXT, "a 0 " + Reason.CONDITION, "b 0 " + Reason.OUT);
        assertThat(explanation.steps().get(0).share()).isEqualTo(1);
        assertThat(explanation.steps().get(3).standing()).isEqualTo("breaker open");
    }

    @Test
    void explainsThatAllAreOut() throws Exception {
        standing("a").usable = false;
        standing("b").usable = false;

        Explanation explanation = table("[a/x, b/x]").explain(new RouteQuestion("chat", Facts.of(0)));

        assertThat(explanation.allOut()).isTrue();
        assertThat(explanation.steps()).extracting(Explanation.Step::reason).containsOnly(Reason.ALL_OUT);
    }
}
