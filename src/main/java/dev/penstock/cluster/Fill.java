// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.replicatedmap.impl.ReplicatedMapService;
import com.hazelcast.replicatedmap.impl.operation.RequestMapDataOperation;
import com.hazelcast.replicatedmap.impl.record.ReplicatedRecordStore;
import com.hazelcast.spi.impl.NodeEngine;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;

/**
 * A new node's copy of what all nodes hold. Hazelcast offers to wait for it as well, but looks whether it is there once a second, one map after
 * the other; it comes within milliseconds, and no call is answered before. So this looks at the same marks more often. What does not come at
 * all, because a node dies as it is asked, is asked for again, as Hazelcast would; and once in half a minute it levels all copies by itself.
 */
final class Fill {

    private static final long LOOK_NANOS = 3_000_000;
    private static final int ASK_AGAIN = 300;
    private static final int MOST_LOOKS = 3_000;

    private Fill() {}

    /**
     * Waits until this node has that map whole, for some ten seconds at most; returns at once where nobody is there to have it from. Not for
     * event loops.
     *
     * @throws IllegalStateException when it did not come
     */
    static void await(HazelcastInstance hazelcast, String map) {
        hazelcast.getReplicatedMap(map);
        NodeEngine engine =
                ((HazelcastInstanceProxy) hazelcast).getOriginal().node.getNodeEngine();
        ReplicatedMapService service = engine.getService(ReplicatedMapService.SERVICE_NAME);
        BitSet missing = new BitSet();
        missing.set(0, engine.getPartitionService().getPartitionCount());
        for (int look = 1; engine.isRunning() && engine.getClusterService().getSize() > 1; look++) {
            missing.stream().filter(part -> isThere(service, map, part)).forEach(missing::clear);
            if (missing.isEmpty()) {
                return;
            }
            if (look > MOST_LOOKS) {
                throw new IllegalStateException("the copy of " + map + " did not come");
            }
            if (look % ASK_AGAIN == ASK_AGAIN / 10) {
                missing.stream().forEach(part -> ask(engine, map, part));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static boolean isThere(ReplicatedMapService service, String map, int part) {
        ReplicatedRecordStore store = service.getReplicatedRecordStore(map, false, part);
        return store != null && store.isLoaded();
    }

    /** Whoever owns the part answers by sending it. */
    @SuppressWarnings("FutureReturnValueIgnored") // what has come of it is seen at the next look
    private static void ask(NodeEngine engine, String map, int part) {
        engine.getOperationService()
                .createInvocationBuilder(ReplicatedMapService.SERVICE_NAME, new RequestMapDataOperation(map), part)
                .setTryCount(ReplicatedMapService.INVOCATION_TRY_COUNT)
                .invoke();
    }
}
