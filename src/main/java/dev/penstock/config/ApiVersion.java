// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** The dated version of an API, as it stands in a query; empty where the API is asked for without one. */
record ApiVersion(String name) {

    private static final int LONGEST = 40;

    static @Nullable ApiVersion parse(String text) {
        boolean plain = text.chars()
                .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '.' || c == '_'));
        return plain && text.length() <= LONGEST ? new ApiVersion(text) : null;
    }

    @Override
    public String toString() {
        return name;
    }
}
