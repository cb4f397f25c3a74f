// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is on and off at start, and wherever nobody has flipped a switch since.
 *
 * @param rules how the switches of the file stand, in its order; what is not among them is on
 */
public record SwitchesConfig(Map<SwitchObject, SwitchRule> rules) {

    /** Everything is on. */
    public static final SwitchesConfig NONE = new SwitchesConfig(Map.of());

    public SwitchesConfig {
        rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
    }
}
