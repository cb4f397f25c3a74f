// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** A region of AWS. It becomes a part of a host name that a key is sent to, so nothing else may look like one. */
record Region(String name) {

    private static final int LONGEST = 40;

    static @Nullable Region parse(String text) {
        boolean plain = text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
        return plain && text.length() <= LONGEST && text.contains("-") && !text.startsWith("-") && !text.endsWith("-")
                ? new Region(text)
                : null;
    }

    @Override
    public String toString() {
        return name;
    }
}
