// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Named calls of a node alone. What was kept is forgotten when its time is over, and the oldest answers when all together are more than the
 * most; a claim is never forgotten for want of room. Any thread.
 */
public final class MemoryAnswers implements AnswerStore {

    /** Beside its answer, an entry takes about so much. */
    private static final int ENTRY_BYTES = 512;
    /** A fraction of the heap that may be full of answers. */
    private static final int HEAP_SHARE = 16;

    private final Ticker ticker;
    private final long mostBytes;
    // Under the lock of this, which is held for an entry or two; in the order in which they began, and those with an
    // answer after that anew.
    private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();
    private long bytes;

    /** @param answer null as long as somebody makes the call */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares it.
    private record Entry(String fingerprint, String owner, byte @Nullable [] answer, long endsNanos) {
        long bytes() {
            return ENTRY_BYTES + (answer == null ? 0L : answer.length);
        }

        boolean isOf(Ask ask) {
            return owner.equals(ask.owner()) && answer == null;
        }
    }

    /** With room for answers in a sixteenth of the heap. */
    public MemoryAnswers(Ticker ticker) {
        this(ticker, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    }

    MemoryAnswers(Ticker ticker, long mostBytes) {
        this.ticker = ticker;
        this.mostBytes = mostBytes;
    }

    @Override
    public void claim(Ask ask, Consumer<Standing> answer) {
        answer.accept(claimed(ask));
    }

    private synchronized Standing claimed(Ask ask) {
        Entry known = living(ask.call());
        if (known == null || known.isOf(ask)) {
            put(ask, null, LEASE);
            return Standing.CLAIMED;
        }
        if (!known.fingerprint.equals(ask.fingerprint())) {
            return Standing.DIFFERENT;
        }
        return known.answer == null ? Standing.UNDER_WAY : new Standing.Answered(known.answer);
    }

    @Override
    public synchronized void renew(Ask ask) {
        Entry known = entries.get(ask.call());
        if (known != null && known.isOf(ask)) {
            put(ask, null, LEASE);
        }
    }

    @Override
    public synchronized void keep(Ask ask, byte[] answer, Duration ttl) {
        Entry known = living(ask.call());
        if (known == null || known.isOf(ask)) {
            put(ask, answer, ttl);
            makeRoom();
        }
    }

    @Override
    public synchronized void free(Ask ask) {
        Entry known = entries.get(ask.call());
        if (known != null && known.isOf(ask)) {
            remove(ask.call());
        }
    }

    /** Bytes that are kept, with what goes with them. */
    synchronized long bytes() {
        return bytes;
    }

    private @Nullable Entry living(String call) {
        Entry known = entries.get(call);
        if (known != null && isOver(known, ticker.nanos())) {
            remove(call);
            return null;
        }
        return known;
    }

    private static boolean isOver(Entry entry, long nanos) {
        return nanos - entry.endsNanos >= 0;
    }

    private void put(Ask ask, byte @Nullable [] answer, Duration span) {
        remove(ask.call());
        Entry entry = new Entry(ask.fingerprint(), ask.owner(), answer, ticker.nanos() + span.toNanos());
        entries.put(ask.call(), entry);
        bytes += entry.bytes();
    }

    private void remove(String call) {
        Entry gone = entries.remove(call);
        if (gone != null) {
            bytes -= gone.bytes();
        }
    }

    /** What is over goes first, from the oldest on, then the oldest answers. */
    private void makeRoom() {
        long now = ticker.nanos();
        Iterator<Map.Entry<String, Entry>> oldest = entries.entrySet().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next().getValue();
            boolean over = isOver(entry, now);
            if (!over && bytes <= mostBytes) {
                return;
            }
            if (over || entry.answer != null) {
                oldest.remove();
                bytes -= entry.bytes();
            }
        }
    }
}
