// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Locale;

/** What makes two requests stick to the same target. */
public enum StickyBy {
    TENANT,
    USER,
    /** The beginning of the prompt, so that the provider's own prompt cache is hit. */
    PROMPT;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
