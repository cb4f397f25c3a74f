// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.RequestTest;
import dev.penstock.policy.Conditions;
import dev.penstock.policy.PolicyException;
import dev.penstock.policy.Template;
import org.jspecify.annotations.Nullable;

/**
 * Conditions and templates of the file: compiled, or a problem with the place of the value in the file and the place of the
 * mistake inside the value. One for all sections of a load, because the first condition is dear.
 */
final class PolicyText {

    private final Conditions conditions = new Conditions();
    private final Binder binder;
    private final Problems problems;

    PolicyText(Binder binder, Problems problems) {
        this.binder = binder;
        this.problems = problems;
    }

    /** The compiled condition, or null after a problem. */
    @Nullable
    RequestTest condition(String path, String text) {
        try {
            return conditions.compile(text);
        } catch (PolicyException e) {
            refuse(path, text, e, "a condition");
            return null;
        }
    }

    /** The compiled template, or null after a problem. */
    @Nullable
    Template template(String path, String text) {
        try {
            return Template.compile(text);
        } catch (PolicyException e) {
            refuse(path, text, e, "a template");
            return null;
        }
    }

    /** A text out of a variable may be anything, so no word of it is repeated. */
    private void refuse(String path, String text, PolicyException mistake, String noun) {
        String place = "at " + mistake.line() + ":" + mistake.column();
        if (binder.isMasked(path) || Binder.looksLikeKey(text)) {
            problems.add(binder.at(path), path, place + " not " + noun);
            return;
        }
        problems.add(binder.at(path), path, place + " " + Paths.printable(mistake.what()) + instead(mistake));
    }

    private static String instead(PolicyException mistake) {
        if (mistake.known().isEmpty()) {
            return "";
        }
        String meant = Nearest.didYouMean(mistake.unknown(), mistake.known());
        return meant.isEmpty() ? "; expected one of " + String.join(", ", mistake.known()) : "." + meant;
    }
}
