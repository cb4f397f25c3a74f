// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.exchange.AuditEvent;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes each node of a cluster a witness of the others: it tells them its newest head, and has theirs written into its own chain. Who
 * wants to cut back or rewrite one node's audit, with its key or without, must then rewrite those of all others as well.
 *
 * <p>Bounded: a node tells at most one head a minute, and one more at its end; of each chain at most one head a minute is written,
 * and the newest at the end. A head that covers nothing but heads of others is not told, so nodes that do nothing are silent.
 *
 * <p>Of the thread that writes, but for {@link #heard} and {@link #join}.
 */
final class Witness {

    static final Duration EVERY = Duration.ofMinutes(1);
    static final int MOST_CHAINS = 256;

    private static final Logger LOG = LogManager.getLogger(Witness.class);
    private static final int MOST_WAITING = 1024;

    /** What is known of one other chain. */
    private static final class Seen {
        /** What stands in this node's chain. */
        private @Nullable Head written;
        /** What is to stand there, the newest. */
        private @Nullable HeadNotice waiting;

        private long at;
        private boolean ever;
    }

    private final String node;
    private final Ticker ticker;
    private final BlockingQueue<byte[]> arrived = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Map<String, Seen> chains = new HashMap<>();
    private final AtomicLong refused = new AtomicLong();
    private volatile @Nullable Peers peers;

    private @Nullable PublicKeyText key;
    private @Nullable Head own;
    private boolean fresh;
    private @Nullable Head untold;
    private long toldAt;
    private boolean everTold;
    private boolean behind;

    Witness(String node, Ticker ticker) {
        this.node = node;
        this.ticker = ticker;
    }

    // ---- any thread

    void join(Peers others) {
        peers = others;
    }

    /** From another node, or from somebody who wants to be taken for one; judged later. What is too much comes again. */
    void heard(byte[] notice) {
        if (notice.length > HeadNotice.MAX_BYTES || !arrived.offer(notice.clone())) {
            refused.incrementAndGet();
        }
    }

    /** Notices that were none, or too many. */
    long refused() {
        return refused.get();
    }

    // ---- this node's own chain

    /** Where this node's chain is, and which heads of others stand in it already. */
    void opened(PublicKeyText ownKey, @Nullable Head newest, List<HeadNotice> written) {
        key = ownKey;
        own = newest;
        for (HeadNotice notice : written) {
            Seen seen = seen(notice.chain());
            if (seen != null) {
                seen.written = notice.head();
            }
        }
    }

    /** Records are being written, or were. */
    void records(List<Journal.Stamped> events) {
        fresh |= events.stream().anyMatch(each -> !each.event().kind().equals(HeadNotice.KIND));
    }

    void signed(Head head) {
        own = head;
        if (fresh && head.kind() != Head.Kind.REMOVAL) {
            fresh = false;
            untold = head;
        }
    }

    /** Tells the others, where there is something to tell and it is time; at the end it is always time. */
    void tell(boolean end) {
        Head newest = untold;
        PublicKeyText with = key;
        Peers others = peers;
        boolean time = end || !everTold || ticker.nanos() - toldAt >= EVERY.toNanos();
        if (newest != null && with != null && others != null && time) {
            HeadNotice notice = new HeadNotice(newest, with);
            others.tell(notice.chain(), notice.bytes());
            untold = null;
            everTold = true;
            toldAt = ticker.nanos();
        }
    }

    // ---- chains of others

    /** What is to be written of what was heard; at the end all that waits. */
    List<AuditEvent> due(boolean end) {
        List<AuditEvent> events = new ArrayList<>();
        for (byte[] bytes = arrived.poll(); bytes != null; bytes = arrived.poll()) {
            HeadNotice notice = HeadNotice.read(bytes);
            if (notice == null) {
                refused.incrementAndGet();
            } else if (isOwn(notice)) {
                compare(notice.head(), events);
            } else {
                remember(notice);
            }
        }
        for (Seen seen : chains.values()) {
            HeadNotice notice = seen.waiting;
            if (notice != null && (end || !seen.ever || ticker.nanos() - seen.at >= EVERY.toNanos())) {
                events.add(notice.event());
                seen.written = notice.head();
                seen.waiting = null;
                seen.ever = true;
                seen.at = ticker.nanos();
            }
        }
        return events;
    }

    private boolean isOwn(HeadNotice notice) {
        PublicKeyText with = key;
        return with != null
                && with.text().equals(notice.key().text())
                && node.equals(notice.head().node());
    }

    /** The others may know more of this node's chain than is here. */
    private void compare(Head head, List<AuditEvent> events) {
        long number = own == null ? 0 : own.number();
        if (head.number() > number && !behind) {
            behind = true;
            LOG.error(
                    "audit: other nodes hold head {} of this node's chain, which ends with head {}: it was cut back, or two"
                            + " nodes share a name and a key",
                    head.number(),
                    number);
            events.add(AuditEvent.of(
                    Journal.MISSING,
                    "",
                    "audit",
                    Map.of(
                            "signed",
                            Long.toString(head.last()),
                            "found",
                            Long.toString(own == null ? 0 : own.last()),
                            "by",
                            "peers")));
        }
    }

    private void remember(HeadNotice notice) {
        Seen seen = seen(notice.chain());
        if (seen == null) {
            refused.incrementAndGet();
            return;
        }
        HeadNotice waiting = seen.waiting;
        Head known = waiting == null ? seen.written : waiting.head();
        // Two with one number are worth to be kept both: one of them is forged, or the chain was.
        if (known == null
                || notice.head().number() > known.number()
                || (notice.head().number() == known.number()
                        && !notice.head().id().equals(known.id()))) {
            seen.waiting = notice;
        }
    }

    private @Nullable Seen seen(String chain) {
        return chains.size() < MOST_CHAINS ? chains.computeIfAbsent(chain, first -> new Seen()) : chains.get(chain);
    }
}
