// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Locale;

/** What a provider's error says about the key that the request was signed with. The label is a metric value. */
public enum KeyFault {
    /** The key is wrong, expired, or may not do this. */
    REFUSED,
    /** The account behind the key has no money or no quota left; waiting a little does not help. */
    EXHAUSTED,
    /** Too much at once with this key. */
    RATE_LIMITED;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
