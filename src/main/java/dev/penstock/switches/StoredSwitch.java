// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last live flip of one object, as it is kept and told to other nodes. Of two flips of one object the one with the higher version
 * holds, and with equal versions the one whose node has the later name; so all nodes come to the same end in whatever order they hear.
 *
 * @param object such as {@code model.chat}; at most 256 characters
 * @param cleared whether the flip took an earlier one back, so that the file holds again; kept so that the earlier one does not come
 *     back from a node that was away
 * @param enabled what holds for the callers that the next two name; the opposite holds for all others
 * @param percent share of the callers, from 0 to 100
 * @param tenants customers that it is for, sorted; empty for all
 * @param reason why, for the people who are refused; at most 200 characters, perhaps empty
 * @param by who flipped it; no secret
 * @param at when, by the clock of the node that it was flipped on; for people
 * @param until when the file holds again; null for never
 * @param version rises with each flip of the object: milliseconds since 1970 where clocks are right, and above all earlier ones where
 *     they are not
 * @param node that it was flipped on
 */
public record StoredSwitch(
        String object,
        boolean cleared,
        boolean enabled,
        int percent,
        List<String> tenants,
        String reason,
        String by,
        Instant at,
        @Nullable Instant until,
        long version,
        String node) {

    public StoredSwitch {
        tenants = List.copyOf(tenants);
    }

    /** Whether this flip holds rather than the other one, of the same object. */
    public boolean isNewerThan(@Nullable StoredSwitch other) {
        if (other == null || version != other.version) {
            return other == null || version > other.version;
        }
        return node.compareTo(other.node) > 0;
    }
}
