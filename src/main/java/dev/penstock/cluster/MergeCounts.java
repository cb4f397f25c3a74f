// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/** What two sides of a cluster took apart is added up when they meet, so that nothing that was taken twice is free again. */
final class MergeCounts
        implements SplitBrainMergePolicy<LeaseCount, MergingValue<LeaseCount>, Object>, IdentifiedDataSerializable {

    @Override
    public @Nullable Object merge(MergingValue<LeaseCount> merging, @Nullable MergingValue<LeaseCount> existing) {
        LeaseCount brought = merging.getDeserializedValue();
        LeaseCount there = existing == null ? null : existing.getDeserializedValue();
        if (brought == null || there == null) {
            return brought == null ? there : brought;
        }
        return LeaseCount.together(there, brought);
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.MERGE_COUNTS;
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
