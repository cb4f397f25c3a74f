// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/** When two sides of a cluster meet, an answer goes before a claim; of two alike the one holds that is there. */
final class MergeCalls
        implements SplitBrainMergePolicy<NamedCall, MergingValue<NamedCall>, Object>, IdentifiedDataSerializable {

    @Override
    public @Nullable Object merge(MergingValue<NamedCall> merging, @Nullable MergingValue<NamedCall> existing) {
        NamedCall brought = merging.getDeserializedValue();
        NamedCall there = existing == null ? null : existing.getDeserializedValue();
        if (brought == null || there == null) {
            return brought == null ? there : brought;
        }
        return there.answer() == null && brought.answer() != null ? brought : there;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.MERGE_CALLS;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // Nothing to say.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // Nothing was said.
    }
}
