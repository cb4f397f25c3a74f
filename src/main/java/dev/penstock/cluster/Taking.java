// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Gives back to a counter and takes from it. Runs on the node that owns the entry, and answers what was granted and what is left;
 * a grant of {@link #UNKNOWN} says that nobody knows what was taken. The copy gets what came of it and does not decide for itself.
 *
 * @param <V> what the counter is
 */
abstract class Taking<V>
        implements EntryProcessor<String, V, long[]>, IdentifiedDataSerializable, HazelcastInstanceAware {

    static final long UNKNOWN = -1;

    private static final long serialVersionUID = 1;

    private long limit;
    private long take;
    private long giveBack;
    private int present;
    private int full;
    private transient @Nullable HazelcastInstance here;
    private transient @Nullable Keep<V> copy;

    /** @param muster as the asking node sees it */
    Taking(long limit, long take, long giveBack, Muster muster) {
        this.limit = limit;
        this.take = take;
        this.giveBack = giveBack;
        this.present = muster.present();
        this.full = muster.full();
    }

    long limit() {
        return limit;
    }

    long take() {
        return take;
    }

    long giveBack() {
        return giveBack;
    }

    /** How the owner of the entry sees the cluster; null while it is only just starting. */
    @Nullable
    Strength strength() {
        return here == null ? null : (Strength) here.getUserContext().get(Strength.KEY);
    }

    /** Of the asking node's view of the cluster and the owner's, the one that misses more. */
    Muster muster(@Nullable Strength owner) {
        Muster asking = new Muster(present, full);
        return owner == null ? asking : asking.stricter(owner.muster());
    }

    /** What came of it. */
    void copy(Keep<V> result) {
        copy = result;
    }

    @Override
    public @Nullable EntryProcessor<String, V, long[]> getBackupProcessor() {
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
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(limit);
        out.writeLong(take);
        out.writeLong(giveBack);
        out.writeInt(present);
        out.writeInt(full);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        limit = in.readLong();
        take = in.readLong();
        giveBack = in.readLong();
        present = in.readInt();
        full = in.readInt();
    }
}
