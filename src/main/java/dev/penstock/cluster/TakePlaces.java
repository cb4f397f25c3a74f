// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives back places of a counter of concurrency and takes others. Runs on the node that owns the entry, and answers as {@link
 * TakeLease} does. What the owner says that it holds is believed.
 *
 * <p>While the cluster is short, the larger side has all places and each other side its share: what a dead node held is free for
 * the others within seconds, and the price of that is that a side which is alive and cut off may hold places of its own.
 */
final class TakePlaces
        implements EntryProcessor<String, Places, long[]>, IdentifiedDataSerializable, HazelcastInstanceAware {

    private static final long serialVersionUID = 1;

    private String owner;
    private String node;
    private long limit;
    private long take;
    private long giveBack;
    private long held;
    private int present;
    private int full;
    private transient @Nullable HazelcastInstance here;
    private transient @Nullable Keep<Places> copy;

    /**
     * @param node the asking node, with which the owner ends
     * @param muster as the asking node sees it
     */
    TakePlaces(String owner, String node, long limit, long take, long giveBack, long held, Muster muster) {
        this.owner = owner;
        this.node = node;
        this.limit = limit;
        this.take = take;
        this.giveBack = giveBack;
        this.held = held;
        this.present = muster.present();
        this.full = muster.full();
    }

    /** To be filled by {@link #readData}. */
    TakePlaces() {
        this("", "", 0, 0, 0, 0, Muster.WHOLE);
    }

    @Override
    @SuppressWarnings("NullAway") // Nothing is what removes an entry.
    public long[] process(Map.Entry<String, Places> entry) {
        Strength strength =
                here == null ? null : (Strength) here.getUserContext().get(Strength.KEY);
        if (strength == null) {
            // The node is only just starting, and nobody is known to be gone.
            return new long[] {TakeLease.UNKNOWN, 0};
        }
        Places known = entry.getValue();
        long now = strength.millis();
        Places living = (known == null ? Places.NONE : known).living(strength::isGone, now);
        long free = places(new Muster(present, full).stricter(strength.muster())) - living.heldByOthers(owner);
        long own = Math.max(0, held - giveBack);
        long granted = Math.max(0, Math.min(take, free - own));
        Places result = living.with(owner, node, own + granted, now);
        Places kept = result.empty() ? null : result;
        copy = new Keep<>(kept, Places.LAPSE_MILLIS);
        copy.process(entry);
        return new long[] {granted, Math.max(0, free - own - granted)};
    }

    private long places(Muster muster) {
        return muster.majority() ? limit : muster.share(limit);
    }

    @Override
    public @Nullable EntryProcessor<String, Places, long[]> getBackupProcessor() {
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
        return ClusterTypes.TAKE_PLACES;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeString(owner);
        out.writeString(node);
        out.writeLong(limit);
        out.writeLong(take);
        out.writeLong(giveBack);
        out.writeLong(held);
        out.writeInt(present);
        out.writeInt(full);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        owner = text(in.readString());
        node = text(in.readString());
        limit = in.readLong();
        take = in.readLong();
        giveBack = in.readLong();
        held = in.readLong();
        present = in.readInt();
        full = in.readInt();
    }

    private static String text(@Nullable String read) {
        return read == null ? "" : read;
    }
}
