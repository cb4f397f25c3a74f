// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

/**
 * How many nodes there are on this side, against how many there should be.
 *
 * @param present fewest members that this side has had since the cluster fell short
 * @param full members that there were before
 */
record Muster(int present, int full) {

    static final Muster WHOLE = new Muster(1, 1);

    boolean whole() {
        return present >= full;
    }

    int missing() {
        return Math.max(0, full - present);
    }

    /** Only one side can have it; with two equal halves nobody has. */
    boolean majority() {
        return 2 * present > full;
    }

    /**
     * This side's part of something that nobody may have twice: whatever the sides are, their parts are not more than the whole. The
     * larger side's is rounded up.
     */
    long share(long whole) {
        if (whole()) {
            return whole;
        }
        return majority() ? whole - part(whole, full - present) : part(whole, present);
    }

    private long part(long whole, int members) {
        // Not whole * members, which may be too large for a long.
        return whole / full * members + whole % full * members / full;
    }

    /** The one of two nodes that misses more of the others. */
    Muster stricter(Muster other) {
        if (missing() != other.missing()) {
            return missing() > other.missing() ? this : other;
        }
        return present <= other.present ? this : other;
    }
}
