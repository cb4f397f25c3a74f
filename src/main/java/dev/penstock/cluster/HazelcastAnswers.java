// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.penstock.cluster.SettleCall.What;
import dev.penstock.idempotency.AnswerStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Named calls that the nodes of a cluster share, each kept on one of them with a copy on another, see {@link SettleCall}.
 *
 * <p>A question is settled once, on this room's thread, after {@link #PATIENCE} at the latest. A claim that is granted later than that is
 * freed again.
 */
final class HazelcastAnswers implements AnswerStore {

    /** What an entry's node says that cannot tell. */
    static final NamedCall NOBODY_KNOWS = new NamedCall();

    /** Who waits longer is answered that nobody can be reached. */
    static final Duration PATIENCE = Duration.ofMillis(750);

    private static final Logger LOG = LogManager.getLogger(HazelcastAnswers.class);
    /** Questions that wait for an answer while the cluster is slow. */
    private static final int MOST_WAITING = 10_000;

    private final String self;
    private final IMap<String, NamedCall> calls;
    private final ScheduledExecutorService thread;
    // Only on the thread:
    private final Set<Question> questions = new HashSet<>();
    private boolean closed;

    /** @param thread never waits, and has nothing that takes long */
    HazelcastAnswers(String self, HazelcastInstance hazelcast, ScheduledExecutorService thread) {
        this.self = self;
        this.calls = hazelcast.getMap(HazelcastSettings.NAMED_CALLS);
        this.thread = thread;
    }

    @Override
    public void claim(Ask ask, Consumer<Standing> answer) {
        ask(new Question(What.CLAIM, ask, null, 0, answer));
    }

    @Override
    public void renew(Ask ask) {
        ask(new Question(What.RENEW, ask, null, 0, unheard -> {}));
    }

    @Override
    public void keep(Ask ask, byte[] answer, Duration ttl) {
        ask(new Question(What.KEEP, ask, answer, ttl.toMillis(), unheard -> {}));
    }

    @Override
    public void free(Ask ask) {
        ask(new Question(What.FREE, ask, null, 0, unheard -> {}));
    }

    private void ask(Question question) {
        try {
            thread.execute(() -> put(question));
        } catch (RejectedExecutionException ended) {
            question.answer.accept(Standing.UNKNOWN);
        }
    }

    private void put(Question question) {
        if (closed || questions.size() >= MOST_WAITING) {
            question.settle(Standing.UNKNOWN);
            return;
        }
        questions.add(question);
        question.patience =
                thread.schedule(() -> question.settle(Standing.UNKNOWN), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        try {
            // Hazelcast completes futures on whatever thread it has, or on a new one for each: so each names ours.
            calls.submitToKey(question.ask.call(), question.processor()).whenCompleteAsync(question::hear, thread);
        } catch (RuntimeException gone) {
            question.settle(Standing.UNKNOWN);
        }
    }

    /** Nobody is left waiting. */
    void close() {
        try {
            thread.execute(() -> {
                closed = true;
                Set.copyOf(questions).forEach(question -> question.settle(Standing.UNKNOWN));
            });
        } catch (RejectedExecutionException ended) {
            // So nobody waits.
        }
    }

    /** One question and its one answer; only on the thread. */
    private final class Question {

        private final What what;
        private final Ask ask;
        private final byte @Nullable [] kept;
        private final long keepMillis;
        private final Consumer<Standing> answer;
        private @Nullable Future<?> patience;
        private boolean settled;

        Question(What what, Ask ask, byte @Nullable [] kept, long keepMillis, Consumer<Standing> answer) {
            this.what = what;
            this.ask = ask;
            this.kept = kept;
            this.keepMillis = keepMillis;
            this.answer = answer;
        }

        SettleCall processor() {
            return new SettleCall(what, ask.fingerprint(), ask.owner(), self, kept, keepMillis);
        }

        void hear(@Nullable NamedCall standing, @Nullable Throwable failure) {
            boolean claimed = failure == null && standing == null && what == What.CLAIM;
            if (!settle(failure == null ? of(standing) : Standing.UNKNOWN) && claimed) {
                // It came too late, and nobody is going to make the call.
                free(ask);
            }
        }

        private Standing of(@Nullable NamedCall standing) {
            if (standing == null) {
                return Standing.CLAIMED;
            }
            if (standing.isNobodys()) {
                return Standing.UNKNOWN;
            }
            if (!standing.hasFingerprint(ask.fingerprint())) {
                return Standing.DIFFERENT;
            }
            byte[] before = standing.answer();
            return before == null ? Standing.UNDER_WAY : new Standing.Answered(before);
        }

        boolean settle(Standing standing) {
            if (settled) {
                return false;
            }
            settled = true;
            questions.remove(this);
            if (patience != null) {
                patience.cancel(false);
            }
            try {
                answer.accept(standing);
            } catch (RuntimeException bug) {
                LOG.error("cluster: an answer about a named call could not be taken", bug);
            }
            return true;
        }
    }
}
