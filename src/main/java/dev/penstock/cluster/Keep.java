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

/** Brings what was decided on one node to the node that has the copy, which may see the cluster and the clock differently. */
final class Keep<V> implements EntryProcessor<String, V, long[]>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    // Not for Java's own serialization, which is not used.
    private transient @Nullable V value;
    private long keepMillis;

    /**
     * @param value null: the entry is not needed any more
     * @param keepMillis how long the entry is kept from now; 0 for ever
     */
    Keep(@Nullable V value, long keepMillis) {
        this.value = value;
        this.keepMillis = keepMillis;
    }

    /** To be filled by {@link #readData}. */
    Keep() {
        this(null, 0);
    }

    @Override
    @SuppressWarnings("NullAway") // Nothing is what removes an entry, and what nobody reads as an answer.
    public long[] process(Map.Entry<String, V> entry) {
        if (value == null) {
            entry.setValue(null);
        } else {
            ((ExtendedMapEntry<String, V>) entry).setValue(value, keepMillis, TimeUnit.MILLISECONDS);
        }
        return null;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.KEEP;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeObject(value);
        out.writeLong(keepMillis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        value = in.readObject();
        keepMillis = in.readLong();
    }
}
