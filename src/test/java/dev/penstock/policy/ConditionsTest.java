// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.RequestTest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConditionsTest {

    private final Conditions conditions = new Conditions();

    @Test
    void everyVariableCanBeAsked() throws Exception {
        Map<String, Object> values = Map.ofEntries(
                Map.entry("request.model == 'smart'", Map.entry("request.model", "smart")),
                Map.entry(
                        "request.schema == 'anthropic_messages'",
                        Map.entry("request.schema", ApiSchema.ANTHROPIC_MESSAGES)),
                Map.entry("request.stream", Map.entry("request.stream", true)),
                Map.entry("request.tokens > 8000", Map.entry("request.tokens", 8001L)),
                Map.entry("request.max_tokens == 5", Map.entry("request.max_tokens", 5L)),
                Map.entry("request.tools", Map.entry("request.tools", true)),
                Map.entry("request.images", Map.entry("request.images", true)),
                Map.entry("request.structured", Map.entry("request.structured", true)),
                Map.entry("request.text.contains('refund')", Map.entry("request.text", "a refund, please")),
                Map.entry("request.priority == 'batch'", Map.entry("request.priority", Priority.BATCH)),
                Map.entry("tenant.id == 'acme'", Map.entry("tenant.id", "acme")),
                Map.entry("tenant.region in ['eu', 'ch']", Map.entry("tenant.region", "ch")),
                Map.entry("user.id.startsWith('u-')", Map.entry("user.id", "u-7")));
        assertThat(values).hasSameSizeAs(Conditions.variables());
        for (Map.Entry<String, Object> one : values.entrySet()) {
            RequestTest test = conditions.compile(one.getKey());
            Map.Entry<?, ?> fact = (Map.Entry<?, ?>) one.getValue();
            assertThat(test.test(Facts.of((String) fact.getKey(), fact.getValue())))
                    .as(one.getKey())
                    .isTrue();
            assertThat(test.test(new Facts())).as(one.getKey()).isFalse();
            assertThat(test.text()).isEqualTo(one.getKey());
        }
    }

    @Test
    void factsOfWhichOnlyTheModelIsKnownAnswerEveryVariable() throws Exception {
        for (String name : Conditions.variables()) {
            assertThat(conditions.compile(name + " == " + name).test(RequestFacts.ofModel("m")))
                    .as(name)
                    .isTrue();
        }
    }

    @Test
    void onlyWhatTheConditionNamesIsComputed() throws Exception {
        Facts facts = Facts.of("request.tokens", 9_000L);
        assertThat(conditions
                        .compile("request.tokens > 8000 || request.text.contains('x')")
                        .test(facts))
                .isTrue();
        assertThat(facts.asked()).containsExactly("request.tokens");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 / request.tokens > 0",
                "request.tokens * 9223372036854775807 < -1 || 1 % request.tokens == 0",
                "[1, 2][request.tokens + 5] == 1",
                "int(request.model) > 3",
                "timestamp(request.model) > timestamp('2026-01-01T00:00:00Z')",
                "{'a': true}[request.model]"
            })
    void whatCannotBeEvaluatedIsFalse(String text) throws Exception {
        assertThat(conditions.compile(text).test(Facts.of("request.tokens", 0L)))
                .isFalse();
    }

    @Test
    void factsThatFailMakeItFalse() throws Exception {
        Facts broken = Facts.of("request.text", new IllegalStateException("torn"));
        assertThat(conditions.compile("request.text == ''").test(broken)).isFalse();
    }

    @Test
    void roundsOverListsAreBounded() throws Exception {
        String list = "[1,2,3,4,5,6,7,8,9,10,11,12]";
        RequestTest deep =
                conditions.compile(list + ".all(a, " + list + ".all(b, " + list + ".all(c, a + b + c > 0)))");
        assertThat(deep.test(new Facts())).isFalse();
        assertThat(conditions
                        .compile(list + ".all(a, " + list + ".all(b, a + b > 0))")
                        .test(new Facts()))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "request.tokns > 8000                      | 1:1 unknown variable \"request.tokns\"",
                "request.tokens > 1 && tenant.regio == 'x' | 1:23 unknown variable \"tenant.regio\"",
                "'é🙂' == request.modle                     | 1:9 unknown variable \"request.modle\"",
                "request.modle.startsWith('a')             | 1:1 unknown variable \"request.modle\"",
                "request                                   | 1:1 unknown variable \"request\"",
                "request.text.contain('x')                 | 1:14 unknown function \"contain\"",
                "lower(request.text) == 'x'                | 1:1 unknown function \"lower\"",
                "request.tokens > 'a'                      | 1:16 > does not take (int, string)",
                "request.text.contains(1)                  | 1:22 contains does not take string.(int)",
                "!request.tokens                           | 1:1 ! does not take (int)",
                "request.tokens + 1                        | 1:16 a condition must be true or false",
                "dyn(request.tools)                        | 1:1 a condition must be true or false",
                "request.tokens >                          | 1:17 the condition ends too early",
                "request.tokens = 5                        | 1:16 token recognition error at: '= '",
                "request.text.matches('(')                 | 1:22 not a regular expression",
                "'a'.matches(request.text)                 | 1:20 the pattern of matches must be a text in quotes",
                "matches('a', request.text)                | 1:21 the pattern of matches must be a text in quotes",
            })
    void aMistakeIsNamedWithItsPlace(String text, String message) {
        assertThat(mistake(text)).hasMessageStartingWith(message);
    }

    @Test
    void theLineCountsToo() {
        assertThat(mistake("request.tokens > 8000 &&\n  request.modle == 'x'"))
                .hasMessageStartingWith("2:3 unknown variable \"request.modle\"; expected one of request.model, ");
    }

    @Test
    void anUnknownNameComesWithTheKnownOnes() {
        PolicyException variable = mistake("request.tokns > 1");
        assertThat(variable.unknown()).isEqualTo("request.tokns");
        assertThat(variable.known()).isEqualTo(Conditions.variables());
        assertThat(mistake("request.text.contain('x')").known()).contains("contains");
        assertThat(mistake("request.tokens").known()).isEmpty();
    }

    @Test
    void emptyLongAndDeepTextsAreRefused() {
        assertThat(mistake("")).hasMessage("1:1 the condition ends too early");
        assertThat(mistake("request.tools || " + "x".repeat(Conditions.LONGEST)))
                .hasMessage("1:1 longer than 2048 characters");
        assertThat(mistake("!(".repeat(100) + "true" + ")".repeat(100)))
                .hasMessage("1:1 nested more than 32 levels deep");
        assertThat(mistake(String.join(" && ", java.util.Collections.nCopies(300, "true"))))
                .hasMessageContaining("1:");
    }

    @Test
    void aPatternSeesTheBeginningOfALongText() throws Exception {
        RequestTest test = conditions.compile("request.text.matches('re+fund')");
        String long_ = "x".repeat(Conditions.LONGEST_MATCHED - 7);
        assertThat(test.test(Facts.of("request.text", long_ + "reefund"))).isTrue();
        assertThat(test.test(Facts.of("request.text", long_ + "xreefund"))).isFalse();
    }

    @Test
    void aPatternThatHurtsOthersEndsInTime() throws Exception {
        RequestTest test = conditions.compile("request.text.matches('^(a+)+$') || matches(request.text, '(x|xx)+y')");
        assertThat(test.test(Facts.of("request.text", "a".repeat(3_000) + "!"))).isFalse();
        assertThat(test.test(Facts.of("request.text", "a".repeat(3_000)))).isTrue();
        assertThat(test.test(Facts.of("request.text", "xxxy"))).isTrue();
    }

    @Test
    void oneConditionServesManyThreads() throws Exception {
        RequestTest test = conditions.compile("request.text.matches('^[0-9]+$') && request.tokens > 500");
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> counts = java.util.stream.IntStream.range(0, 4)
                    .mapToObj(t -> threads.submit(() -> {
                        go.await();
                        int yes = 0;
                        for (long i = 0; i < 1_000; i++) {
                            yes += test.test(Facts.of("request.text", "" + i).with("request.tokens", i)) ? 1 : 0;
                        }
                        return yes;
                    }))
                    .toList();
            go.countDown();
            for (Future<Integer> count : counts) {
                assertThat(count.get()).isEqualTo(499);
            }
        }
    }

    @Test
    void conditionsOfEqualTextAreEqual() throws Exception {
        assertThat(conditions.compile("request.tools")).isEqualTo(new Conditions().compile("request.tools"));
        assertThat(conditions.compile("request.tools")).isNotEqualTo(conditions.compile("!request.tools"));
    }

    private PolicyException mistake(String text) {
        return catchThrowableOfType(PolicyException.class, () -> conditions.compile(text));
    }
}
