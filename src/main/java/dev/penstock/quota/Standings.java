// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.exchange.LimitStanding;
import org.jspecify.annotations.Nullable;

/**
 * How a caller stands: the tightest limit of each kind.
 *
 * @param requests null where no limit of requests matches
 * @param tokens null where no limit of tokens matches
 */
public record Standings(
        @Nullable LimitStanding requests, @Nullable LimitStanding tokens) {
    public static final Standings NONE = new Standings(null, null);
}
