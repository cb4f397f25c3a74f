// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A name that clients send as {@code model}.
 *
 * @param name the name
 * @param choices where it may go, aliases already resolved
 * @param timeouts the timers
 * @param stream how its streams behave
 * @param unsupportedParams what becomes of parameters that a provider has no word for
 * @param resilience what it does about trouble
 * @param balance how its targets share the requests
 */
public record ModelConfig(
        String name,
        List<TargetChoice> choices,
        Timeouts timeouts,
        StreamPolicy stream,
        UnsupportedParams unsupportedParams,
        ResilienceSettings resilience,
        Balance balance) {

    /** A model that falls back in the order of its targets and says nothing else. */
    public ModelConfig(String name, List<Target> targets, Timeouts timeouts, StreamPolicy stream) {
        this(name, inOrder(targets), timeouts, stream, UnsupportedParams.WARN, ResilienceSettings.DEFAULT);
    }

    /** One whose targets share the requests as usual. */
    public ModelConfig(
            String name,
            List<TargetChoice> choices,
            Timeouts timeouts,
            StreamPolicy stream,
            UnsupportedParams unsupportedParams,
            ResilienceSettings resilience) {
        this(name, choices, timeouts, stream, unsupportedParams, resilience, Balance.DEFAULT);
    }

    public ModelConfig {
        choices = List.copyOf(choices);
    }

    /** Where it may go. */
    public List<Target> targets() {
        return choices.stream().map(TargetChoice::target).toList();
    }

    /** Whether the targets simply follow each other. */
    static boolean isInOrder(List<TargetChoice> choices) {
        return IntStream.range(0, choices.size())
                .allMatch(i -> choices.get(i).tier() == i + 1 && choices.get(i).weight() == 1);
    }

    /** Each target a tier of its own. */
    static List<TargetChoice> inOrder(List<Target> targets) {
        List<TargetChoice> choices = new ArrayList<>();
        targets.forEach(target -> choices.add(new TargetChoice(target, choices.size() + 1)));
        return choices;
    }
}
