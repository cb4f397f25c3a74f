// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What has been taken of one window, and, while the cluster is short, what was taken before and how far this side may go. It never
 * changes once it is made.
 *
 * <p>The sides of a cluster that fell apart share what was left when it did, each by its members, so that all together they stay
 * within the limit without a word between them. When they meet again, what each has taken since is added up.
 *
 * <p>An entry that is not there may never have been, or both of its two copies were on nodes that are missing now; the second is
 * possible when two or more are missing. Nothing is granted then of the window that was asked for first: it may be used up. The
 * next one has begun after the loss.
 */
final class LeaseCount implements IdentifiedDataSerializable {

    /** So many copies there are of an entry; one less may be missing. */
    static final int COPIES = 2;

    private long window;
    private long taken;
    /** What was taken when the cluster fell short; means something where {@link #sharers} is not 0. */
    private long base;
    /** How far this side may go. */
    private long cap;
    /** Members of the side for which the cap was made; 0 where the cluster was whole. */
    private int sharers;
    /** Whether nobody knows what was taken. */
    private boolean lost;

    private LeaseCount(long window, long taken, long base, long cap, int sharers, boolean lost) {
        this.window = window;
        this.taken = taken;
        this.base = base;
        this.cap = cap;
        this.sharers = sharers;
        this.lost = lost;
    }

    /** To be filled by {@link #readData}. */
    LeaseCount() {
        this(0, 0, 0, 0, 0, false);
    }

    private static LeaseCount fresh(long window) {
        return new LeaseCount(window, 0, 0, 0, 0, false);
    }

    /** The count for an ask in that window, or null where the window is over. */
    static @Nullable LeaseCount at(@Nullable LeaseCount known, long window, long limit, Muster muster) {
        LeaseCount count;
        if (known == null) {
            count = muster.missing() < COPIES ? fresh(window) : new LeaseCount(window, 0, 0, 0, 0, true);
        } else if (window < known.window) {
            return null;
        } else if (window > known.window) {
            count = fresh(window);
        } else {
            count = known;
        }
        return count.shared(limit, muster);
    }

    /** The count where it is known from elsewhere that at least so much was taken of that window, which is not before the known one. */
    static LeaseCount atLeast(@Nullable LeaseCount known, long window, long taken) {
        LeaseCount count = known == null || known.window < window ? fresh(window) : known;
        return count.afterTaking(Math.max(0, taken - count.taken));
    }

    private LeaseCount shared(long limit, Muster muster) {
        if (muster.whole()) {
            return sharers == 0 && !lost ? this : new LeaseCount(window, taken, 0, 0, 0, false);
        }
        if (sharers == 0) {
            long part = muster.share(Math.max(0, limit - taken));
            return new LeaseCount(window, taken, taken, taken + part, muster.present(), lost);
        }
        if (muster.present() < sharers) {
            // A side that has fallen apart itself: its part is shared again.
            long part = new Muster(muster.present(), sharers).share(Math.max(0, cap - taken));
            return new LeaseCount(window, taken, base, taken + part, muster.present(), lost);
        }
        return this;
    }

    /**
     * With so much less taken. What is returned of the time before the cluster fell short is free on this side, and forgotten when the
     * sides meet: it must not count twice.
     */
    LeaseCount afterReturn(long amount) {
        if (amount == 0) {
            return this;
        }
        long rest = Math.max(0, taken - amount);
        return new LeaseCount(window, rest, Math.min(base, rest), cap, sharers, lost);
    }

    LeaseCount afterTaking(long amount) {
        return amount == 0 ? this : new LeaseCount(window, taken + amount, base, cap, sharers, lost);
    }

    /** What may still be taken here. */
    long left(long limit) {
        long end = sharers == 0 ? limit : Math.min(limit, cap);
        return lost ? 0 : Math.max(0, end - taken);
    }

    long window() {
        return window;
    }

    boolean isLost() {
        return lost;
    }

    long taken() {
        return taken;
    }

    /**
     * What two sides know of a counter, put together. Of what they may go on to take the smaller part is kept, in case it was one part
     * before a side fell apart that had not been asked since.
     */
    static LeaseCount together(LeaseCount one, LeaseCount other) {
        if (one.window != other.window) {
            return one.window > other.window ? one : other;
        }
        long before = Math.max(one.before(), other.before());
        long taken = before + one.since() + other.since();
        long part = Math.min(one.part(), other.part());
        long cap = part == Long.MAX_VALUE ? taken : taken + part;
        return new LeaseCount(one.window, taken, before, cap, one.sharers + other.sharers, one.lost && other.lost);
    }

    private long before() {
        return sharers == 0 ? taken : base;
    }

    private long since() {
        return taken - before();
    }

    private long part() {
        return sharers == 0 || lost ? Long.MAX_VALUE : Math.max(0, cap - taken);
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.LEASE_COUNT;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(window);
        out.writeLong(taken);
        out.writeLong(base);
        out.writeLong(cap);
        out.writeInt(sharers);
        out.writeBoolean(lost);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        window = in.readLong();
        taken = in.readLong();
        base = in.readLong();
        cap = in.readLong();
        sharers = in.readInt();
        lost = in.readBoolean();
    }
}
