// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Of a counter of what is used up in a window. A third number of the answer says that the window is over, and which has begun. */
final class TakeLease extends Taking<LeaseCount> {

    private static final long serialVersionUID = 1;

    private long window;
    private long keepMillis;

    /**
     * @param keepMillis how long the entry is kept from now; 0 for ever
     * @param muster as the asking node sees it
     */
    TakeLease(long window, long limit, long take, long giveBack, long keepMillis, Muster muster) {
        super(limit, take, giveBack, muster);
        this.window = window;
        this.keepMillis = keepMillis;
    }

    /** To be filled by {@link #readData}. */
    TakeLease() {
        this(0, 0, 0, 0, 0, Muster.WHOLE);
    }

    @Override
    public long[] process(Map.Entry<String, LeaseCount> entry) {
        LeaseCount count = LeaseCount.at(entry.getValue(), window, limit(), muster(strength()));
        if (count == null) {
            return new long[] {0, 0, entry.getValue().window()};
        }
        LeaseCount returned = count.afterReturn(giveBack());
        long granted = Math.min(take(), returned.left(limit()));
        LeaseCount result = returned.afterTaking(granted);
        ((ExtendedMapEntry<String, LeaseCount>) entry).setValue(result, keepMillis, TimeUnit.MILLISECONDS);
        copy(new Keep<>(result, keepMillis));
        return new long[] {result.isLost() ? UNKNOWN : granted, result.left(limit())};
    }

    @Override
    public int getClassId() {
        return ClusterTypes.TAKE_LEASE;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        super.writeData(out);
        out.writeLong(window);
        out.writeLong(keepMillis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        super.readData(in);
        window = in.readLong();
        keepMillis = in.readLong();
    }
}
