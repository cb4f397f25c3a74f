// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.CounterStore;
import dev.penstock.quota.LeaseStore;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Counts that the nodes of a cluster share, each kept on one of them with a copy on another. A node that is cut off goes on with
 * its side's share, see {@link LeaseCount} and {@link TakePlaces}; what {@link Strength} says decides whether it is.
 *
 * <p>A question is settled once, on this room's thread, after {@link #PATIENCE} at the latest. An answer that comes later than
 * that is not lost: what it grants is given back.
 */
final class HazelcastLeases implements LeaseStore {

    /** Who waits longer is answered that nobody can be reached. */
    static final Duration PATIENCE = Duration.ofMillis(750);
    /** Clocks of nodes differ, and who is late should find that the window is over. */
    static final Duration MARGIN = Duration.ofMinutes(1);

    private static final Logger LOG = LogManager.getLogger(HazelcastLeases.class);
    private static final Duration FOR_EVER = Duration.ofDays(3_650);
    /** Questions that wait for an answer while the cluster is slow. */
    private static final int MOST_WAITING = 10_000;

    private final String self;
    private final Strength strength;
    private final IMap<String, LeaseCount> counts;
    private final IMap<String, Places> places;
    private final ScheduledExecutorService thread;
    private final Ticker ticker;
    private final AtomicLong unanswered = new AtomicLong();
    // Only on the thread:
    private final Set<Question> questions = new HashSet<>();
    private boolean closed;

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
    }

    @Override
    public void exchange(Ask ask, Consumer<Grant> answer) {
        try {
            thread.execute(() -> put(new Question(ask, answer)));
        } catch (RejectedExecutionException ended) {
            answer.accept(Grant.UNREACHABLE);
        }
    }

    @Override
    public void restore(Collection<CounterStore.Row> rows) {
        thread.execute(() -> {
            for (CounterStore.Row row : rows) {
                counts.submitToKey(
                                row.counter(),
                                new RestoreCount(row.window(), row.used(), keepMillis(row.endsAtMillis())))
                        .exceptionally(failure -> {
                            LOG.warn(
                                    "limits: the others could not be told of {}: {}",
                                    row.counter(),
                                    failure.toString());
                            return new long[0];
                        });
            }
        });
    }

    private void put(Question question) {
        if (closed || questions.size() >= MOST_WAITING) {
            question.settle(Grant.UNREACHABLE);
            return;
        }
        questions.add(question);
        question.patience = thread.schedule(question::giveUp, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        try {
            // Hazelcast completes futures on whatever thread it has, or on a new one for each: so each names ours.
            submit(question.ask).whenCompleteAsync(question::hear, thread);
        } catch (RuntimeException gone) {
            question.settle(Grant.UNREACHABLE);
        }
    }

    private CompletionStage<long[]> submit(Ask ask) {
        Muster muster = strength.muster();
        if (ask.held() < 0) {
            return counts.submitToKey(
                    ask.counter(),
                    new TakeLease(
                            ask.window(),
                            ask.limit(),
                            ask.take(),
                            ask.giveBack(),
                            keepMillis(ask.endsAtMillis()),
                            muster));
        }
        return places.submitToKey(
                ask.counter(),
                new TakePlaces(ask.owner(), self, ask.limit(), ask.take(), ask.giveBack(), ask.held(), muster));
    }

    /** By this node's own clock, as the end is, so that it does not matter how far that of the entry's owner is off. */
    private long keepMillis(long endsAtMillis) {
        long now = ticker.now().toEpochMilli();
        return endsAtMillis - now >= FOR_EVER.toMillis() ? 0 : Math.max(0, endsAtMillis - now) + MARGIN.toMillis();
    }

    /** Questions that the cluster did not answer in time. */
    long unanswered() {
        return unanswered.get();
    }

    /** Nobody is left waiting. */
    void close() {
        try {
            thread.execute(() -> {
                closed = true;
                Set.copyOf(questions).forEach(question -> question.settle(Grant.UNREACHABLE));
            });
        } catch (RejectedExecutionException ended) {
            // So nobody waits.
        }
    }

    /** One question and its one answer; only on the thread. */
    private final class Question {

        private final Ask ask;
        private final Consumer<Grant> answer;
        private @Nullable Future<?> patience;
        private boolean settled;

        Question(Ask ask, Consumer<Grant> answer) {
            this.ask = ask;
            this.answer = answer;
        }

        void giveUp() {
            if (settle(Grant.UNREACHABLE)) {
                unanswered.incrementAndGet();
            }
        }

        void hear(long @Nullable [] reply, @Nullable Throwable failure) {
            if (failure != null || reply == null || reply[0] == Taking.UNKNOWN) {
                settle(Grant.UNREACHABLE);
            } else if (reply.length > 2) {
                settle(Grant.tooLate(reply[2]));
            } else if (!settle(new Grant(true, reply[0], reply[1])) && ask.held() < 0 && reply[0] > 0) {
                giveBackWhatCameTooLate(reply[0]);
            }
        }

        private void giveBackWhatCameTooLate(long granted) {
            exchange(ask.returning(granted), back -> {});
        }

        boolean settle(Grant grant) {
            if (settled) {
                return false;
            }
            settled = true;
            questions.remove(this);
            if (patience != null) {
                patience.cancel(false);
            }
            try {
                answer.accept(grant);
            } catch (RuntimeException bug) {
                LOG.error("cluster: a grant could not be taken", bug);
            }
            return true;
        }
    }
}
