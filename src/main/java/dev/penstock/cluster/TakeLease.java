// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives back to a counter and takes from it. Runs on the node that owns the entry, and answers what was granted and what is left;
 * a grant below zero says that nobody knows what was taken. Of the asking node's view of the cluster and the owner's, the one that
 * misses more counts. The copy gets what came of it and does not decide for itself.
 */
final class TakeLease
        implements EntryProcessor<String, LeaseCount, long[]>, IdentifiedDataSerializable, HazelcastInstanceAware {

    static final long UNKNOWN = -1;

    private static final long serialVersionUID = 1;

    private long window;
    private long limit;
    private long take;
    private long giveBack;
    private long keepMillis;
    private int present;
    private int full;
    private transient @Nullable HazelcastInstance here;
    private transient @Nullable Keep<LeaseCount> copy;

    /**
     * @param keepMillis how long the entry is kept from now; 0 for ever
     * @param muster as the asking node sees it
     */
    TakeLease(long window, long limit, long take, long giveBack, long keepMillis, Muster muster) {
        this.window = window;
        this.limit = limit;
        this.take = take;
        this.giveBack = giveBack;
        this.keepMillis = keepMillis;
        this.present = muster.present();
        this.full = muster.full();
    }

    /** To be filled by {@link #readData}. */
    TakeLease() {
        this(0, 0, 0, 0, 0, Muster.WHOLE);
    }

    @Override
    public long[] process(Map.Entry<String, LeaseCount> entry) {
        LeaseCount count = LeaseCount.at(entry.getValue(), window, limit, muster());
        if (count == null) {
            return new long[] {0, 0};
        }
        LeaseCount returned = count.afterReturn(giveBack);
        long granted = Math.min(take, returned.left(limit));
        LeaseCount result = returned.afterTaking(granted);
        ((ExtendedMapEntry<String, LeaseCount>) entry).setValue(result, keepMillis, TimeUnit.MILLISECONDS);
        copy = new Keep<>(result, keepMillis);
        return new long[] {result.isLost() ? UNKNOWN : granted, result.left(limit)};
    }

    private Muster muster() {
        Muster asking = new Muster(present, full);
        Strength strength =
                here == null ? null : (Strength) here.getUserContext().get(Strength.KEY);
        return strength == null ? asking : asking.stricter(strength.muster());
    }

    @Override
    public @Nullable EntryProcessor<String, LeaseCount, long[]> getBackupProcessor() {
        return copy;
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
        here = instance;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.TAKE_LEASE;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(window);
        out.writeLong(limit);
        out.writeLong(take);
        out.writeLong(giveBack);
        out.writeLong(keepMillis);
        out.writeInt(present);
        out.writeInt(full);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        window = in.readLong();
        limit = in.readLong();
        take = in.readLong();
        giveBack = in.readLong();
        keepMillis = in.readLong();
        present = in.readInt();
        full = in.readInt();
    }
}
