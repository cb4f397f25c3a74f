// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import java.util.Locale;

/**
 * How much of a budget is used, as far as this node knows.
 *
 * @param scope whose it is
 * @param name of the tenant, feature or whoever
 * @param period of the budget
 * @param used 0 to 1, and more where calls under way cost more than was left
 */
public record BudgetShare(LimitRule.Scope scope, String name, LimitRule.Period period, double used) {

    /** Whether there are as many of its kind as somebody has written down: tenants and features, not users and addresses. */
    public boolean isOfFew() {
        return scope == LimitRule.Scope.TENANT || scope == LimitRule.Scope.FEATURE;
    }

    /** Such as {@code tenant acme per month}. */
    public String inWords() {
        return scope.name().toLowerCase(Locale.ROOT) + " " + name + " per "
                + period.name().toLowerCase(Locale.ROOT);
    }
}
