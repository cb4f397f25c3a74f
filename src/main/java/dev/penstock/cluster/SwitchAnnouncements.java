// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import dev.penstock.switches.SwitchFormat;
import dev.penstock.switches.SwitchNotice;
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
 * The last flip of each switch, held by every node: for nodes that come late, and for those that the bus did not reach. The bus is
 * quick and forgets; this board is read again every two seconds, and whatever a node knows better than the board it puts there
 * anew. So two halves that meet again, a call that failed and two flips at once all come to the same end on all nodes: that of
 * the newer flip. A flip that was taken back stays, as such.
 *
 * <p>Reading and writing may wait for other nodes; it happens on the worker only. Listeners are called on its thread or on one of
 * Hazelcast's.
 */
final class SwitchAnnouncements {

    private static final Duration AGAIN = Duration.ofSeconds(2);

    private final Board<SwitchNotice> board;
    private volatile @Nullable Consumer<SwitchNotice> heard;

    SwitchAnnouncements(
            HazelcastInstance hazelcast,
            Supplier<Standing> standing,
            ScheduledExecutorService thread,
            Executor worker) {
        this.board = new Board<>(hazelcast, HazelcastSettings.SWITCHES, new Flips(), standing, thread, worker);
    }

    /** Waits until this node has what the others hold; the first call is made at start, beside other things. */
    void fetch() {
        board.fetch();
    }

    /** Puts a flip of this node onto the board. Returns at once. */
    void announce(SwitchNotice notice) {
        board.announce(List.of(notice));
    }

    /** From the bus; any thread. */
    void arrived(SwitchNotice notice) {
        Consumer<SwitchNotice> listener = heard;
        if (listener != null) {
            listener.accept(notice);
        }
    }

    /**
     * From now on. Completes when what was on the board has been heard, so that nothing begins here that is off everywhere else; fails
     * when the board could not be read, and then it is read again soon.
     *
     * @param told all that this node knows
     */
    CompletableFuture<?> hear(Consumer<SwitchNotice> listener, Supplier<List<SwitchNotice>> told) {
        heard = listener;
        return board.follow(this::arrived, () -> level(listener, told), AGAIN);
    }

    /** Hears what the board knows better, and writes what it does not know. */
    private void level(Consumer<SwitchNotice> listener, Supplier<List<SwitchNotice>> told) {
        Map<String, SwitchNotice> held = board.held();
        held.values().forEach(listener);
        for (SwitchNotice own : told.get()) {
            SwitchNotice there = held.get(own.flip().object());
            if (own.flip().isNewerThan(there == null ? null : there.flip())) {
                board.put(own);
            }
        }
    }

    private record Flips() implements Board.Format<SwitchNotice> {

        @Override
        public String noun() {
            return "switch";
        }

        @Override
        public String nameOf(SwitchNotice notice) {
            return notice.flip().object();
        }

        @Override
        public byte @Nullable [] write(SwitchNotice notice) {
            return SwitchFormat.write(notice);
        }

        @Override
        public @Nullable SwitchNotice read(byte[] bytes) {
            return SwitchFormat.read(bytes);
        }
    }
}
