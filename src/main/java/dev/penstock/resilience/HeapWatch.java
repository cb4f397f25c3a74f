// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import com.sun.management.GarbageCollectionNotificationInfo;
import dev.penstock.exchange.Ticker;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;
import org.jspecify.annotations.Nullable;

/**
 * How full the heap is after collections: what is left then is in use, or nearly so. The JVM tells it after each collection;
 * asking costs one volatile read. A reading is forgotten after some seconds without another one: a heap that is short of room
 * collects all the time, and a node that turns everything away would otherwise stay with the reading that made it do so.
 *
 * <p>Young collections count as well, although what is garbage in the old generation counts as used then: the collection usage
 * of the old generation alone ({@code MemoryPoolMXBean.getCollectionUsage}) stays as it was for minutes, at a high value too.
 */
public final class HeapWatch implements AutoCloseable {

    private static final long VALID = Duration.ofSeconds(5).toNanos();

    private final Ticker ticker;
    private final List<Runnable> listening = new ArrayList<>();
    private volatile @Nullable Reading last;

    private record Reading(double share, long atNanos) {}

    public HeapWatch(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Begins to listen. Takes milliseconds, because it wakes the management beans; called once, on a worker thread. */
    public synchronized void start() {
        Set<String> pools = new HashSet<>();
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                pools.add(pool.getName());
            }
        }
        long max = Runtime.getRuntime().maxMemory();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            // A concurrent collector reports its pauses as well, which free nothing.
            if (collector instanceof NotificationEmitter emitter
                    && !collector.getName().endsWith("Pauses")) {
                listen(emitter, (notice, unused) -> collected(notice, pools, max));
            }
        }
    }

    /** The share of the heap in use after the last collection, from 0 to 1; 0 while nothing recent is known. Any thread. */
    double share() {
        Reading reading = last;
        return reading == null || ticker.nanos() - reading.atNanos > VALID ? 0 : reading.share;
    }

    /** A collection has ended. Any thread. */
    void collected(long usedBytes, long maxBytes) {
        last = new Reading((double) usedBytes / maxBytes, ticker.nanos());
    }

    @Override
    public synchronized void close() {
        listening.forEach(Runnable::run);
        listening.clear();
    }

    private void listen(NotificationEmitter emitter, NotificationListener listener) {
        emitter.addNotificationListener(listener, null, null);
        listening.add(() -> {
            try {
                emitter.removeNotificationListener(listener);
            } catch (ListenerNotFoundException gone) {
                last = null;
            }
        });
    }

    private void collected(Notification notice, Set<String> pools, long max) {
        if (notice.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)
                && notice.getUserData() instanceof CompositeData data) {
            long used = 0;
            Map<String, MemoryUsage> after =
                    GarbageCollectionNotificationInfo.from(data).getGcInfo().getMemoryUsageAfterGc();
            for (Map.Entry<String, MemoryUsage> pool : after.entrySet()) {
                if (pools.contains(pool.getKey())) {
                    used += pool.getValue().getUsed();
                }
            }
            collected(used, max);
        }
    }
}
