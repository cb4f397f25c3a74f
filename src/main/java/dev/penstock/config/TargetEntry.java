// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.RequestTest;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.policy.Conditions;
import dev.penstock.policy.PolicyException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one entry of {@code models.<name>.targets} says of the targets that it leads to. */
final class TargetEntry {

    private final Binder binder;
    private final Problems problems;
    private final Conditions conditions = new Conditions();

    TargetEntry(Binder binder, Problems problems) {
        this.binder = binder;
        this.problems = problems;
    }

    /** The condition, or null where there is none or a wrong one. */
    @Nullable
    RequestTest when(FileForm.Target entry, String path) {
        String text = entry.when();
        String key = path + ".when";
        if (text == null) {
            return null;
        }
        if (text.strip().equals("false")) {
            problems.unexpected(binder.at(key), key, "a target that no request can reach", "a condition or no target");
            return null;
        }
        try {
            return conditions.compile(text);
        } catch (PolicyException e) {
            String meant = e.unknown().isEmpty() ? "" : Nearest.didYouMean(e.unknown(), e.known());
            String expected = e.known().isEmpty() ? "" : "; expected one of " + String.join(", ", e.known());
            problems.add(
                    binder.inside(key, e.line(), e.column()),
                    key,
                    meant.isEmpty() ? e.what() + expected : e.what() + "." + meant);
            return null;
        }
    }

    TargetEdits edits(FileForm.Target entry, String path) {
        Params params = entry.params();
        ModelForm.Simplify simplify = entry.simplify();
        Map<String, Object> set = params == null ? Map.of() : params.values();
        if (simplify == null) {
            return set.isEmpty() ? TargetEdits.NONE : new TargetEdits(set, false, false, 0, 0);
        }
        Count maxTokens = simplify.maxTokens();
        Count history = simplify.history();
        return new TargetEdits(
                set,
                simplify.tools() != null,
                simplify.output() != null,
                maxTokens == null ? 0 : (int) maxTokens.value(),
                history == null ? 0 : (int) history.value());
    }

    /** What an entry says, over what the model that it names says of the same target. */
    TargetChoice over(TargetChoice below, FileForm.Target entry, @Nullable RequestTest when, TargetEdits edits) {
        Count window = entry.contextWindow();
        ModelForm.Cost cost = entry.cost();
        TargetCost price = cost == null || cost.input() == null || cost.output() == null
                ? below.cost()
                : new TargetCost(cost.input().nanos(), cost.output().nanos());
        return new TargetChoice(
                below.target(),
                below.tier(),
                below.weight(),
                both(when, below.when()),
                smaller(window == null ? 0 : window.value(), below.contextWindow()),
                over(below.edits(), edits),
                price);
    }

    private static @Nullable RequestTest both(@Nullable RequestTest outer, @Nullable RequestTest inner) {
        return outer == null ? inner : inner == null ? outer : new Both(outer, inner);
    }

    /** Of two limits of which 0 is none. */
    private static long smaller(long a, long b) {
        return a == 0 ? b : b == 0 ? a : Math.min(a, b);
    }

    private static TargetEdits over(TargetEdits below, TargetEdits above) {
        if (below.isNone() || above.isNone()) {
            return below.isNone() ? above : below;
        }
        Map<String, Object> set = new LinkedHashMap<>(below.set());
        set.putAll(above.set());
        return new TargetEdits(
                set,
                below.dropTools() || above.dropTools(),
                below.dropStructuredOutput() || above.dropStructuredOutput(),
                (int) smaller(below.maxTokens(), above.maxTokens()),
                (int) smaller(below.history(), above.history()));
    }

    /** The condition of an entry and that of the model which it names. */
    private record Both(RequestTest outer, RequestTest inner) implements RequestTest {
        @Override
        public boolean test(RequestFacts facts) {
            return outer.test(facts) && inner.test(facts);
        }

        @Override
        public String text() {
            return "(" + outer.text() + ") && (" + inner.text() + ")";
        }
    }
}
