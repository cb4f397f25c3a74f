// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.Program;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.RequestTest;
import java.util.Optional;

/**
 * A compiled condition.
 *
 * @param text as a person wrote it
 * @param program what CEL made of it
 */
record CelCondition(String text, Program program) implements RequestTest {

    @Override
    public boolean test(RequestFacts facts) {
        try {
            return Boolean.TRUE.equals(program.eval(name -> value(name, facts)));
        } catch (CelEvaluationException | RuntimeException e) {
            // A condition that cannot be evaluated speaks for nothing; the request goes on without what it guards.
            return false;
        }
    }

    private static Optional<Object> value(String name, RequestFacts facts) {
        Variable variable = Variable.named(name);
        return variable == null ? Optional.empty() : Optional.of(variable.of(facts));
    }

    /** Conditions of equal text decide equally. */
    @Override
    public boolean equals(Object other) {
        return other instanceof CelCondition condition && text.equals(condition.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
