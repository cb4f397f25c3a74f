// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import dev.penstock.auth.StoredKey;
import dev.penstock.config.ClusterConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.idempotency.AnswerStore;
import dev.penstock.quota.LeaseStore;
import dev.penstock.resilience.BreakerAnnouncements;
import dev.penstock.resilience.BreakerNotice;
import dev.penstock.switches.SwitchNotice;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * This node as one of a cluster. Joined once, at start; left once, at the end. In between it may find itself alone or cut off,
 * and nothing that it offers waits for that to change.
 *
 * <p>It has two threads of its own: one for what must be in order and never waits, and one for calls that wait for other nodes.
 */
public final class ClusterNode implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(ClusterNode.class);
    private static final int LONGEST_HOST = 64;
    /** For a word to the others at the end, behind what a node that has only just come still asks them. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final ClusterConfig config;
    private final String node;
    private final InetAddress address;
    private final Ticker ticker;
    private final HazelcastInstance hazelcast;
    private final ScheduledThreadPoolExecutor thread;
    private final Calls calls;
    private final Members members;
    private final BreakerBoard board;
    private final SwitchAnnouncements switches;
    private final KeyAnnouncements keys;
    private final HeadAnnouncements heads;
    private final Strength strength;
    private final HazelcastLeases leases;
    private final HazelcastAnswers answers;
    private volatile @Nullable Announcements announcements;

    private ClusterNode(
            ClusterConfig config,
            String node,
            InetAddress address,
            Ticker ticker,
            HazelcastInstance hazelcast,
            Strength strength) {
        this.config = config;
        this.node = node;
        this.address = address;
        this.ticker = ticker;
        this.hazelcast = hazelcast;
        this.thread = new ScheduledThreadPoolExecutor(1, daemon("penstock-cluster"));
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.calls = new Calls(daemon("penstock-cluster-calls"));
        this.members = new Members(hazelcast, node, calls);
        this.board = new BreakerBoard(hazelcast);
        this.strength = strength;
        strength.watch(hazelcast);
        this.leases = new HazelcastLeases(node, strength, hazelcast, thread, ticker);
        this.answers = new HazelcastAnswers(node, hazelcast, thread);
        calls.execute(board::fetch);
        this.switches = new SwitchAnnouncements(hazelcast, members::standing, thread, calls);
        calls.execute(switches::fetch);
        this.keys = new KeyAnnouncements(hazelcast, members::standing, thread, calls);
        calls.execute(keys::fetch);
        this.heads = new HeadAnnouncements(hazelcast, members::standing, thread, calls);
    }

    /**
     * Finds the others and joins them, or is the first. Blocks for at most {@link ClusterConfig#joinTimeout}.
     *
     * @param host name of this machine, the beginning of the node's name
     * @throws ClusterFailed when it cannot listen where it should, or is not admitted in time
     */
    public static ClusterNode join(ClusterConfig config, String host, Ticker ticker) throws ClusterFailed {
        return join(config, host, ticker, HazelcastSettings.Pace.PRODUCT, InetAddress::getAllByName);
    }

    static ClusterNode join(
            ClusterConfig config,
            String host,
            Ticker ticker,
            HazelcastSettings.Pace pace,
            NamedMembers.Resolver resolver)
            throws ClusterFailed {
        InetAddress address = LocalAddress.in(config.network());
        String id = UUID.randomUUID().toString();
        String node = host.substring(0, Math.min(host.length(), LONGEST_HOST)) + "-" + id.substring(0, 8);
        Config settings = new HazelcastSettings(config, address, pace, resolver).config();
        settings.setInstanceName("penstock-" + id);
        settings.getMemberAttributeConfig()
                .setAttribute(HazelcastSettings.VERTX_ID, id)
                .setAttribute(HazelcastSettings.NODE, node)
                .setAttribute(
                        HazelcastSettings.SINCE, Long.toString(ticker.now().toEpochMilli()));
        Strength strength = new Strength(ticker);
        // There from the beginning: what other nodes ask runs here as soon as this one has joined.
        settings.getUserContext().put(Strength.KEY, strength);
        HazelcastInstance hazelcast = start(settings, config, address);
        try {
            ClusterNode joined = new ClusterNode(config, node, address, ticker, hazelcast, strength);
            LOG.info("cluster {}: {} at {}, {} members", config.name(), node, place(config, address), joined.size());
            return joined;
        } catch (RuntimeException e) {
            hazelcast.getLifecycleService().terminate();
            throw failed(config, address, e);
        }
    }

    private static HazelcastInstance start(Config settings, ClusterConfig config, InetAddress address)
            throws ClusterFailed {
        try {
            return Hazelcast.newHazelcastInstance(settings);
        } catch (RuntimeException e) {
            throw failed(config, address, e);
        }
    }

    private static ClusterFailed failed(ClusterConfig config, InetAddress address, RuntimeException e) {
        return new ClusterFailed("the cluster \"" + config.name() + "\" did not start at " + place(config, address)
                + " (cluster.interface, cluster.port): " + e.getMessage());
    }

    private static String place(ClusterConfig config, InetAddress address) {
        return LocalAddress.plain(address) + ":" + config.port();
    }

    private static ThreadFactory daemon(String name) {
        return Thread.ofPlatform().daemon().name(name).factory();
    }

    // ---- what the root builds with

    /** The name of this node in the cluster; notices of its breakers carry it. */
    public String node() {
        return node;
    }

    /** The address that others reach this node at, and no other. */
    public String host() {
        return LocalAddress.plain(address);
    }

    /** Vert.x as this node's part of the bus between nodes. */
    public Future<Vertx> vertx(VertxBuilder builder) {
        return builder.withClusterManager(new HazelcastClusterManager(hazelcast))
                .buildClustered();
    }

    /**
     * The way to other nodes' breakers.
     *
     * @param bus tells all nodes at once, from any thread, without waiting
     */
    public BreakerAnnouncements announcements(Consumer<BreakerNotice> bus) {
        Announcements made = new Announcements(
                node, members::standing, board, hazelcast.getMap(HazelcastSettings.PROBES), thread, calls, bus, ticker);
        announcements = made;
        return made;
    }

    /**
     * Hears the notices of other nodes, each once and in order, beginning with those that were made before this node came.
     *
     * @param listener called on this room's thread; it must not wait
     */
    public void hear(Consumer<BreakerNotice> listener) {
        Announcements made = announcements;
        if (made == null) {
            throw new IllegalStateException("no announcements yet");
        }
        made.hear(listener);
    }

    /** A notice came over the bus. Any thread. */
    public void arrived(BreakerNotice notice) {
        Announcements made = announcements;
        if (made != null) {
            made.arrived(notice);
        }
    }

    /** Keeps a flip of this node for those whom the bus does not reach. Returns at once. */
    public void announce(SwitchNotice notice) {
        switches.announce(notice);
    }

    /**
     * Hears of flips on other nodes, beginning with those that were made before this node came; perhaps twice, and perhaps its own.
     *
     * @param listener called on any thread; it must not wait
     * @param told all that this node knows of flips, asked from time to time
     * @return completes when what the others hold has been heard
     */
    public Future<?> hearSwitches(Consumer<SwitchNotice> listener, Supplier<List<SwitchNotice>> told) {
        return Future.fromCompletionStage(switches.hear(listener, told));
    }

    /** A flip came over the bus. Any thread. */
    public void arrived(SwitchNotice notice) {
        switches.arrived(notice);
    }

    /** Keeps keys as this node changed them for those whom the bus does not reach. Returns at once. */
    public void announce(List<StoredKey> changed) {
        keys.announce(changed);
    }

    /**
     * Hears of keys that other nodes know, beginning with what happened before this node came; often twice, and also its own.
     *
     * @param listener called on any thread; it must not wait
     * @param told all keys that this node knows, asked from time to time
     * @return completes when what the others hold has been heard
     */
    public Future<?> hearKeys(Consumer<List<StoredKey>> listener, Supplier<List<StoredKey>> told) {
        return Future.fromCompletionStage(keys.hear(listener, told));
    }

    /** A key came over the bus. Any thread. */
    public void arrived(StoredKey key) {
        keys.arrived(key);
    }

    /** Tells the other nodes how far an audit of this one is, in place of what it told before. Returns at once. */
    public void announceHead(String chain, byte[] notice) {
        heads.announce(chain, notice);
    }

    /**
     * Hears how far the audits of the nodes are, beginning with what was told before this node came; often twice, and also its own.
     *
     * @param listener called on any thread; it must not wait, and judges what it hears
     */
    public void hearHeads(Consumer<byte[]> listener) {
        heads.hear(listener);
    }

    /**
     * Counts that all nodes share. Any thread may ask; answers come on this room's thread, which must not be kept. Whoever asks in the
     * name of {@link #node}, or of something on it, loses its places when the node goes.
     */
    public LeaseStore leases() {
        return leases;
    }

    /** Named calls that all nodes share. Any thread may ask; answers come on this room's thread, which must not be kept. */
    public AnswerStore answers() {
        return answers;
    }

    /** Tells the others which configuration this node has now. Returns at once. */
    public void tellConfigVersion(String version) {
        members.tell(version);
    }

    // ---- what people ask

    /** From memory; any thread. */
    public Standing standing() {
        return members.standing();
    }

    /** Members, this one included; 1 when the cluster is down. From memory; any thread. */
    public int size() {
        return members.size();
    }

    /** Among how many what nobody may have twice is shared: those that are missing without a farewell may go on elsewhere. */
    public int sharers() {
        return Math.max(size(), strength.muster().full());
    }

    /** Questions about probes that the cluster did not answer in time, so that the node went ahead. */
    public long unanswered() {
        Announcements made = announcements;
        return made == null ? 0 : made.unanswered();
    }

    /** Questions about limits that the cluster did not answer in time. */
    public long unansweredLeases() {
        return leases.unanswered();
    }

    /** Who is there. Reads maps: not for event loops. */
    public List<ClusterMember> members() {
        return members.list();
    }

    /** Breakers that some node holds open. Reads maps: not for event loops. */
    public List<BreakerNotice> openBreakers() {
        if (members.standing() == Standing.DOWN) {
            return List.of();
        }
        try {
            return board.read().stream().filter(BreakerNotice::open).toList();
        } catch (HazelcastInstanceNotActiveException e) {
            // It has ended since we looked.
            return List.of();
        }
    }

    /** Ends this node's part without a word to the others, as a crash would. */
    void crash() {
        hazelcast.getLifecycleService().terminate();
    }

    ClusterConfig config() {
        return config;
    }

    HazelcastInstance hazelcast() {
        return hazelcast;
    }

    /** Leaves, after handing over what this node holds for others. Blocks for some seconds at most. Call it after Vert.x is closed. */
    @Override
    public void close() {
        Announcements made = announcements;
        if (made != null) {
            made.close();
        }
        leases.close();
        answers.close();
        thread.shutdown();
        calls.execute(() -> strength.farewell(node));
        calls.shutdown();
        awaitFarewell();
        hazelcast.shutdown();
    }

    /** Otherwise the others take this node for one that may still be alive elsewhere. */
    private void awaitFarewell() {
        try {
            if (!calls.awaitEnd(FAREWELL)) {
                LOG.warn("cluster: {} leaves without a word, because nobody takes it", node);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
