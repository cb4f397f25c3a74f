// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of the section {@code switches}. */
@ShortForm(value = "state", forms = "enabled, disabled, or a map with keys such as state, percent, tenants")
record SwitchForm(
        @Key(
                value = "What holds for the callers that percent and tenants name; the opposite holds for all others.",
                required = true)
        @Nullable
        State state,

        @Key(
                value =
                        "Share of the callers. A user is always on the same side of it, as is a key without users, or a tenant"
                                + " without keys; callers of whom nothing is known are in no share.",
                def = "100",
                min = "0",
                max = "100")
        int percent,

        @Key(value = "The customers that it is for.", unset = "all")
        List<@Nullable String> tenants,

        @Key(value = "Why, in words for those who are refused.", unset = "none") @Nullable
        String reason,

        @Key(value = "When this entry ends, and the switch is enabled again.", unset = "never") @Nullable
        Moment until) {

    /** Words for how a switch stands. */
    enum State {
        ENABLED,
        DISABLED
    }
}
