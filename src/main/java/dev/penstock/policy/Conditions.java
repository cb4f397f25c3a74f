// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.penstock.exchange.RequestTest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compiles conditions, {@code request.tokens > 8000 && !request.tools}: parsed and type-checked once, then evaluated per request
 * in less than a microsecond, patterns apart. The language is CEL with its standard functions and macros, over the variables below; it always ends.
 * One instance serves one reading of the configuration; not thread-safe, while what it compiles is immutable and for any thread.
 *
 * <p>Evaluation never throws. A condition that cannot be evaluated, as {@code 1 / request.tokens > 0} of an empty prompt, is
 * false: the target or rule that it guards is not chosen.
 *
 * <p>Bounds: {@value #LONGEST} characters, {@value #DEEPEST} levels, {@value #MOST_NODES} parts, {@value #MOST_ITERATIONS} rounds of
 * {@code all}, {@code exists} and their kin per evaluation. Patterns of {@code matches} must be written in the condition, run in
 * time proportional to the text, and see its first {@value #LONGEST_MATCHED} characters.
 */
public final class Conditions {

    static final int LONGEST = 2_048;
    static final int DEEPEST = 32;
    static final int MOST_NODES = 500;
    static final int MOST_ITERATIONS = 1_000;
    static final int LONGEST_MATCHED = 4_096;

    private @Nullable CelEnvironment environment;

    /**
     * Parses and checks a condition.
     *
     * @param text as a person wrote it
     * @throws PolicyException when it is no condition: wrong grammar, unknown variables or functions, types that do not fit, a
     *     result that is not true or false, or too large
     */
    public RequestTest compile(String text) throws PolicyException {
        CelEnvironment cel = environment;
        if (cel == null) {
            cel = new CelEnvironment();
            environment = cel;
        }
        return cel.compile(text);
    }

    /** The variables that conditions and templates know, in the order of the documentation. */
    public static List<String> variables() {
        return Variable.NAMES;
    }
}
