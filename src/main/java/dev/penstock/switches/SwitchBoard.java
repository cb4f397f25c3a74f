// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import dev.penstock.config.SwitchesConfig;
import dev.penstock.exchange.ChangeLog;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Timers.Timer;
import dev.penstock.switches.SwitchListener.Cause;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where switches are flipped: by people, by other nodes, by the file and by the clock. Of each object it knows what the file says and
 * the last live flip, which holds in place of the file until it is cleared or its time is over. After each change it gives
 * {@link Switches} a new snapshot and then tells the listener what stands differently.
 *
 * <p>A flip holds here before anybody else hears of it, and it holds when neither the store nor another node can be reached. Any
 * thread; nothing waits.
 */
public final class SwitchBoard {

    /** Far above what people flip; a bound for what strangers could make this node remember. */
    private static final int MOST_FLIPS = 10_000;
    /** The wall clock may be set while a timer runs, which does not notice. */
    private static final Duration LONGEST_TIMER = Duration.ofSeconds(30);

    private final String node;
    private final Ticker ticker;
    private final Timers timers;
    private final SwitchStore store;
    private final ChangeLog changes;
    private final SwitchListener listener;
    private final Consumer<SwitchNotice> others;
    private final Switches switches;
    // All of it guarded by this object:
    private final Map<SwitchObject, Live> live = new HashMap<>();
    private Map<SwitchObject, SwitchRule> standing = Map.of();
    /** Those of them that stand as a live flip says. */
    private Set<SwitchObject> inForce = Set.of();

    private SwitchesConfig file;
    private @Nullable Timer timer;

    /**
     * Nothing is flipped yet, and the file holds.
     *
     * @param node name of this node
     * @param timers of any event loop
     * @param others tells a flip of this node to all other nodes, at once and without waiting
     * @param switches is kept up to date
     */
    public SwitchBoard(
            SwitchesConfig file,
            String node,
            Ticker ticker,
            Timers timers,
            SwitchStore store,
            ChangeLog changes,
            SwitchListener listener,
            Consumer<SwitchNotice> others,
            Switches switches) {
        this.file = file;
        this.node = node;
        this.ticker = ticker;
        this.timers = timers;
        this.store = store;
        this.changes = changes;
        this.listener = listener;
        this.others = others;
        this.switches = switches;
        synchronized (this) {
            stand(Cause.FILE, Duration.ZERO);
        }
    }

    /** The last flip of an object, and the same as a rule. */
    private record Live(StoredSwitch flip, SwitchRule rule, Duration grace) {

        static Live of(StoredSwitch flip, Duration grace) {
            SwitchRule rule =
                    new SwitchRule(flip.enabled(), flip.percent(), flip.tenants(), flip.reason(), flip.until());
            return new Live(flip, rule, grace);
        }

        boolean holdsAt(Instant now) {
            return !flip.cleared() && rule.holdsAt(now);
        }
    }

    /**
     * One line of the list.
     *
     * @param rule how the object stands
     * @param flip the live flip that makes it so; null where it is the file
     */
    public record Entry(
            SwitchObject object, SwitchRule rule, @Nullable StoredSwitch flip) {}

    private record Changed(SwitchObject object, SwitchRule before, SwitchRule after, Cause cause, Duration grace) {}

    // ---- changes

    /** Takes over what was kept; once, at start. Fails when the store cannot be read, and then the file holds. */
    public Future<?> load() {
        return store.load().map(kept -> {
            List<Changed> changed;
            synchronized (this) {
                kept.forEach(flip -> take(flip, Duration.ZERO));
                changed = stand(Cause.HEARD, Duration.ZERO);
            }
            tell(changed);
            return kept.size();
        });
    }

    /** A configuration that was read again. Live flips hold on. */
    public void use(SwitchesConfig next) {
        List<Changed> changed;
        synchronized (this) {
            file = next;
            changed = stand(Cause.FILE, Duration.ZERO);
        }
        tell(changed);
    }

    /**
     * Flips a switch, in place of what the file says and of any earlier flip. It holds when this returns.
     *
     * @param grace how much longer streams may run that are open now; at most {@link SwitchFormat#LONGEST_GRACE}
     * @param by who, without a secret
     * @return completes when the store has kept it; fails when it has not, and the flip holds all the same
     */
    public Future<?> flip(SwitchObject object, SwitchRule rule, Duration grace, String by) {
        return change(object, rule, false, grace, by);
    }

    /** Takes the live flip of an object back, so that the file holds. Does nothing where there is none. */
    public Future<?> clear(SwitchObject object, String by) {
        return change(object, SwitchRule.ENABLED, true, Duration.ZERO, by);
    }

    private Future<?> change(SwitchObject object, SwitchRule rule, boolean clears, Duration grace, String by) {
        StoredSwitch flip;
        List<Changed> changed;
        SwitchRule before;
        SwitchRule after;
        synchronized (this) {
            Live last = live.get(object);
            if (clears && (last == null || last.flip.cleared())) {
                return Future.succeededFuture();
            }
            Instant now = Instant.ofEpochMilli(ticker.now().toEpochMilli());
            long version = Math.max(now.toEpochMilli(), last == null ? 0 : last.flip.version() + 1);
            flip = new StoredSwitch(
                    object.toString(),
                    clears,
                    rule.enabled(),
                    rule.percent(),
                    rule.tenants(),
                    rule.reason(),
                    by,
                    now,
                    rule.until(),
                    version,
                    node);
            before = standing.getOrDefault(object, SwitchRule.ENABLED);
            take(flip, grace);
            changed = stand(Cause.FLIPPED, grace);
            after = standing.getOrDefault(object, SwitchRule.ENABLED);
        }
        others.accept(new SwitchNotice(flip, grace));
        changes.changed(new ChangeLog.Change(by, "switch " + object, before.inWords(), after.inWords()));
        tell(changed);
        return store.save(flip);
    }

    /** What another node says. Heard twice, or later than a newer one, it changes nothing. */
    public void heard(SwitchNotice notice) {
        List<Changed> changed;
        synchronized (this) {
            if (!take(notice.flip(), notice.grace())) {
                return;
            }
            changed = stand(Cause.HEARD, notice.grace());
        }
        tell(changed);
        SwitchObject object = SwitchObject.parse(notice.flip().object());
        store.save(notice.flip()).onFailure(why -> {
            if (object != null) {
                listener.notKept(object, why);
            }
        });
    }

    /** Whether it is news. On the lock. */
    private boolean take(StoredSwitch flip, Duration grace) {
        SwitchObject object = SwitchObject.parse(flip.object());
        Live known = object == null ? null : live.get(object);
        if (object == null || !flip.isNewerThan(known == null ? null : known.flip)) {
            return false;
        }
        live.put(object, Live.of(flip, grace));
        if (live.size() > MOST_FLIPS) {
            forgetOne();
        }
        return true;
    }

    /** The oldest of those that hold nothing any more, else the oldest. On the lock. */
    private void forgetOne() {
        Instant now = ticker.now();
        live.entrySet().stream()
                .min(Comparator.comparing((Map.Entry<SwitchObject, Live> entry) ->
                                entry.getValue().holdsAt(now))
                        .thenComparing(entry -> entry.getValue().flip.version()))
                .map(Map.Entry::getKey)
                .ifPresent(live::remove);
    }

    // ---- how they stand

    /** Works out how all of them stand now, and wakes up when that changes by itself. On the lock. */
    private List<Changed> stand(Cause cause, Duration grace) {
        Instant now = ticker.now();
        Map<SwitchObject, SwitchRule> next = new HashMap<>();
        file.rules().forEach((object, rule) -> {
            if (rule.holdsAt(now)) {
                next.put(object, rule);
            }
        });
        Set<SwitchObject> flips = new HashSet<>();
        live.forEach((object, flipped) -> {
            if (flipped.holdsAt(now)) {
                next.put(object, flipped.rule);
                flips.add(object);
            }
        });
        List<Changed> changed = new ArrayList<>();
        Map<SwitchObject, SwitchRule> all = new HashMap<>(standing);
        all.putAll(next);
        all.keySet().forEach(object -> {
            SwitchRule before = standing.getOrDefault(object, SwitchRule.ENABLED);
            SwitchRule after = next.getOrDefault(object, SwitchRule.ENABLED);
            if (!before.equals(after)) {
                changed.add(new Changed(object, before, after, cause, grace));
            }
        });
        standing = next;
        inForce = flips;
        switches.set(next);
        wakeUp(now);
        return changed;
    }

    private void wakeUp(Instant now) {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        Instant soonest = null;
        for (SwitchRule rule : standing.values()) {
            Instant until = rule.until();
            if (until != null && (soonest == null || until.isBefore(soonest))) {
                soonest = until;
            }
        }
        if (soonest != null) {
            Duration left = Duration.between(now, soonest);
            timer = timers.after(left.compareTo(LONGEST_TIMER) < 0 ? left : LONGEST_TIMER, this::timeHasPassed);
        }
    }

    private void timeHasPassed() {
        List<Changed> changed;
        synchronized (this) {
            timer = null;
            changed = stand(Cause.EXPIRED, Duration.ZERO);
        }
        tell(changed);
    }

    private void tell(List<Changed> changed) {
        changed.forEach(each -> listener.changed(each.object, each.before, each.after, each.cause, each.grace));
    }

    // ---- what others ask

    /** All switches that somebody has spoken of, and the gateway, by name. */
    public synchronized List<Entry> list() {
        Map<String, Entry> entries = new TreeMap<>();
        put(entries, SwitchObject.GATEWAY, standing.getOrDefault(SwitchObject.GATEWAY, SwitchRule.ENABLED));
        standing.forEach((object, rule) -> put(entries, object, rule));
        return List.copyOf(entries.values());
    }

    /** How one stands. */
    public synchronized Entry of(SwitchObject object) {
        Map<String, Entry> one = new HashMap<>();
        put(one, object, standing.getOrDefault(object, SwitchRule.ENABLED));
        return one.values().iterator().next();
    }

    private void put(Map<String, Entry> entries, SwitchObject object, SwitchRule rule) {
        Live flipped = inForce.contains(object) ? live.get(object) : null;
        entries.put(object.toString(), new Entry(object, rule, flipped == null ? null : flipped.flip));
    }

    /** All flips, those included that were taken back or whose time is over: for nodes that have not heard of them. */
    public synchronized List<SwitchNotice> told() {
        return live.values().stream()
                .map(each -> new SwitchNotice(each.flip, each.grace))
                .toList();
    }

    /** No timer is left. */
    public synchronized void close() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
