// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import org.jspecify.annotations.Nullable;

/** The numbers by which our own types are known to other nodes. A number once given keeps its meaning. */
final class ClusterTypes implements DataSerializableFactory {

    static final int FACTORY = 7_301;
    static final int TAKE_PROBE = 1;

    @Override
    public @Nullable IdentifiedDataSerializable create(int type) {
        return type == TAKE_PROBE ? new TakeProbe() : null;
    }
}
