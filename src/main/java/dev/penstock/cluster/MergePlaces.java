// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/** When two sides of a cluster meet, all holders of both hold on; each corrects its part with its next question. */
final class MergePlaces
        implements SplitBrainMergePolicy<Places, MergingValue<Places>, Object>, IdentifiedDataSerializable {

    @Override
    public @Nullable Object merge(MergingValue<Places> merging, @Nullable MergingValue<Places> existing) {
        Places brought = merging.getDeserializedValue();
        Places there = existing == null ? null : existing.getDeserializedValue();
        if (brought == null || there == null) {
            return brought == null ? there : brought;
        }
        return Places.together(there, brought);
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.MERGE_PLACES;
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
