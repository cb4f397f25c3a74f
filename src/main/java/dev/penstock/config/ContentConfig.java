// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.LedgerConfig.Content;
import java.time.Duration;
import java.util.Set;

/**
 * What a tenant wants written down of what is said in its calls.
 *
 * @param record figures only, or what was said as well
 * @param share of the calls, from 0 to 1
 * @param redact what is replaced before it is written
 * @param keep for how long
 * @param maxBytes of a request, and of an answer
 */
public record ContentConfig(Content record, double share, Set<Kind> redact, Duration keep, int maxBytes) {

    /** What can be found in a text and replaced. */
    public enum Kind {
        EMAIL,
        PHONE,
        /** Numbers of payment cards. */
        CARD,
        IBAN,
        /** Keys, as known services and this gateway make them, and bearer tokens. */
        SECRET
    }

    /** Nothing: what holds for everybody who does not say otherwise. */
    public static final ContentConfig NONE =
            new ContentConfig(Content.METADATA, 0, Set.of(Kind.values()), Duration.ofDays(7), 64 << 10);

    public ContentConfig {
        redact = Set.copyOf(redact);
    }

    /** Whether nothing that was said is ever written down. */
    public boolean isNone() {
        return record == Content.METADATA || share <= 0;
    }
}
