// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import org.jspecify.annotations.Nullable;

/** The numbers by which our own types are known to other nodes. A number once given keeps its meaning. */
final class ClusterTypes implements DataSerializableFactory {

    static final int FACTORY = 7_301;
    static final int TAKE_PROBE = 1;
    static final int TAKE_LEASE = 2;
    static final int TAKE_PLACES = 3;
    static final int LEASE_COUNT = 4;
    static final int PLACES = 5;
    static final int KEEP = 6;
    static final int MERGE_COUNTS = 7;
    static final int MERGE_PLACES = 8;
    static final int NAMED_CALL = 9;
    static final int SETTLE_CALL = 10;
    static final int MERGE_CALLS = 11;
    static final int RESTORE_COUNT = 12;

    @Override
    public @Nullable IdentifiedDataSerializable create(int type) {
        return switch (type) {
            case TAKE_PROBE -> new TakeProbe();
            case TAKE_LEASE -> new TakeLease();
            case TAKE_PLACES -> new TakePlaces();
            case LEASE_COUNT -> new LeaseCount();
            case PLACES -> new Places();
            case KEEP -> new Keep<>();
            case MERGE_COUNTS -> new MergeCounts();
            case MERGE_PLACES -> new MergePlaces();
            case NAMED_CALL -> new NamedCall();
            case SETTLE_CALL -> new SettleCall();
            case MERGE_CALLS -> new MergeCalls();
            case RESTORE_COUNT -> new RestoreCount();
            default -> null;
        };
    }
}
