// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Of the places of a counter of concurrency. What the owner says that it holds is believed.
 *
 * <p>While the cluster is short, the larger side has all places and each other side its share: what a dead node held is free for
 * the others within seconds, and the price of that is that a side which is alive and cut off may hold places of its own.
 */
final class TakePlaces extends Taking<Places> {

    private static final long serialVersionUID = 1;

    private String owner;
    private String node;
    private long held;

    /**
     * @param node the asking node, with which the owner ends
     * @param muster as the asking node sees it
     */
    TakePlaces(String owner, String node, long limit, long take, long giveBack, long held, Muster muster) {
        super(limit, take, giveBack, muster);
        this.owner = owner;
        this.node = node;
        this.held = held;
    }

    /** To be filled by {@link #readData}. */
    TakePlaces() {
        this("", "", 0, 0, 0, 0, Muster.WHOLE);
    }

    @Override
    @SuppressWarnings("NullAway") // Nothing is what removes an entry.
    public long[] process(Map.Entry<String, Places> entry) {
        Strength strength = strength();
        if (strength == null) {
            // The node is only just starting, and nobody is known to be gone.
            return new long[] {UNKNOWN, 0};
        }
        Places known = entry.getValue();
        long now = strength.millis();
        Places living = (known == null ? Places.NONE : known).living(strength::isGone, now);
        long free = places(muster(strength)) - living.heldByOthers(owner);
        long own = Math.max(0, held - giveBack());
        long granted = Math.max(0, Math.min(take(), free - own));
        Places result = living.with(owner, node, own + granted, now);
        Keep<Places> kept = new Keep<>(result.empty() ? null : result, Places.LAPSE_MILLIS);
        kept.process(entry);
        copy(kept);
        return new long[] {granted, Math.max(0, free - own - granted)};
    }

    private long places(Muster muster) {
        return muster.majority() ? limit() : muster.share(limit());
    }

    @Override
    public int getClassId() {
        return ClusterTypes.TAKE_PLACES;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        super.writeData(out);
        out.writeString(owner);
        out.writeString(node);
        out.writeLong(held);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        super.readData(in);
        owner = text(in.readString());
        node = text(in.readString());
        held = in.readLong();
    }

    private static String text(@Nullable String read) {
        return read == null ? "" : read;
    }
}
