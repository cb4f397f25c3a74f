// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;

/**
 * Whom to tell of what.
 *
 * @param to in the order of the file
 * @param rules in the order of the file
 */
public record AlertsConfig(List<AlertReceiver> to, List<AlertRule> rules) {

    /** Nobody is told. */
    public static final AlertsConfig DEFAULT = new AlertsConfig(List.of(), AlertRule.USUAL);

    public AlertsConfig {
        to = List.copyOf(to);
        rules = List.copyOf(rules);
    }
}
