// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

/**
 * Bytes of request bodies that one event loop holds at the same time. Counted by what is allocated, not by what clients
 * announce, so that empty promises of large bodies do not lock others out. Used on its loop only, so it needs no lock.
 */
public final class BodyBudget {

    private final long limit;
    private long held;

    public BodyBudget(long limitBytes) {
        if (limitBytes < 1) {
            throw new IllegalArgumentException("a body budget needs at least one byte: " + limitBytes);
        }
        this.limit = limitBytes;
    }

    /** Bytes held now. */
    public long held() {
        return held;
    }

    boolean tryTake(long bytes) {
        if (bytes > limit - held) {
            return false;
        }
        held += bytes;
        return true;
    }

    /** Gives back what a body took: its length, once, at settlement. */
    public void release(long bytes) {
        if (bytes < 0 || bytes > held) {
            throw new IllegalStateException("released " + bytes + " of " + held + " held bytes");
        }
        held -= bytes;
    }
}
