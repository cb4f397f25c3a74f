// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.RequestTest;
import dev.penstock.policy.Template;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers without a model, the model {@code rules/<name>}: ordered conditions, each with what is said when it is true.
 *
 * @param name the part after {@code rules/}
 * @param rules in the order in which they are looked at; never empty
 */
public record AnswerRules(String name, List<Rule> rules) {

    /**
     * One of them.
     *
     * @param when what must be true of the request, or null for all requests
     * @param answer what is said
     */
    public record Rule(@Nullable RequestTest when, Template answer) {

        boolean isFor(RequestFacts facts) {
            return when == null || when.test(facts);
        }
    }

    public AnswerRules {
        rules = List.copyOf(rules);
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("rules: none (expected: at least one)");
        }
    }

    /** The answer of the first rule that is for this request, or null when none is. Content: it may repeat the prompt. */
    public @Nullable String answer(RequestFacts facts) {
        for (Rule rule : rules) {
            if (rule.isFor(facts)) {
                return rule.answer().fill(facts);
            }
        }
        return null;
    }
}
