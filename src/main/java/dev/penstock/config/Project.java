// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** A project of Google Cloud, by id or number; an old one may begin with a domain and a colon. */
record Project(String id) {

    private static final int LONGEST = 100;

    static @Nullable Project parse(String text) {
        boolean plain = text.chars()
                .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':');
        boolean begins = !text.isEmpty() && Character.isLetterOrDigit(text.charAt(0));
        return plain && begins && text.length() <= LONGEST ? new Project(text) : null;
    }

    @Override
    public String toString() {
        return id;
    }
}
