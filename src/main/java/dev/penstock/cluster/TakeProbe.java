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

/**
 * Takes the right to probe a breaker where nobody has it, and says whether the asking node has it now. Runs on the node that
 * owns the entry. It is told apart by two numbers instead of a class name, so that nodes of different versions understand it.
 */
final class TakeProbe implements EntryProcessor<String, String, Boolean>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private String node;
    private long spanMillis;

    TakeProbe(String node, long spanMillis) {
        this.node = node;
        this.spanMillis = spanMillis;
    }

    /** To be filled by {@link #readData}. */
    TakeProbe() {
        this("", 0);
    }

    @Override
    public Boolean process(Map.Entry<String, String> entry) {
        String holder = entry.getValue();
        if (holder != null && !holder.equals(node)) {
            return false;
        }
        // The holder asks for a new round of probes: its time begins anew.
        ((ExtendedMapEntry<String, String>) entry).setValue(node, spanMillis, TimeUnit.MILLISECONDS);
        return true;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.TAKE_PROBE;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeString(node);
        out.writeLong(spanMillis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        String asking = in.readString();
        node = asking == null ? "" : asking;
        spanMillis = in.readLong();
    }
}
