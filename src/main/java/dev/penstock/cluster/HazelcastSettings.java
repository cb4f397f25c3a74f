// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.InterfacesConfig;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.ReplicatedMapConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.instance.ProtocolType;
import com.hazelcast.spi.merge.LatestUpdateMergePolicy;
import com.hazelcast.spi.merge.PassThroughMergePolicy;
import com.hazelcast.spi.merge.PutIfAbsentMergePolicy;
import dev.penstock.config.ClusterConfig;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Hazelcast as we want it, in code, so that no file and no default of its own decides: members only, on one address, with short
 * heartbeats, nothing that calls home, and nothing of Java's serialization but what its own errors need.
 */
final class HazelcastSettings {

    /** Which breakers are open, by node and breaker; on every node, for those who come late. */
    static final String BREAKERS = "penstock.breakers";
    /** The last flip of each switch, by object; on every node, for those who come late. */
    static final String SWITCHES = "penstock.switches";

    static final String KEYS = "penstock.keys";
    /** The newest head of each audit, by chain; on every node. */
    static final String AUDIT_HEADS = "penstock.audit-heads";
    /** Which configuration a node has, by node; on every node. */
    static final String VERSIONS = "penstock.config-versions";
    /** Who may probe a breaker. */
    static final String PROBES = "penstock.probes";
    /** What was taken of limits, by counter. */
    static final String LEASES = "penstock.leases";
    /** Who holds places of limits of concurrency, by counter. */
    static final String PLACES = "penstock.places";
    /** Calls that clients gave a name to, by a hash of whose it is and of the name. */
    static final String NAMED_CALLS = "penstock.named-calls";
    /** Which nodes go of their own will; on every node. */
    static final String LEAVING = "penstock.leaving";

    /** The name by which a Vert.x node is found among the members. */
    static final String VERTX_ID = "__vertx.nodeId";

    static final String NODE = "penstock.node";
    static final String SINCE = "penstock.since";

    /**
     * How soon things are noticed. All in whole seconds, because Hazelcast counts in them.
     *
     * @param silence a node that says nothing for so long is gone; beats come every second
     * @param merge two halves of a cluster look for each other so often
     */
    record Pace(Duration silence, Duration merge) {
        static final Pace PRODUCT = new Pace(Duration.ofSeconds(8), Duration.ofSeconds(5));
    }

    private static final int MOST_PROBES = 10_000;
    /** A node keeps so many counters of each kind; beyond that those are forgotten that nobody has asked for the longest. */
    private static final int MOST_COUNTERS = 200_000;
    /** Of the heap of each node, for kept answers and copies of others'. */
    private static final int ANSWERS_HEAP_PERCENT = 6;

    private final ClusterConfig cluster;
    private final InetAddress address;
    private final Pace pace;
    private final NamedMembers.Resolver resolver;

    HazelcastSettings(ClusterConfig cluster, InetAddress address, Pace pace, NamedMembers.Resolver resolver) {
        this.cluster = cluster;
        this.address = address;
        this.pace = pace;
        this.resolver = resolver;
    }

    Config config() {
        Config config = new Config();
        config.setClusterName(cluster.name());
        config.setProperty("hazelcast.logging.type", "log4j2");
        speakToMembersOnly(config);
        detectQuickly(config);
        keepStill(config);
        useFewThreads(config);
        config.getSerializationConfig()
                .setJavaSerializationFilterConfig(allowList())
                .addDataSerializableFactory(ClusterTypes.FACTORY, new ClusterTypes());
        describeMaps(config);
        return config;
    }

    private void speakToMembersOnly(Config config) {
        InterfacesConfig interfaces = new InterfacesConfig().setEnabled(true).addInterface(LocalAddress.plain(address));
        ServerSocketEndpointConfig members = new ServerSocketEndpointConfig()
                .setName("members")
                .setProtocolType(ProtocolType.MEMBER)
                .setPort(cluster.port())
                .setPortAutoIncrement(false)
                .setReuseAddress(true)
                .setInterfaces(interfaces);
        if (cluster.publicAddress() != null) {
            members.setPublicAddress(authority(cluster.publicAddress()));
        }
        members.setSocketConnectTimeoutSeconds(2).setSocketKeepAlive(true);
        // Endpoints of their own, of which there is one: with the plain network settings, clients would share the
        // members' port.
        AdvancedNetworkConfig network = config.getAdvancedNetworkConfig();
        network.setEnabled(true).setMemberEndpointConfig(members);
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        find(network.getJoin(), config);
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.socket.server.bind.any", "false");
        config.setProperty("hazelcast.socket.client.bind.any", "false");
        config.setProperty("hazelcast.prefer.ipv4.stack", Boolean.toString(!(address instanceof Inet6Address)));
    }

    private void find(JoinConfig join, Config config) {
        join.getMulticastConfig().setEnabled(false);
        switch (cluster.discovery()) {
            case TCP -> {
                TcpIpConfig tcp = join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(2);
                cluster.members().forEach(member -> tcp.addMember(authority(member)));
            }
            case KUBERNETES, DNS -> {
                config.setProperty("hazelcast.discovery.enabled", "true");
                join.getDiscoveryConfig()
                        .addDiscoveryStrategyConfig(new DiscoveryStrategyConfig(
                                new NamedMembers(cluster.service(), cluster.port(), resolver)));
            }
            case MULTICAST -> join.getMulticastConfig().setEnabled(true);
        }
    }

    private void detectQuickly(Config config) {
        config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
        config.setProperty("hazelcast.max.no.heartbeat.seconds", seconds(pace.silence()));
        // A broken connection is tried again with each beat; at the second refusal the node is gone.
        config.setProperty("hazelcast.connection.monitor.max.faults", "1");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.max.join.seconds", seconds(cluster.joinTimeout()));
        config.setProperty("hazelcast.mastership.claim.timeout.seconds", "10");
        config.setProperty("hazelcast.member.list.publish.interval.seconds", "5");
        config.setProperty("hazelcast.operation.call.timeout.millis", "5000");
        // What meets a partition on its way elsewhere, or a node that has just gone, is tried again; the default pause
        // is half a second.
        config.setProperty("hazelcast.invocation.retry.pause.millis", "50");
        // The defaults are minutes.
        config.setProperty("hazelcast.merge.first.run.delay.seconds", seconds(pace.merge()));
        config.setProperty("hazelcast.merge.next.run.delay.seconds", seconds(pace.merge()));
        config.setProperty("hazelcast.graceful.shutdown.max.wait", "5");
    }

    private static String seconds(Duration span) {
        return Long.toString(span.toSeconds());
    }

    private static void keepStill(Config config) {
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.health.monitoring.level", "OFF");
        config.setProperty("hazelcast.jmx", "false");
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getManagementCenterConfig().setScriptingEnabled(false).setConsoleEnabled(false);
    }

    /** What it does here is little, and the event loops want the cores. */
    private static void useFewThreads(Config config) {
        config.setProperty("hazelcast.io.thread.count", "1");
        config.setProperty("hazelcast.event.thread.count", "1");
        config.setProperty("hazelcast.operation.thread.count", "2");
        config.setProperty("hazelcast.operation.generic.thread.count", "2");
        config.setProperty("hazelcast.operation.response.thread.count", "1");
    }

    /** Our own data are texts, bytes and numbered types; the rest is what an error of a member is made of. */
    private static JavaSerializationFilterConfig allowList() {
        ClassFilter allowed = new ClassFilter()
                .addPrefixes("com.hazelcast.")
                .addPackages("java.lang")
                .addClasses(
                        "java.io.EOFException",
                        "java.io.IOException",
                        "java.net.UnknownHostException",
                        "java.util.ArrayList",
                        "java.util.Collections$EmptyList",
                        "java.util.Collections$UnmodifiableList",
                        "java.util.Collections$UnmodifiableCollection",
                        "java.util.UUID",
                        "java.util.concurrent.CancellationException",
                        "java.util.concurrent.CompletionException",
                        "java.util.concurrent.ExecutionException",
                        "java.util.concurrent.RejectedExecutionException",
                        "java.util.concurrent.TimeoutException",
                        "[B",
                        "[Ljava.lang.StackTraceElement;",
                        "[Ljava.lang.Throwable;",
                        "[Ljava.lang.String;",
                        "[Ljava.lang.Object;");
        return new JavaSerializationFilterConfig().setDefaultsDisabled(true).setWhitelist(allowed);
    }

    /** When two halves meet again, the newer word about a breaker or a node holds; who may probe is whoever has it already. */
    private static void describeMaps(Config config) {
        config.addReplicatedMapConfig(replicated(BREAKERS));
        config.addReplicatedMapConfig(replicated(SWITCHES));
        config.addReplicatedMapConfig(replicated(KEYS));
        config.addReplicatedMapConfig(replicated(AUDIT_HEADS));
        config.addReplicatedMapConfig(replicated(VERSIONS));
        config.addMapConfig(new MapConfig(PROBES)
                .setBackupCount(1)
                .setStatisticsEnabled(false)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)
                        .setMaxSizePolicy(MaxSizePolicy.PER_NODE)
                        .setSize(MOST_PROBES))
                .setMergePolicyConfig(merge(PutIfAbsentMergePolicy.class)));
        config.addReplicatedMapConfig(replicated(LEAVING));
        config.addMapConfig(counters(LEASES).setMergePolicyConfig(merge(MergeCounts.class)));
        config.addMapConfig(counters(PLACES).setMergePolicyConfig(merge(MergePlaces.class)));
        config.addMapConfig(answers());
        // What Vert.x keeps: who listens to which address of the bus, and where that is.
        config.addMultiMapConfig(new MultiMapConfig()
                .setName("__vertx.subs")
                .setBackupCount(1)
                .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        config.addMapConfig(new MapConfig("__vertx.nodeInfo")
                .setBackupCount(1)
                .setMergePolicyConfig(merge(PassThroughMergePolicy.class)));
    }

    /** As objects, because what reads and writes them runs where they are. */
    private static MapConfig counters(String name) {
        return new MapConfig(name)
                .setInMemoryFormat(InMemoryFormat.OBJECT)
                .setBackupCount(LeaseCount.COPIES - 1)
                .setStatisticsEnabled(false)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)
                        .setMaxSizePolicy(MaxSizePolicy.PER_NODE)
                        .setSize(MOST_COUNTERS));
    }

    /** As bytes, whose sum Hazelcast knows; those go first that nobody has asked for the longest, and a claim is young. */
    private static MapConfig answers() {
        return new MapConfig(NAMED_CALLS)
                .setInMemoryFormat(InMemoryFormat.BINARY)
                .setBackupCount(1)
                .setStatisticsEnabled(false)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)
                        .setMaxSizePolicy(MaxSizePolicy.USED_HEAP_PERCENTAGE)
                        .setSize(ANSWERS_HEAP_PERCENT))
                .setMergePolicyConfig(merge(MergeCalls.class));
    }

    private static ReplicatedMapConfig replicated(String name) {
        return new ReplicatedMapConfig(name)
                .setInMemoryFormat(InMemoryFormat.BINARY)
                // A node that comes late waits itself for what it should know: see Fill.
                .setAsyncFillup(true)
                .setStatisticsEnabled(false)
                .setMergePolicyConfig(merge(LatestUpdateMergePolicy.class));
    }

    private static MergePolicyConfig merge(Class<?> policy) {
        return new MergePolicyConfig().setPolicy(policy.getName());
    }

    static String authority(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
