// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Questions to the nodes that keep what is shared. Each is settled once, on this room's thread, after {@link #PATIENCE} at the latest;
 * what is answered later than that is told apart, so that whoever asked can undo it.
 *
 * @param <A> an answer
 */
final class Questions<A> {

    /** Who waits longer is answered that nobody can be reached. */
    static final Duration PATIENCE = Duration.ofMillis(750);

    private static final Logger LOG = LogManager.getLogger(Questions.class);
    /** Questions that wait for an answer while the cluster is slow. */
    private static final int MOST_WAITING = 10_000;

    private final ScheduledExecutorService thread;
    private final A unreachable;
    private final AtomicLong unanswered = new AtomicLong();
    // Only on the thread:
    private final Set<Question> questions = new HashSet<>();
    private boolean closed;

    /**
     * What a reply means.
     *
     * @param <R> what the node says
     */
    interface Reading<R, A> {

        A of(@Nullable R reply, @Nullable Throwable failure);
    }

    /**
     * Nothing is asked yet.
     *
     * @param thread never waits, and has nothing that takes long
     * @param unreachable the answer where nobody gives one
     */
    Questions(ScheduledExecutorService thread, A unreachable) {
        this.thread = thread;
        this.unreachable = unreachable;
    }

    /**
     * Asks once. Any thread.
     *
     * @param submit sends the question; on the thread
     * @param reading of its reply
     * @param answer called once
     * @param late hears an answer for which nobody waits any more
     */
    <R> void ask(Supplier<CompletionStage<R>> submit, Reading<R, A> reading, Consumer<A> answer, Consumer<A> late) {
        try {
            thread.execute(() -> put(submit, reading, new Question(answer, late)));
        } catch (RejectedExecutionException ended) {
            answer.accept(unreachable);
        }
    }

    private <R> void put(Supplier<CompletionStage<R>> submit, Reading<R, A> reading, Question question) {
        if (closed || questions.size() >= MOST_WAITING) {
            question.settle(unreachable);
            return;
        }
        questions.add(question);
        question.patience = thread.schedule(question::giveUp, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        try {
            // Hazelcast completes futures on whatever thread it has, or on a new one for each: so each names ours.
            submit.get().whenCompleteAsync((reply, failure) -> question.hear(reading.of(reply, failure)), thread);
        } catch (RuntimeException gone) {
            question.settle(unreachable);
        }
    }

    /** Questions that were not answered in time. Any thread. */
    long unanswered() {
        return unanswered.get();
    }

    /** Nobody is left waiting. Any thread. */
    void close() {
        try {
            thread.execute(() -> {
                closed = true;
                Set.copyOf(questions).forEach(question -> question.settle(unreachable));
            });
        } catch (RejectedExecutionException ended) {
            // So nobody waits.
        }
    }

    /** One question and its one answer; only on the thread. */
    private final class Question {

        private final Consumer<A> answer;
        private final Consumer<A> late;
        private @Nullable Future<?> patience;
        private boolean settled;

        Question(Consumer<A> answer, Consumer<A> late) {
            this.answer = answer;
            this.late = late;
        }

        void hear(A told) {
            if (!settle(told)) {
                late.accept(told);
            }
        }

        void giveUp() {
            if (settle(unreachable)) {
                unanswered.incrementAndGet();
            }
        }

        boolean settle(A told) {
            if (settled) {
                return false;
            }
            settled = true;
            questions.remove(this);
            if (patience != null) {
                patience.cancel(false);
            }
            try {
                answer.accept(told);
            } catch (RuntimeException bug) {
                LOG.error("cluster: an answer could not be taken", bug);
            }
            return true;
        }
    }
}
