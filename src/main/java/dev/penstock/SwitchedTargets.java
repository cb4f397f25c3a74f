// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetSignals;
import dev.penstock.routing.Signals;
import dev.penstock.switches.Refusal;
import dev.penstock.switches.Switches;
import org.jspecify.annotations.Nullable;

/** A target whose provider is switched off for everybody is out, like one whose breaker is open. */
final class SwitchedTargets implements Signals {

    private final Signals targets;
    private final Switches switches;

    SwitchedTargets(Signals targets, Switches switches) {
        this.targets = targets;
        this.switches = switches;
    }

    @Override
    public TargetSignals of(Target target, BreakerSettings breaker) {
        return new Switched(targets.of(target, breaker), switches, target.provider());
    }

    private record Switched(TargetSignals target, Switches switches, String provider) implements TargetSignals {
        @Override
        public boolean usable() {
            return switches.ofProvider(provider) == null && target.usable();
        }

        @Override
        public String standing() {
            Refusal off = switches.ofProvider(provider);
            if (off != null) {
                return off.inWords();
            }
            String partly = partly(switches.rule(new SwitchObject(SwitchObject.Kind.PROVIDER, provider)));
            return partly.isEmpty() || target.standing().isEmpty()
                    ? partly + target.standing()
                    : partly + "; " + target.standing();
        }

        /** A switch that is for some callers only, which nobody here is. */
        private static String partly(@Nullable SwitchRule rule) {
            return rule == null || rule.isForAll() ? "" : "its provider is " + rule.inWords();
        }

        @Override
        public String outWhy() {
            return switches.ofProvider(provider) == null ? target.outWhy() : "switched_off";
        }

        @Override
        public int inFlight() {
            return target.inFlight();
        }

        @Override
        public long firstTokenNanos() {
            return target.firstTokenNanos();
        }
    }
}
