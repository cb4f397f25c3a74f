// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.GatewayError;

/**
 * The leave to make one attempt at a target. Each must be ended, in one of three ways; the first end counts and later ones are
 * ignored. Any thread.
 */
public final class Permit {

    private final TargetState target;

    /** The breaker's period, and how often the target had asked for a rest, when the attempt began. */
    final int period;

    final int rests;

    /** The place among the probes, or -1. Guarded by the target's lock, like what follows. */
    int probe;

    boolean began;
    boolean slow;
    boolean ended;

    Permit(TargetState target, int period, int rests, int probe) {
        this.target = target;
        this.period = period;
        this.rests = rests;
        this.probe = probe;
    }

    /** Whether this attempt finds out if the target is well again. */
    public boolean isProbe() {
        return probe >= 0;
    }

    /**
     * The first content of the answer, or the whole of one that does not come in pieces. A probe has done its work with it.
     *
     * @param nanosSinceSent since the request was sent
     */
    public void firstToken(long nanosSinceSent) {
        target.firstToken(this, nanosSinceSent);
    }

    /** The answer came to its own end. */
    public void succeeded() {
        target.succeeded(this);
    }

    /**
     * The attempt failed, before or after its first token. Only what {@link Failures} finds to be the target's fault speaks against it.
     * An error that concerns only one of several keys is none of the target's: say {@link #abandoned} then.
     */
    public void failed(GatewayError error) {
        target.failed(this, error);
    }

    /**
     * A whole answer is here, which has no first token: its time counts in what targets are compared by, never as a slow first token.
     *
     * @param nanosSinceSent since the request was sent
     */
    public void wholeAnswer(long nanosSinceSent) {
        target.wholeAnswer(this, nanosSinceSent);
    }

    /**
     * A rival had its first token before this one: so this one's would have come later.
     *
     * @param nanosSinceSent since the request was sent
     */
    public void overtaken(long nanosSinceSent) {
        target.overtaken(this, nanosSinceSent);
    }

    /** The attempt was given up for reasons that say nothing about the target, such as a race lost or a client gone. */
    public void abandoned() {
        target.abandoned(this);
    }
}
