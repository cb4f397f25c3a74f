// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import dev.penstock.auth.KeyFormat;
import dev.penstock.auth.StoredKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys that were made at run time, held by every node: for nodes that come late, and for those that the bus did not reach. The
 * bus is quick and forgets; this board tells when it changes, and is read again twice a second, because a key that was taken back
 * may not be good for longer than a second anywhere. Whatever a node knows better than the board it puts there anew: what two nodes
 * know of a key adds up to one thing, in whatever order they say it.
 *
 * <p>Reading and writing may wait for other nodes; it happens on the worker only. Listeners are called on its thread or on one of
 * Hazelcast's.
 */
final class KeyAnnouncements {

    private static final Duration AGAIN = Duration.ofMillis(500);

    private final Board<StoredKey> board;
    private volatile @Nullable Consumer<List<StoredKey>> heard;

    KeyAnnouncements(
            HazelcastInstance hazelcast,
            Supplier<Standing> standing,
            ScheduledExecutorService thread,
            Executor worker) {
        this.board = new Board<>(hazelcast, HazelcastSettings.KEYS, new Keys(), standing, thread, worker);
    }

    /** Waits until this node has what the others hold; the first call is made at start, beside other things. */
    void fetch() {
        board.fetch();
    }

    /** Puts keys as this node knows them onto the board. Returns at once. */
    void announce(List<StoredKey> keys) {
        board.announce(keys);
    }

    /** From the bus; any thread. */
    void arrived(StoredKey key) {
        Consumer<List<StoredKey>> listener = heard;
        if (listener != null) {
            listener.accept(List.of(key));
        }
    }

    /**
     * From now on. Completes when what was on the board has been heard, so that no key is good here that was taken back elsewhere;
     * fails when the board could not be read, and then it is read again soon.
     *
     * @param told all keys that this node knows
     */
    CompletableFuture<?> hear(Consumer<List<StoredKey>> listener, Supplier<List<StoredKey>> told) {
        heard = listener;
        return board.follow(this::arrived, () -> level(listener, told), AGAIN);
    }

    /** Hears what the board knows better, and writes what it does not know. */
    private void level(Consumer<List<StoredKey>> listener, Supplier<List<StoredKey>> told) {
        Map<String, StoredKey> held = board.held();
        if (!held.isEmpty()) {
            listener.accept(List.copyOf(held.values()));
        }
        for (StoredKey own : told.get()) {
            StoredKey there = held.get(own.publicId());
            if (there == null || !there.with(own).equals(there)) {
                board.put(own);
            }
        }
    }

    private record Keys() implements Board.Format<StoredKey> {

        @Override
        public String noun() {
            return "key";
        }

        @Override
        public String nameOf(StoredKey key) {
            return key.publicId();
        }

        @Override
        public byte @Nullable [] write(StoredKey key) {
            return KeyFormat.write(key);
        }

        @Override
        public @Nullable StoredKey read(byte[] bytes) {
            return KeyFormat.read(bytes);
        }
    }
}
