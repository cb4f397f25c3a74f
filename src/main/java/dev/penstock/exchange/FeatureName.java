// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** Names of use cases that calls belong to. */
public final class FeatureName {

    public static final int LONGEST = 64;

    /** What {@link #isOne} takes, in words. */
    public static final String FORM = "1 to " + LONGEST + " of a-z, 0-9, dot, dash and _";

    private FeatureName() {}

    /** Whether a text is such a name: harmless in logs, paths and counters, and written in one way only. */
    public static boolean isOne(String text) {
        return !text.isEmpty() && text.length() <= LONGEST && text.chars().allMatch(FeatureName::isPart);
    }

    private static boolean isPart(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    }
}
