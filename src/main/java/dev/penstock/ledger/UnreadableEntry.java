// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

/** Bytes of an entry that this program cannot read. The message names no content. */
public final class UnreadableEntry extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean newer;

    private UnreadableEntry(String message, boolean newer) {
        super(message);
        this.newer = newer;
    }

    static UnreadableEntry malformed(String why) {
        return new UnreadableEntry("the entry is malformed: " + why, false);
    }

    static UnreadableEntry newer(String what) {
        return new UnreadableEntry("a newer Penstock wrote this, with " + what + " that this one does not know", true);
    }

    /** Whether a newer program can read it, so that it must not be given up. */
    boolean isNewer() {
        return newer;
    }
}
