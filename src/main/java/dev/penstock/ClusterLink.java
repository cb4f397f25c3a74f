// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.ClusterReport;
import dev.penstock.admin.Readiness;
import dev.penstock.auth.StoredKey;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.cluster.ClusterFailed;
import dev.penstock.cluster.ClusterNode;
import dev.penstock.cluster.Standing;
import dev.penstock.config.ClusterConfig;
import dev.penstock.eventbus.ClusterBus;
import dev.penstock.exchange.Ticker;
import dev.penstock.idempotency.AnswerStore;
import dev.penstock.quota.LeaseStore;
import dev.penstock.resilience.BreakerAnnouncements;
import dev.penstock.resilience.BreakerNotice;
import dev.penstock.switches.SwitchBoard;
import dev.penstock.switches.SwitchNotice;
import dev.penstock.telemetry.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What ties the process to other nodes, or a stand-in where there are none. It comes up before everything else, because Vert.x
 * is built on it, and goes down after everything else. Without a cluster in the configuration, no class of it is loaded.
 */
final class ClusterLink implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(ClusterLink.class);

    private final ClusterConfig config;
    private final @Nullable ClusterNode node;
    private final String trouble;
    private @Nullable ClusterBus bus;
    private BreakerAnnouncements announcements = BreakerAnnouncements.ALONE;

    private ClusterLink(ClusterConfig config, @Nullable ClusterNode node, String trouble) {
        this.config = config;
        this.node = node;
        this.trouble = trouble;
    }

    /**
     * Joins the cluster where one is configured. Blocks for as long as that may take.
     *
     * @param host name of this machine
     * @throws ClusterFailed when it cannot, and the configuration requires it
     */
    static ClusterLink open(ClusterConfig config, String host, Ticker ticker) throws ClusterFailed {
        if (!config.enabled()) {
            return new ClusterLink(config, null, "");
        }
        try {
            return new ClusterLink(config, ClusterNode.join(config, host, ticker), "");
        } catch (ClusterFailed e) {
            if (config.required()) {
                throw e;
            }
            return alone(config, String.valueOf(e.getMessage()));
        }
    }

    /** For a node that does without the cluster that it was configured for. */
    static ClusterLink alone(ClusterConfig config, String trouble) {
        LOG.warn("serving alone, because cluster.required is false: {}", trouble);
        return new ClusterLink(config, null, trouble);
    }

    /** Whether there is something to do without, and the configuration allows it. */
    boolean isDispensable() {
        return node != null && !config.required();
    }

    /** Vert.x, on the bus of the cluster where there is one. */
    Future<Vertx> vertx(VertxOptions options, UnaryOperator<VertxBuilder> lastWord) {
        ClusterNode joined = node;
        if (joined == null) {
            return Future.succeededFuture(
                    lastWord.apply(Vertx.builder().with(options)).build());
        }
        ClusterBus.listenAt(options, joined.host(), config.busPort(), config.busPublicAddress());
        return joined.vertx(lastWord.apply(Vertx.builder().with(options)))
                .recover(
                        cause -> Future.failedFuture(new IllegalStateException("the bus between nodes did not start at "
                                + joined.host() + ":" + config.busPort() + " (cluster.interface, cluster.bus_port): "
                                + cause.getMessage())));
    }

    /** Opens the bus; completes when the other nodes know that this one listens. */
    Future<?> connect(Vertx vertx, String configVersion) {
        ClusterNode joined = node;
        if (joined == null) {
            return Future.succeededFuture();
        }
        ClusterBus opened = new ClusterBus(vertx);
        bus = opened;
        announcements = joined.announcements(opened::publish);
        joined.tellConfigVersion(configVersion);
        return opened.listen(joined::arrived)
                .compose(listens -> opened.listenToSwitches(joined::arrived))
                .compose(listens -> opened.listenToKeys(joined::arrived));
    }

    /** Tells all other nodes of a flip on this one; at once, and from any thread. */
    void announce(SwitchNotice notice) {
        ClusterNode joined = node;
        ClusterBus opened = bus;
        if (joined != null && opened != null) {
            opened.publish(notice);
            joined.announce(notice);
        }
    }

    /** Hears of flips on other nodes from now on; completes when those that hold already have been heard. */
    Future<?> hearSwitches(SwitchBoard board) {
        return node == null ? Future.succeededFuture() : node.hearSwitches(board::heard, board::told);
    }

    /** Tells all other nodes of keys that this one changed; at once, and from any thread. */
    void announce(List<StoredKey> changed) {
        ClusterNode joined = node;
        ClusterBus opened = bus;
        if (joined != null && opened != null) {
            changed.forEach(opened::publish);
            joined.announce(changed);
        }
    }

    /** Hears of keys that other nodes made or took back; completes when those of before have been heard. */
    Future<?> hearKeys(VirtualKeys keys) {
        return node == null
                ? Future.succeededFuture()
                : node.hearKeys(
                        changed -> keys.heard(changed)
                                .onFailure(cause ->
                                        LOG.warn("keys: what another node said is not kept: {}", cause.getMessage())),
                        keys::list);
    }

    /** The nodes hear how far each other's audits are from now on. */
    void witness(AuditDesk audit) {
        ClusterNode joined = node;
        if (joined != null) {
            joined.hearHeads(audit::heard);
            audit.join(joined::announceHead);
        }
    }

    /** How breakers of this node reach others; {@link BreakerAnnouncements#ALONE} without a cluster. */
    BreakerAnnouncements announcements() {
        return announcements;
    }

    /** The counts that nodes share; null without a cluster. */
    @Nullable
    LeaseStore leases() {
        return node == null ? null : node.leases();
    }

    /** The named calls that nodes share; null without a cluster. */
    @Nullable
    AnswerStore answers() {
        return node == null ? null : node.answers();
    }

    /** Nodes that share limits, this one included: those that are cut off too, for some minutes. From memory; any thread. */
    int nodes() {
        return node == null ? 1 : node.sharers();
    }

    /** The name that notices of this node's breakers carry. */
    String node() {
        return node == null ? Version.node() : node.node();
    }

    /** Hears of other nodes' breakers, from now on and what holds already. */
    void hear(Consumer<BreakerNotice> listener) {
        if (node != null) {
            node.hear(listener);
        }
    }

    /** After a reload. */
    void tellConfigVersion(String version) {
        if (node != null) {
            node.tellConfigVersion(version);
        }
    }

    void measure(Metrics metrics) {
        ClusterNode joined = node;
        ClusterBus opened = bus;
        if (joined == null || opened == null) {
            return;
        }
        metrics.gauge("penstock_cluster_members", "Nodes of the cluster, this one included.", joined::size);
        metrics.counter(
                "penstock_cluster_notices_sent_total",
                "Notices about breakers that this node sent to the others.",
                opened::sent);
        metrics.counter(
                "penstock_cluster_notices_received_total",
                "Notices about breakers that arrived over the bus, this node's own included.",
                opened::received);
        metrics.counter(
                "penstock_cluster_notices_refused_total", "Messages on the bus that were no notices.", opened::refused);
        metrics.counter(
                "penstock_cluster_unanswered_total",
                "Questions to the cluster that it did not answer in time; the node went on without.",
                joined::unanswered);
    }

    /** What {@code /readyz} says. Alone or cut off is no reason to send no traffic: this node's targets are as they were. */
    List<Readiness.Check> checks() {
        if (!config.enabled()) {
            return List.of();
        }
        return List.of(new Readiness.Check("cluster", true, detail()));
    }

    private String detail() {
        if (node == null) {
            return "alone: " + trouble;
        }
        return switch (node.standing()) {
            case JOINED -> "joined, " + node.size() + " members";
            case ALONE -> "alone, no other member";
            case DOWN -> "down, serving alone";
        };
    }

    ClusterReport report() {
        ClusterNode joined = node;
        if (!config.enabled()) {
            return ClusterReport.OFF;
        }
        if (joined == null) {
            return () -> new ClusterReport.View("down", config.name(), List.of(), List.of());
        }
        return () -> new ClusterReport.View(
                label(joined.standing()),
                config.name(),
                joined.members().stream()
                        .map(member -> new ClusterReport.Member(
                                member.node(), member.address(), member.since(), member.self(), member.configVersion()))
                        .toList(),
                joined.openBreakers().stream()
                        .map(notice -> new ClusterReport.Breaker(
                                notice.breaker(), notice.node(), notice.remaining(), notice.reason()))
                        .toList());
    }

    private static String label(Standing standing) {
        return standing.name().toLowerCase(Locale.ROOT);
    }

    /** Leaves; after Vert.x is closed, whose part of the bus needs the others until then. Blocks for some seconds at most. */
    @Override
    public void close() {
        if (node != null) {
            node.close();
        }
    }
}
