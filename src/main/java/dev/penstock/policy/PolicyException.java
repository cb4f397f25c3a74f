// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import java.util.List;

/**
 * A condition or a template that cannot be compiled. Its message is for the person who wrote it, {@code 1:18 unknown variable
 * "request.tokns"; expected one of ...}, and quotes no more of the text than the name in question.
 */
public final class PolicyException extends Exception {

    private final int line;
    private final int column;
    private final String what;
    private final String unknown;
    private final List<String> known;

    PolicyException(int line, int column, String what) {
        this(line, column, what, "", List.of());
    }

    private PolicyException(int line, int column, String what, String unknown, List<String> known) {
        // A mistake in a person's file needs no stack.
        super(
                line + ":" + column + " " + what
                        + (known.isEmpty() ? "" : "; expected one of " + String.join(", ", known)),
                null,
                false,
                false);
        this.line = line;
        this.column = column;
        this.what = what;
        this.unknown = unknown;
        this.known = known;
    }

    static PolicyException unknown(int line, int column, String what, String name, List<String> known) {
        return new PolicyException(line, column, what + " \"" + name + "\"", name, known);
    }

    /** Line inside the text, from 1. */
    public int line() {
        return line;
    }

    /** Column inside the line, in characters from 1. */
    public int column() {
        return column;
    }

    /** What is wrong, without the place and without what would be right. */
    public String what() {
        return what;
    }

    /** The name that nobody knows, for a look at the {@link #known()} ones; empty where something else is wrong. */
    public String unknown() {
        return unknown;
    }

    /** The names that could stand in the place of the unknown one; empty where something else is wrong. */
    public List<String> known() {
        return known;
    }
}
