// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Objects;

/** A value that can be used and never be printed. */
public final class Secret {

    /** What stands in its place wherever it would be printed. */
    static final String MASK = "***";

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    public static Secret of(String value) {
        return new Secret(Objects.requireNonNull(value));
    }

    /** The value itself. Only the room that talks to the outside thing calls this. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return MASK;
    }
}
