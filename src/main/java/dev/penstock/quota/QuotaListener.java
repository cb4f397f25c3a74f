// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;

/** Hears of limits. Called on any thread, also in the middle of an admission; returns at once. */
public interface QuotaListener {

    QuotaListener NONE = new QuotaListener() {
        @Override
        public void onAdmitted(Scope scope, Unit unit) {}

        @Override
        public void onRefused(Scope scope, Unit unit) {}

        @Override
        public void onWarning(LimitRule rule, String whose, double share) {}

        @Override
        public void onStore(boolean reachable) {}
    };

    /** A limit of this kind let a call through. */
    void onAdmitted(Scope scope, Unit unit);

    /** A limit of this kind turned a call away. */
    void onRefused(Scope scope, Unit unit);

    /**
     * A share of a limit has been reached. Told once in a window by each node that sees it.
     *
     * @param whose the one that is counted, such as {@code tenant acme}
     * @param share one of the rule's shares
     */
    void onWarning(LimitRule rule, String whose, double share);

    /** The shared count is out of reach, or is back. */
    void onStore(boolean reachable);
}
