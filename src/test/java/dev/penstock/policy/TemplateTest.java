// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.exchange.RequestFacts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TemplateTest {

    @Test
    void variablesAreFilledIn() throws Exception {
        Template template = Template.compile(
                "{{request.model}} has {{ request.tokens }} tokens for {{tenant.id}}, stream: {{request.stream}}.");
        Facts facts = Facts.of("request.model", "smart")
                .with("request.tokens", 12L)
                .with("tenant.id", "acme")
                .with("request.stream", true);
        assertThat(template.fill(facts)).isEqualTo("smart has 12 tokens for acme, stream: true.");
    }

    @Test
    void everyVariableCanBeWritten() throws Exception {
        for (String name : Conditions.variables()) {
            assertThat(Template.compile("<{{" + name + "}}>").fill(RequestFacts.ofModel("m")))
                    .startsWith("<");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{request.text}}", "{{{request.text}}}", "{{&request.text}}"})
    void whatTheRequestSaysIsDataAndNeverATemplate(String text) throws Exception {
        String hostile = "{{request.model}} {{#tenant.id}} <b>\"&\n {{{user.id}}} ${HOME} {{";
        assertThat(Template.compile(text).fill(Facts.of("request.text", hostile)))
                .isEqualTo(hostile);
    }

    @Test
    void sectionsAreForWhatIsTrueAndWhatIsThere() throws Exception {
        Template template = Template.compile(
                "{{#request.tools}}tools{{/request.tools}}{{^request.tools}}none{{/request.tools}}"
                        + "{{#tenant.id}} for {{tenant.id}} of {{tenant.region}}{{/tenant.id}}{{#request.tokens}} n{{/request.tokens}}");
        assertThat(template.fill(new Facts())).isEqualTo("none");
        assertThat(template.fill(Facts.of("request.tools", true)
                        .with("tenant.id", "acme")
                        .with("tenant.region", "eu")
                        .with("request.tokens", 3L)))
                .isEqualTo("tools for acme of eu n");
    }

    @Test
    void onlyWhatTheTemplateNamesIsComputed() throws Exception {
        Facts facts = new Facts();
        assertThat(Template.compile("Hello. {{! request.text }}{{request.model}}")
                        .fill(facts))
                .isEqualTo("Hello. chat");
        assertThat(facts.asked()).containsExactly("request.model");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Hi {{request.modle}}           | 1:6 unknown variable \"request.modle\"; expected one of request.model, ",
                "{{request.text.length}}        | 1:3 unknown variable \"request.text.length\"",
                "{{#request}}{{model}}{{/request}} | 1:4 unknown variable \"request\"",
                "{{.}}                          | 1:3 unknown variable \".\"",
                "{{this}}                       | 1:3 unknown variable \"this\"",
                "{{#request.tools}} x           | 1:4 Section missing close tag 'request.tools'",
                "{{/request.tools}} x           | 1:4 Section close tag with no open tag 'request.tools'",
                "{{#request.tools}}{{/a.b}}     | 1:22 Section close tag with mismatched open tag 'a.b'",
                "ab {{request.model             | 1:4 {{ without }}",
                "{{> other}}                    | 1:5 a partial; templates are not put together of others",
                "{{< other}}{{/other}}          | 1:5 a partial; templates are not put together of others",
                "{{$ other}}{{/other}}          | 1:5 a partial; templates are not put together of others",
                "{{}}                           | 1:1 not a template",
            })
    void aMistakeIsNamedWithItsPlace(String text, String message) {
        assertThat(mistake(text)).hasMessageStartingWith(message);
    }

    @Test
    void theLineCountsToo() {
        assertThat(mistake("Sorry.\n\nAsk  {{user.name}} again."))
                .hasMessageStartingWith("3:8 unknown variable \"user.name\"");
    }

    @Test
    void textWithoutVariablesStaysAsItIs() throws Exception {
        String text = "Sorry, \"all\" models <are> busy & }} more { {x} }\n";
        assertThat(Template.compile(text).fill(new Facts())).isEqualTo(text);
        assertThat(Template.compile(text)).isEqualTo(Template.compile(text)).hasToString(text);
    }

    @Test
    void aTextWithoutEndIsRefused() {
        assertThat(mistake("x".repeat(Template.LONGEST + 1))).hasMessage("1:1 longer than 100000 characters");
    }

    private static PolicyException mistake(String text) {
        return catchThrowableOfType(PolicyException.class, () -> Template.compile(text));
    }
}
