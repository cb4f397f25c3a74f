// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.Target;
import dev.penstock.policy.Facts;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The section {@code rules}: its forms, what they come to, and what is wrong with wrong ones, with the exact place. */
final class RulesSectionTest {

    private static final String HELPDESK = """
            models: {help: [demo/demo, rules/helpdesk]}
            rules:
              helpdesk:
                - {when: "request.text.contains('refund')", answer: "Refunds: {{request.text}}"}
                - {when: "request.tokens > 8000 && tenant.region == 'eu'", answer: "Too long."}
                - {answer: "Call us about {{request.model}}."}
            """;

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void theFirstRuleThatIsTrueAnswersAndTheLastIsForAllOthers() {
        Snapshot snapshot = room.yaml(HELPDESK).snapshot();

        AnswerRules rules = snapshot.rules().get("helpdesk");
        assertThat(rules.answer(Facts.of("request.text", "my refund {{user.id}}")))
                .isEqualTo("Refunds: my refund {{user.id}}");
        assertThat(rules.answer(Facts.of("request.tokens", 9_000L).with("tenant.region", "eu")))
                .isEqualTo("Too long.");
        assertThat(rules.answer(RequestFacts.ofModel("help"))).isEqualTo("Call us about help.");
        assertThat(snapshot.models().get("help").targets()).contains(new Target("rules", "helpdesk"));
        assertThat(snapshot.providers().get("rules").models()).containsExactly("helpdesk");
    }

    @Test
    void withoutAnUnconditionalRuleThereMayBeNoAnswer() {
        AnswerRules rules = room.yaml("rules: {a: [{when: request.tools, answer: no tools}]}")
                .snapshot()
                .rules()
                .get("a");

        assertThat(rules.answer(Facts.of("request.tools", true))).isEqualTo("no tools");
        assertThat(rules.answer(new Facts())).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rules: {a: Sorry.}",
                "rules: {a: [Sorry.]}",
                "rules: {a: [{answer: Sorry.}]}",
                "rules: {a: {rules: [{answer: Sorry.}]}}",
            })
    void aListMayBeShort(String yaml) {
        assertThat(room.yaml(yaml).snapshot().rules().get("a").answer(new Facts()))
                .isEqualTo("Sorry.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rules: {a: [{when: request.tokns > 1, answer: x}]} | 1:20  rules.a[0].when  at 1:1 unknown variable \"request.tokns\". Did you mean \"request.tokens\"?",
                "rules: {a: [{when: \"request.tokens > 'x'\", answer: x}]} | 1:20  rules.a[0].when  at 1:16 > does not take (int, string)",
                "rules: {a: [{when: \"request.text.contain('x')\", answer: x}]} | 1:20  rules.a[0].when  at 1:14 unknown function \"contain\". Did you mean \"contains\"?",
                "rules: {a: [{when: request.tokens, answer: x}]} | 1:20  rules.a[0].when  at 1:8 a condition must be true or false",
                "rules: {a: [{when: sky > 1, answer: x}]} | 1:20  rules.a[0].when  at 1:1 unknown variable \"sky\"; expected one of request.model, request.schema, request.stream, request.tokens, request.max_tokens, request.tools, request.images, request.structured, request.text, request.priority, tenant.id, tenant.region, user.id",
                "rules: {a: [{answer: 'Hi {{tenant.idd}}'}]} | 1:22  rules.a[0].answer  at 1:6 unknown variable \"tenant.idd\". Did you mean \"tenant.id\"?",
                "rules: {a: '{{#request.tools}}'} | 1:12  rules.a  at 1:4 Section missing close tag 'request.tools'",
                "rules: {a: [x, y]} | 1:16  rules.a[1]  a rule that can never answer; expected none after rules.a[0], which has no when",
                "rules: {a: [{when: request.tools, answer: x}, {when: request.tools, answer: y}]} | 1:54  rules.a[1].when  the condition of rules.a[0].when; expected another one",
                "rules: {a: []} | 1:12  rules.a  an empty list; expected at least one rule",
                "rules: {a: {rules: []}} | 1:20  rules.a.rules  an empty list; expected at least one rule",
                "rules: {a: {}} | 1:9  rules.a.rules  missing; expected a list of rules",
                "rules: {a: } | 1:11  rules.a  nothing; expected a list of rules, a text, or a map with rules",
                "rules: {a: [{when: request.tools}]} | 1:13  rules.a[0].answer  missing; expected text",
                "rules: {a: [{answr: x}]} | 1:14  rules.a[0].answr  unknown key. Did you mean \"answer\"?",
                "rules: {'a b': x} | 1:9  rules.\"a b\"  not a name for rules; expected characters without blanks",
                "providers: {rules: {type: demo}} | 1:13  providers.rules  the name rules belongs to the section rules; expected another name",
                "{models: {m: rules/hlpdesk}, rules: {helpdesk: x}} | 1:14  models.m  \"rules/hlpdesk\"; expected one of its models, helpdesk. Did you mean \"rules/helpdesk\"?",
                "models: {m: rules/helpdesk} | 1:13  models.m  \"rules/helpdesk\"; expected a configured provider (demo)",
            })
    void aMistakeIsNamedWithItsPlaceInTheFileAndInTheText(String yaml, String problem) {
        assertThat(room.yaml(yaml).problems()).contains("penstock.yaml:" + problem);
    }

    @Test
    void aConditionOverLinesIsPlacedInTheFileAndInItself() {
        room.yaml("""
                rules:
                  a:
                    - answer: x
                      when: |
                        request.tokens > 5 &&
                          request.modle == 'b'
                """);

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:4:13  rules.a[0].when  at 2:3 unknown variable \"request.modle\". Did you mean \"request.model\"?");
    }

    @Test
    void effectiveValuesHaveTheirPlaceAndHideWhatCameOutOfVariables() {
        room.env("WORDS", "canary").env("COND", "request.model == 'canary'");
        Map<String, String> settings = room.yaml("""
                        rules:
                          a:
                            rules:
                              - {when: "${COND}", answer: "Say ${WORDS}."}
                              - "${WORDS}"
                          b: [Sorry.]
                        """).settings();

        assertThat(settings)
                .containsEntry("rules.a[0].when", "*** # penstock.yaml:4")
                .containsEntry("rules.a[0].answer", "*** # penstock.yaml:4")
                .containsEntry("rules.a[1].answer", "*** # penstock.yaml:5")
                .containsEntry("rules.b[0].answer", "Sorry. # penstock.yaml:6");
    }

    @Test
    void aMistakeInAVariableRepeatsNoneOfIt() {
        room.env("COND", "canary > 1").env("TEXT", "{{canary}}");

        List<String> problems = room.yaml("rules: {a: [{when: \"${COND}\", answer: \"${TEXT}\"}]}")
                .problems();

        assertThat(problems)
                .containsExactly(
                        "penstock.yaml:1:20  rules.a[0].when  at 1:1 not a condition",
                        "penstock.yaml:1:39  rules.a[0].answer  at 1:3 not a template");
    }

    @Test
    void aReloadNamesTheRulesThatChanged() {
        Snapshot before = room.yaml("rules: {a: [{when: request.tools, answer: x}, y], b: z}")
                .snapshot();
        Snapshot after = room.yaml("rules: {a: [{when: request.images, answer: x}, y], c: z}")
                .snapshot();

        assertThat(ConfigDiff.between(before, after).changed())
                .contains("rules.a[0].when", "rules.b", "rules.c")
                .doesNotContain("rules.a[0].answer");
        assertThat(before.version()).isNotEqualTo(after.version());
    }

    /** CEL brings some 700 classes, protobuf among them: who writes no condition does not wait for them. */
    @Test
    void withoutAConditionNoClassOfTheLanguagesIsLoaded() throws Exception {
        assertThat(loadedBy("models: {m: demo/demo}\nstatic: {busy: {text: Busy.}}"))
                .isEmpty();
        assertThat(loadedBy("rules: {a: Sorry.}")).isNotEmpty().allMatch(name -> name.startsWith("com.samskivert."));
        assertThat(loadedBy("rules: {a: [{when: request.tools, answer: x}]}"))
                .anyMatch(name -> name.startsWith("dev.cel."));
    }

    private Set<String> loadedBy(String yaml) throws Exception {
        room.yaml(yaml);
        try (Watching loader = new Watching()) {
            Class<?> type = loader.loadClass(ConfigLoader.class.getName());
            Object config = type.getConstructor(
                            List.class, Path.class, Map.class, loader.loadClass(Secret.class.getName()))
                    .newInstance(List.of(), folder, Map.of(), null);
            Object result = type.getMethod("load").invoke(config);
            assertThat(result.getClass().getSimpleName()).isEqualTo("Loaded");
            return loader.seen;
        }
    }

    /** Loads the whole class path anew and notes what it loads of the two languages. */
    private static final class Watching extends URLClassLoader {
        private final Set<String> seen = new ConcurrentSkipListSet<>();

        Watching() throws Exception {
            super(urls(), ClassLoader.getPlatformClassLoader());
        }

        private static URL[] urls() throws Exception {
            String[] entries = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
            URL[] urls = new URL[entries.length];
            for (int i = 0; i < entries.length; i++) {
                urls[i] = Path.of(entries[i]).toUri().toURL();
            }
            return urls;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            Class<?> found = super.findClass(name);
            if (name.startsWith("dev.cel.") || name.startsWith("com.samskivert.") || name.startsWith("com.google.")) {
                seen.add(name);
            }
            return found;
        }
    }
}
