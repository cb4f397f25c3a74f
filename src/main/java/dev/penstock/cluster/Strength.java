// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.replicatedmap.ReplicatedMap;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether this node sees all of the cluster. A node that has gone without a word may have died, or it may live on the other side of
 * a broken network and count on; nobody can tell the two apart. So the cluster is short from then on, until as many are there
 * again as were before and what they counted apart has been put together, or until {@link #MEMORY} has passed, after which those
 * who are missing are taken for dead. A node that takes leave is not missed.
 */
final class Strength implements MembershipListener {

    /** For how long a node that has gone without a word may be alive elsewhere. */
    static final Duration MEMORY = Duration.ofMinutes(5);
    /** When all are there again: two sides that met need that long to put their counts together. */
    static final Duration SETTLING = Duration.ofSeconds(10);
    /** Where what runs on this node for others finds it. */
    static final String KEY = "penstock.strength";

    private static final Duration FAREWELL = Duration.ofMinutes(2);
    private static final int MOST_GONE = 1_000;

    private final Ticker ticker;
    private final Set<String> gone = new LinkedHashSet<>();
    private volatile IntSupplier members = () -> Integer.MAX_VALUE;
    private volatile @Nullable ReplicatedMap<String, Boolean> leaving;
    private int size = 1;
    private int full = 1;
    private int fewest = 1;
    private long shortSince;
    private long wholeSince;

    Strength(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Begins to watch. */
    void watch(HazelcastInstance hazelcast) {
        leaving = hazelcast.getReplicatedMap(HazelcastSettings.LEAVING);
        hazelcast.getCluster().addMembershipListener(this);
        hazelcast.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.MERGED) {
                present(names(hazelcast.getCluster().getMembers()));
            }
        });
        present(names(hazelcast.getCluster().getMembers()));
        members = () -> hazelcast.getCluster().getMembers().size();
    }

    /** Tells the others that this node goes of its own will. Waits for another node: not for event loops. */
    void farewell(String self) {
        ReplicatedMap<String, Boolean> farewells = leaving;
        if (farewells != null) {
            farewells.put(self, true, FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void memberAdded(MembershipEvent event) {
        present(names(event.getMembers()));
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
        String node = Members.name(event.getMember());
        left(node, hasTakenLeave(node), event.getMembers().size());
    }

    private boolean hasTakenLeave(String node) {
        ReplicatedMap<String, Boolean> farewells = leaving;
        // Every node has the whole map: nobody is asked.
        return farewells != null && farewells.containsKey(node);
    }

    private static Set<String> names(Set<Member> members) {
        return members.stream().map(Members::name).collect(Collectors.toSet());
    }

    /** These are there now. */
    synchronized void present(Set<String> nodes) {
        gone.removeAll(nodes);
        counted(nodes.size());
    }

    /** One has gone, and so many are left. */
    synchronized void left(String node, boolean afterFarewell, int remaining) {
        gone.add(node);
        if (gone.size() > MOST_GONE) {
            gone.remove(gone.iterator().next());
        }
        if (afterFarewell) {
            endWhatIsOver();
            full = Math.max(1, full - 1);
        }
        counted(remaining);
    }

    private void counted(int now) {
        endWhatIsOver();
        boolean whole = fewest >= full;
        boolean all = size >= full;
        size = now;
        if (size >= full) {
            full = size;
            fewest = whole ? size : fewest;
            wholeSince = all ? wholeSince : ticker.nanos();
        } else {
            fewest = whole ? size : Math.min(fewest, size);
            shortSince = ticker.nanos();
        }
    }

    /**
     * What this side may count on. From memory; any thread. Hazelcast tells us of a loss a moment after it hands over what the lost node
     * had, so its own list is asked as well.
     */
    Muster muster() {
        return muster(members.getAsInt());
    }

    private synchronized Muster muster(int listed) {
        endWhatIsOver();
        return new Muster(Math.min(fewest, Math.max(1, listed)), full);
    }

    private void endWhatIsOver() {
        if (fewest >= full) {
            return;
        }
        long now = ticker.nanos();
        boolean over = size >= full ? now - wholeSince >= SETTLING.toNanos() : now - shortSince >= MEMORY.toNanos();
        if (over) {
            full = size;
            fewest = size;
        }
    }

    /** Whether that node has been here and is no more. */
    synchronized boolean isGone(String node) {
        return gone.contains(node);
    }

    /** Wall clock, for what lapses wherever an entry moves to. */
    long millis() {
        return ticker.now().toEpochMilli();
    }
}
