// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a switch stands.
 *
 * @param enabled what holds for the callers that the next two name together; the opposite holds for all others
 * @param percent share of the callers, from 0 to 100; a caller is always on the same side of it
 * @param tenants customers that it is for, sorted; empty for all
 * @param reason why, for the people who are refused; perhaps empty
 * @param until when it ends; null for never
 */
public record SwitchRule(
        boolean enabled,
        int percent,
        List<String> tenants,
        String reason,
        @Nullable Instant until) {

    /** On for everybody, as everything is that nobody has spoken of. */
    public static final SwitchRule ENABLED = new SwitchRule(true, 100, List.of(), "", null);

    /** Longer reasons are not taken. */
    public static final int LONGEST_REASON = 200;

    public SwitchRule {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("percent from 0 to 100: " + percent);
        }
        tenants = tenants.stream().distinct().sorted().toList();
    }

    /** Whether a reason can be shown wherever it may appear. */
    public static boolean isReason(String text) {
        return text.length() <= LONGEST_REASON && text.chars().noneMatch(Character::isISOControl);
    }

    /** Whether it is the same for all callers. */
    public boolean isForAll() {
        return percent == 100 && tenants.isEmpty();
    }

    public boolean holdsAt(Instant moment) {
        return until == null || moment.isBefore(until);
    }

    /** For a person: {@code disabled for 25 % of acme until 2026-11-22T12:00:00Z: drill}. */
    public String inWords() {
        StringBuilder words = new StringBuilder(enabled ? "enabled" : "disabled");
        if (!isForAll()) {
            words.append(" for ");
            if (percent < 100) {
                words.append(percent).append(" %").append(tenants.isEmpty() ? "" : " of ");
            }
            words.append(String.join(", ", tenants));
        }
        if (until != null) {
            words.append(" until ").append(until);
        }
        return reason.isEmpty()
                ? words.toString()
                : words.append(": ").append(reason).toString();
    }
}
