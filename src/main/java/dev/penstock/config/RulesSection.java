// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.RequestTest;
import dev.penstock.policy.Template;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From {@code rules} in the file to {@link AnswerRules}: everything compiled, and no rule that can never answer. */
final class RulesSection {

    private final Map<String, RulesForm.Rules> forms;
    private final PolicyText policy;
    private final Binder binder;
    private final Problems problems;
    private final Map<String, String> origins;
    private final Set<String> masked;

    /** @param masked receives the paths whose values came out of variables */
    RulesSection(
            Map<String, RulesForm.Rules> forms,
            PolicyText policy,
            Binder binder,
            Problems problems,
            Map<String, String> origins,
            Set<String> masked) {
        this.forms = forms;
        this.policy = policy;
        this.binder = binder;
        this.problems = problems;
        this.origins = origins;
        this.masked = masked;
    }

    Map<String, AnswerRules> assemble() {
        Map<String, AnswerRules> lists = new LinkedHashMap<>();
        forms.forEach((name, form) -> {
            String path = Paths.child("rules", name);
            refuseName(name, path);
            List<AnswerRules.Rule> rules = rules(form, path);
            if (!rules.isEmpty()) {
                lists.put(name, new AnswerRules(name, rules));
            }
        });
        return lists;
    }

    private void refuseName(String name, String path) {
        if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || Character.isISOControl(c))) {
            problems.add(binder.keyAt(path), path, "not a name for rules; expected characters without blanks");
        }
    }

    private List<AnswerRules.Rule> rules(RulesForm.Rules form, String path) {
        List<RulesForm.@Nullable Rule> entries = form.rules();
        if (entries == null || entries.isEmpty()) {
            refuseNone(entries, path);
            return List.of();
        }
        List<AnswerRules.Rule> rules = new ArrayList<>();
        Map<String, String> seen = new HashMap<>();
        String last = null;
        for (RulesForm.Rule entry : entries) {
            if (entry == null) {
                continue;
            }
            String place = binder.pathOf(entry);
            if (last != null) {
                problems.unexpected(binder.at(place), place, "a rule that can never answer", "none after " + last);
            }
            boolean conditional = entry.when() != null || binder.has(place + ".when");
            last = conditional || last != null ? last : place + ", which has no when";
            AnswerRules.Rule rule = rule(entry, place, path + "[" + rules.size() + "]", seen);
            if (rule != null) {
                rules.add(rule);
            }
        }
        return rules;
    }

    private void refuseNone(@Nullable List<?> entries, String path) {
        String key = binder.has(path + ".rules") ? path + ".rules" : path;
        if (entries != null) {
            problems.unexpected(binder.at(key), key, "an empty list", "at least one rule");
        } else if (!binder.has(path + ".rules") && !binder.isNothing(path)) {
            problems.unexpected(binder.keyAt(path), path + ".rules", "missing", "a list of rules");
        }
    }

    private AnswerRules.@Nullable Rule rule(
            RulesForm.Rule entry, String place, String shownAt, Map<String, String> seen) {
        RequestTest when = null;
        if (entry.when() != null) {
            String path = place + ".when";
            String earlier = seen.putIfAbsent(entry.when(), path);
            if (earlier != null) {
                problems.unexpected(binder.at(path), path, "the condition of " + earlier, "another one");
            }
            when = policy.condition(path, entry.when());
            remember(path, shownAt + ".when");
        }
        if (entry.answer() == null) {
            return null;
        }
        String path = binder.has(place + ".answer") ? place + ".answer" : place;
        Template answer = policy.template(path, entry.answer());
        remember(path, shownAt + ".answer");
        return answer == null ? null : new AnswerRules.Rule(when, answer);
    }

    /** Short and long forms are shown under one name each. */
    private void remember(String written, String shownAt) {
        origins.put(shownAt, binder.at(written).brief());
        if (binder.isMasked(written)) {
            masked.add(shownAt);
        }
    }
}
