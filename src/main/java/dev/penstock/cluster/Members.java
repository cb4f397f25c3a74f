// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Who is there, kept up by Hazelcast's own thread so that nobody has to ask, and which configuration each of them has, which
 * nodes tell each other in a map that all of them hold.
 */
final class Members implements MembershipListener, LifecycleListener {

    private static final Logger LOG = LogManager.getLogger(Members.class);

    private final HazelcastInstance hazelcast;
    private final String self;
    private final Executor worker;
    private final ReplicatedMap<String, String> versions;
    private volatile List<Member> present = List.of();
    private volatile boolean running = true;
    private volatile String ownVersion = "";

    Members(HazelcastInstance hazelcast, String self, Executor worker) {
        this.hazelcast = hazelcast;
        this.self = self;
        this.worker = worker;
        this.versions = hazelcast.getReplicatedMap(HazelcastSettings.VERSIONS);
        hazelcast.getCluster().addMembershipListener(this);
        hazelcast.getLifecycleService().addLifecycleListener(this);
        look();
    }

    Standing standing() {
        if (!running) {
            return Standing.DOWN;
        }
        return present.size() > 1 ? Standing.JOINED : Standing.ALONE;
    }

    int size() {
        return running ? present.size() : 1;
    }

    /** Tells all nodes which configuration this one has. */
    void tell(String version) {
        ownVersion = version;
        worker.execute(() -> versions.put(self, version));
    }

    /** This node alone when the cluster has ended. Reads maps: not for event loops. */
    List<ClusterMember> list() {
        boolean all = running;
        return present.stream()
                .filter(member -> all || name(member).equals(self))
                .map(this::describe)
                .toList();
    }

    private ClusterMember describe(Member member) {
        String node = name(member);
        boolean own = node.equals(self);
        return new ClusterMember(
                node,
                HazelcastSettings.authority(member.getSocketAddress()),
                since(member),
                own,
                own ? ownVersion : version(node));
    }

    private String version(String node) {
        try {
            return Objects.requireNonNullElse(versions.get(node), "");
        } catch (RuntimeException e) {
            // A stranger's value, or a cluster that has just ended: nothing is known of the node.
            return "";
        }
    }

    /** Its name in the cluster. */
    static String name(Member member) {
        String name = member.getAttribute(HazelcastSettings.NODE);
        return name == null ? member.getUuid().toString() : name;
    }

    private static Instant since(Member member) {
        try {
            String millis = member.getAttribute(HazelcastSettings.SINCE);
            return millis == null ? Instant.EPOCH : Instant.ofEpochMilli(Long.parseLong(millis));
        } catch (NumberFormatException e) {
            return Instant.EPOCH;
        }
    }

    private void look() {
        present = List.copyOf(hazelcast.getCluster().getMembers());
    }

    @Override
    public void memberAdded(MembershipEvent event) {
        present = List.copyOf(event.getMembers());
        LOG.info("cluster: {} joined, {} members", name(event.getMember()), present.size());
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
        present = List.copyOf(event.getMembers());
        String node = name(event.getMember());
        LOG.info("cluster: {} left, {} members", node, present.size());
        worker.execute(() -> versions.remove(node));
    }

    @Override
    public void stateChanged(LifecycleEvent event) {
        LifecycleState state = event.getState();
        if (state == LifecycleState.MERGED) {
            look();
            LOG.info("cluster: two halves met again, {} members", present.size());
            worker.execute(() -> versions.put(self, ownVersion));
        } else if (state == LifecycleState.SHUTDOWN) {
            running = false;
        }
    }
}
