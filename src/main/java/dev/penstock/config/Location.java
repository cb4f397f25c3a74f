// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** A location of Vertex AI. It becomes a part of a host name that a token is sent to, so nothing else may look like one. */
record Location(String name) {

    private static final int LONGEST = 40;

    static @Nullable Location parse(String text) {
        boolean plain = text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
        return plain && !text.isEmpty() && text.length() <= LONGEST && !text.startsWith("-") && !text.endsWith("-")
                ? new Location(text)
                : null;
    }

    @Override
    public String toString() {
        return name;
    }
}
