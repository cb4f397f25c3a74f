// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of its targets. One for the node: shards and the threads of the cluster share it. A target has one state
 * for each set of breaker settings that it is used with, because what is too slow for one model may do for another.
 */
public final class TargetStates {

    private static final int MANY_UNKNOWN = 1_024;
    private static final int MANY = 4_096;
    /** More than a cluster has; names of nodes are new with each start. */
    private static final int MANY_NODES = 64;

    private final Ticker ticker;
    private final RandomGenerator random;
    private final BreakerListener listener;
    private final Map<Key, TargetState> states = new ConcurrentHashMap<>();

    /** The latest word of each node about breakers that no configuration here has used yet. Guarded by itself. */
    private final Map<String, Map<String, Heard>> unknown = new LinkedHashMap<>();

    private volatile TargetState.Voice voice = TargetState.Voice.ALONE;
    /** Those of the configuration, which stay whatever they do. */
    private volatile BiPredicate<Target, BreakerSettings> configured = (target, settings) -> false;

    private int swept;

    private record Key(Target target, BreakerSettings settings) {}

    private record Heard(BreakerNotice notice, long at) {}

    /**
     * Nothing is known yet, and nobody else is told.
     *
     * @param random for the jitter of opening times; used by one thread at a time
     */
    public TargetStates(Ticker ticker, RandomGenerator random, BreakerListener listener) {
        this.ticker = ticker;
        this.random = random;
        this.listener = listener;
    }

    /**
     * From now on the other nodes hear of what happens here.
     *
     * @param node the name of this node
     */
    public void announceTo(BreakerAnnouncements to, String node) {
        synchronized (unknown) {
            voice = new TargetState.Voice(to, node);
            states.values().forEach(state -> state.speakThrough(voice));
        }
    }

    /** The state of a target; the same one each time. */
    public TargetState of(Target target, BreakerSettings settings) {
        Key key = new Key(target, settings);
        TargetState known = states.get(key);
        return known != null ? known : create(key);
    }

    private TargetState create(Key key) {
        TargetState state;
        Map<String, Heard> heard;
        synchronized (unknown) {
            TargetState known = states.get(key);
            if (known != null) {
                return known;
            }
            makeRoom();
            String id = id(key.target, key.settings);
            state = new TargetState(key.target, id, key.settings, ticker, random, listener, voice);
            states.put(key, state);
            heard = unknown.remove(id);
        }
        if (heard != null) {
            long now = ticker.nanos();
            heard.values().forEach(each -> state.told(later(each, now)));
        }
        return state;
    }

    /** Clients may call a provider's models by any name: those that are well and that nobody calls make room for others. */
    private void makeRoom() {
        if (states.size() >= MANY && states.size() >= 2 * swept) {
            states.entrySet()
                    .removeIf(entry -> entry.getValue().isIdle()
                            && !configured.test(entry.getKey().target, entry.getKey().settings));
            swept = states.size();
        }
    }

    private static BreakerNotice later(Heard heard, long now) {
        BreakerNotice notice = heard.notice;
        Duration left = notice.remaining().minusNanos(now - heard.at);
        return new BreakerNotice(
                notice.breaker(),
                notice.open(),
                left.isNegative() ? Duration.ZERO : left,
                notice.reason(),
                notice.node(),
                notice.version());
    }

    /** Another node's word; this node's own are passed over. */
    public void heard(BreakerNotice notice) {
        if (notice.node().equals(voice.node())) {
            return;
        }
        TargetState about;
        synchronized (unknown) {
            about = byId(notice.breaker());
            if (about == null) {
                keep(notice);
                return;
            }
        }
        about.told(notice);
    }

    private @Nullable TargetState byId(String id) {
        for (TargetState state : states.values()) {
            if (state.id().equals(id)) {
                return state;
            }
        }
        return null;
    }

    private void keep(BreakerNotice notice) {
        if (unknown.size() >= MANY_UNKNOWN && !unknown.containsKey(notice.breaker())) {
            unknown.remove(unknown.keySet().iterator().next());
        }
        Map<String, Heard> nodes = unknown.computeIfAbsent(notice.breaker(), breaker -> new LinkedHashMap<>());
        Heard before = nodes.get(notice.node());
        if (before == null || before.notice.version() < notice.version()) {
            nodes.remove(notice.node());
            if (nodes.size() >= MANY_NODES) {
                nodes.remove(nodes.keySet().iterator().next());
            }
            nodes.put(notice.node(), new Heard(notice, ticker.nanos()));
        }
    }

    /** Targets whose breakers are open or half open. */
    public long notClosed() {
        long count = 0;
        for (TargetState state : states.values()) {
            count += state.isClosed() ? 0 : 1;
        }
        return count;
    }

    /** All of them, by the id of their breakers. */
    public List<Standing> standings() {
        List<Standing> all = new ArrayList<>();
        states.values().forEach(state -> all.add(state.inWords()));
        all.sort(Comparator.comparing(Standing::breaker));
        return all;
    }

    /** Forgets the targets that no configuration uses any more; attempts under way at them end as they like. */
    public void retain(Set<Target> wanted) {
        retain((target, settings) -> wanted.contains(target));
    }

    /** As {@link #retain(Set)}, where a configuration may have changed settings as well. */
    public void retain(BiPredicate<Target, BreakerSettings> wanted) {
        configured = wanted;
        states.keySet().removeIf(key -> !wanted.test(key.target, key.settings));
    }

    /** The target, and what tells its settings from the usual ones: equal on all nodes with equal configuration. */
    static String id(Target target, BreakerSettings settings) {
        if (settings.equals(BreakerSettings.DEFAULT)) {
            return target.toString();
        }
        String all = settings.failureRate() + "," + settings.window() + "," + settings.minCalls() + ","
                + settings.consecutive() + "," + settings.slowFirstToken() + "," + settings.openFor() + ","
                + settings.probes();
        CRC32 hash = new CRC32();
        hash.update(all.getBytes(StandardCharsets.UTF_8));
        return target + "#" + Long.toHexString(hash.getValue());
    }
}
