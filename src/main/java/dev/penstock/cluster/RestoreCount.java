// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

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
 * Tells a counter what a node remembers of it from before a restart. The larger number holds, so that it does not matter how many tell it,
 * in which order, and whether some nodes were there all the time. Runs on the node that owns the entry.
 */
final class RestoreCount implements EntryProcessor<String, LeaseCount, long[]>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private long window;
    private long used;
    private long keepMillis;
    private transient @Nullable Keep<LeaseCount> copy;

    /** @param keepMillis how long the entry is kept from now; 0 for ever */
    RestoreCount(long window, long used, long keepMillis) {
        this.window = window;
        this.used = used;
        this.keepMillis = keepMillis;
    }

    /** To be filled by {@link #readData}. */
    RestoreCount() {
        this(0, 0, 0);
    }

    @Override
    public long[] process(Map.Entry<String, LeaseCount> entry) {
        LeaseCount known = entry.getValue();
        if (known == null || known.window() <= window) {
            LeaseCount result = LeaseCount.atLeast(known, window, used);
            ((ExtendedMapEntry<String, LeaseCount>) entry).setValue(result, keepMillis, TimeUnit.MILLISECONDS);
            copy = new Keep<>(result, keepMillis);
        }
        return new long[0];
    }

    @Override
    public @Nullable EntryProcessor<String, LeaseCount, long[]> getBackupProcessor() {
        return copy;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.RESTORE_COUNT;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(window);
        out.writeLong(used);
        out.writeLong(keepMillis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        window = in.readLong();
        used = in.readLong();
        keepMillis = in.readLong();
    }
}
