// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The entries of the section {@code rules}. */
final class RulesForm {

    private RulesForm() {}

    /** One entry of {@code rules}. */
    @ShortForm(value = "rules", forms = "a list of rules, a text, or a map with rules")
    record Rules(
            @Key(
                    value =
                            "In this order; the first one whose condition is true answers. One without when is true of all"
                                    + " requests, so it stands last.",
                    unset = "required")
            @Nullable
            List<@Nullable Rule> rules) {}

    /** One entry of {@code rules.<name>.rules}. */
    @ShortForm(value = "answer", forms = "a text, or a map with answer and when")
    record Rule(
            @Key(
                    value = "A condition in CEL over the request, such as request.text.contains('refund').",
                    unset = "true")
            @Nullable
            String when,

            @Key(value = "The answer, a template with variables such as {{request.model}} in it.", required = true)
            @Nullable
            String answer) {}
}
