// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.CounterStore;
import dev.penstock.quota.LeaseStore;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Counts that the nodes of a cluster share, each kept on one of them with a copy on another. A node that is cut off goes on with
 * its side's share, see {@link LeaseCount} and {@link TakePlaces}; what {@link Strength} says decides whether it is.
 *
 * <p>An answer that comes when nobody waits for it any more is not lost: what it grants is given back.
 */
final class HazelcastLeases implements LeaseStore {

    /** Clocks of nodes differ, and who is late should find that the window is over. */
    static final Duration MARGIN = Duration.ofMinutes(1);

    private static final Logger LOG = LogManager.getLogger(HazelcastLeases.class);
    private static final Duration FOR_EVER = Duration.ofDays(3_650);

    private final String self;
    private final Strength strength;
    private final IMap<String, LeaseCount> counts;
    private final IMap<String, Places> places;
    private final ScheduledExecutorService thread;
    private final Ticker ticker;
    private final Questions<Grant> questions;
    /**
     * When what this node remembers has been told. One who asks before that waits for it: a telling that meets a partition on its way to another
     * node is tried again, and would be overtaken. Only on the thread.
     */
    private CompletableFuture<?> told = CompletableFuture.completedFuture(null);

    /** @param thread never waits, and has nothing that takes long */
    HazelcastLeases(
            String self,
            Strength strength,
            HazelcastInstance hazelcast,
            ScheduledExecutorService thread,
            Ticker ticker) {
        this.self = self;
        this.strength = strength;
        this.counts = hazelcast.getMap(HazelcastSettings.LEASES);
        this.places = hazelcast.getMap(HazelcastSettings.PLACES);
        this.thread = thread;
        this.ticker = ticker;
        this.questions = new Questions<>(thread, Grant.UNREACHABLE);
    }

    @Override
    public void exchange(Ask ask, Consumer<Grant> answer) {
        questions.ask(() -> submit(ask), HazelcastLeases::grant, answer, late -> {
            if (ask.held() < 0 && late.granted() > 0) {
                exchange(ask.returning(late.granted()), back -> {});
            }
        });
    }

    @Override
    public void restore(Collection<CounterStore.Row> rows) {
        thread.execute(() -> {
            CompletableFuture<?>[] all = Stream.concat(
                            Stream.of(told), rows.stream().map(this::tell))
                    .toArray(CompletableFuture<?>[]::new);
            told = CompletableFuture.allOf(all);
        });
    }

    private CompletableFuture<long[]> tell(CounterStore.Row row) {
        return counts.<long[]>submitToKey(
                        row.counter(), new RestoreCount(row.window(), row.used(), keepMillis(row.endsAtMillis())))
                .exceptionally(failure -> {
                    LOG.warn("limits: the others could not be told of {}: {}", row.counter(), failure.toString());
                    return new long[0];
                })
                .toCompletableFuture();
    }

    private CompletionStage<long[]> submit(Ask ask) {
        if (ask.held() < 0) {
            return told.isDone() ? take(ask) : told.thenComposeAsync(done -> take(ask), thread);
        }
        return places.submitToKey(
                ask.counter(),
                new TakePlaces(
                        ask.owner(), self, ask.limit(), ask.take(), ask.giveBack(), ask.held(), strength.muster()));
    }

    private CompletionStage<long[]> take(Ask ask) {
        return counts.submitToKey(
                ask.counter(),
                new TakeLease(
                        ask.window(),
                        ask.limit(),
                        ask.take(),
                        ask.giveBack(),
                        keepMillis(ask.endsAtMillis()),
                        strength.muster()));
    }

    private static Grant grant(long @Nullable [] reply, @Nullable Throwable failure) {
        if (failure != null || reply == null || reply[0] == Taking.UNKNOWN) {
            return Grant.UNREACHABLE;
        }
        return reply.length > 2 ? Grant.tooLate(reply[2]) : new Grant(true, reply[0], reply[1]);
    }

    /** By this node's own clock, as the end is, so that it does not matter how far that of the entry's owner is off. */
    private long keepMillis(long endsAtMillis) {
        long now = ticker.now().toEpochMilli();
        return endsAtMillis - now >= FOR_EVER.toMillis() ? 0 : Math.max(0, endsAtMillis - now) + MARGIN.toMillis();
    }

    /** Questions that the cluster did not answer in time. */
    long unanswered() {
        return questions.unanswered();
    }

    /** Nobody is left waiting. */
    void close() {
        questions.close();
    }
}
