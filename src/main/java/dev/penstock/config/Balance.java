// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * How the targets of a model share its requests.
 *
 * @param strategy inside a tier
 * @param stickyBy what {@link Strategy#STICKY} looks at
 */
public record Balance(Strategy strategy, StickyBy stickyBy) {

    public static final Balance DEFAULT = new Balance(Strategy.WEIGHTED, StickyBy.PROMPT);
}
