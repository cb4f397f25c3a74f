// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who holds how many places of a counter of concurrency. It never changes once it is made. A holder that does not say for
 * {@link #LAPSE_MILLIS} that it still holds loses its part, and so does one whose node has gone.
 */
final class Places implements IdentifiedDataSerializable {

    static final long LAPSE_MILLIS = 30_000;

    static final Places NONE = new Places(Map.of());

    private Map<String, Hold> holds;

    /**
     * @param node the node that asked for the holder
     * @param saidAt wall clock in milliseconds of the node that heard it
     */
    private record Hold(String node, long held, long saidAt) {}

    private Places(Map<String, Hold> holds) {
        this.holds = holds;
    }

    /** To be filled by {@link #readData}. */
    Places() {
        this(Map.of());
    }

    /** Without those who are gone or have not been heard for too long. */
    Places living(Predicate<String> gone, long nowMillis) {
        Map<String, Hold> living = new HashMap<>(holds);
        living.values().removeIf(hold -> nowMillis - hold.saidAt >= LAPSE_MILLIS || gone.test(hold.node));
        return new Places(living);
    }

    /** What others than the owner hold together. */
    long heldByOthers(String owner) {
        long sum = 0;
        for (Map.Entry<String, Hold> each : holds.entrySet()) {
            sum += each.getKey().equals(owner) ? 0 : each.getValue().held;
        }
        return sum;
    }

    /** The owner holds so many now. */
    Places with(String owner, String node, long held, long nowMillis) {
        Map<String, Hold> next = new HashMap<>(holds);
        if (held > 0) {
            next.put(owner, new Hold(node, held, nowMillis));
        } else {
            next.remove(owner);
        }
        return new Places(next);
    }

    boolean empty() {
        return holds.isEmpty();
    }

    /** What two sides know, put together: each owner is asked of again soon, and until then it holds the more. */
    static Places together(Places one, Places other) {
        Map<String, Hold> all = new HashMap<>(one.holds);
        other.holds.forEach((owner, hold) -> all.merge(owner, hold, (a, b) -> a.held >= b.held ? a : b));
        return new Places(all);
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.PLACES;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeInt(holds.size());
        for (Map.Entry<String, Hold> each : holds.entrySet()) {
            out.writeString(each.getKey());
            out.writeString(each.getValue().node);
            out.writeLong(each.getValue().held);
            out.writeLong(each.getValue().saidAt);
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int size = in.readInt();
        Map<String, Hold> read = new HashMap<>();
        for (int i = 0; i < size; i++) {
            read.put(text(in.readString()), new Hold(text(in.readString()), in.readLong(), in.readLong()));
        }
        holds = read;
    }

    private static String text(@Nullable String read) {
        return read == null ? "" : read;
    }
}
