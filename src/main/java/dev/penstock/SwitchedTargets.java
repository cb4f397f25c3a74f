// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetSignals;
import dev.penstock.routing.Signals;
import dev.penstock.switches.Refusal;
import dev.penstock.switches.Switches;

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
            return off == null ? target.standing() : off.inWords();
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
