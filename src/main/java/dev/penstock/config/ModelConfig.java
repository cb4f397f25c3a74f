// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import java.util.List;

/**
 * A name that clients send as {@code model}.
 *
 * @param name the name
 * @param targets where it goes, aliases already resolved; the first one is used
 * @param timeouts the four timers
 * @param stream how its streams behave
 */
public record ModelConfig(String name, List<Target> targets, Timeouts timeouts, StreamPolicy stream) {

    public ModelConfig {
        targets = List.copyOf(targets);
    }
}
