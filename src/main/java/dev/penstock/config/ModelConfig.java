// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import java.util.List;

/**
 * A name that clients send as {@code model}.
 *
 * @param name the name
 * @param targets where it goes, aliases already resolved; the first one is used
 * @param timeouts the four timers
 * @param stream how its streams behave
 * @param unsupportedParams what becomes of parameters that a provider has no word for
 */
public record ModelConfig(
        String name,
        List<Target> targets,
        Timeouts timeouts,
        StreamPolicy stream,
        UnsupportedParams unsupportedParams) {

    /** A model that says nothing about parameters without a counterpart. */
    public ModelConfig(String name, List<Target> targets, Timeouts timeouts, StreamPolicy stream) {
        this(name, targets, timeouts, stream, UnsupportedParams.WARN);
    }

    public ModelConfig {
        targets = List.copyOf(targets);
    }
}
