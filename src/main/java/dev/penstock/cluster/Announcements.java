// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.map.IMap;
import dev.penstock.exchange.Ticker;
import dev.penstock.resilience.BreakerAnnouncements;
import dev.penstock.resilience.BreakerNotice;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
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
 * What breakers tell other nodes and hear from them. A notice goes two ways: over the bus, which is quick, and onto the board,
 * which reaches those who come later or were cut off. The second of the two to arrive is dropped, and so is everything that this
 * node said itself. Nothing that was heard is told again. What this node said stays on the board for as long as it holds: where
 * it was lost, to a call that failed or to two halves that met again, it is put there anew.
 *
 * <p>State is touched on one thread of this room's own. Hazelcast completes futures on whatever thread it has, or on a new one
 * for each where the machine is small; so each callback names that thread.
 */
final class Announcements implements BreakerAnnouncements {

    /** Who waits longer for leave to probe may as well probe: the target will bear it. */
    static final Duration PATIENCE = Duration.ofMillis(500);

    private static final Logger LOG = LogManager.getLogger(Announcements.class);
    private static final int MOST_REMEMBERED = 10_000;
    /** How often the board is read although it says when it changes. */
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private final String self;
    private final Supplier<Standing> standing;
    private final BreakerBoard board;
    private final IMap<String, String> probes;
    private final ScheduledExecutorService thread;
    private final Executor worker;
    private final Consumer<BreakerNotice> bus;
    private final Ticker ticker;
    private final AtomicLong unanswered = new AtomicLong();
    // Only on the thread:
    private final Map<String, Long> versions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };
    private final Map<String, Said> said = new HashMap<>();
    private final Set<Question> questions = new HashSet<>();
    private @Nullable Consumer<BreakerNotice> heard;
    private @Nullable Future<?> rereading;

    Announcements(
            String self,
            Supplier<Standing> standing,
            BreakerBoard board,
            IMap<String, String> probes,
            ScheduledExecutorService thread,
            Executor worker,
            Consumer<BreakerNotice> bus,
            Ticker ticker) {
        this.self = self;
        this.standing = standing;
        this.board = board;
        this.probes = probes;
        this.thread = thread;
        this.worker = worker;
        this.bus = bus;
        this.ticker = ticker;
    }

    // ---- telling

    @Override
    public void announce(BreakerNotice notice) {
        if (!notice.node().equals(self)) {
            // Heard from another node, which has told everybody itself.
            return;
        }
        bus.accept(notice);
        onThread(() -> remember(notice));
        worker.execute(() -> board.put(notice));
    }

    private void remember(BreakerNotice notice) {
        Said last = said.get(notice.breaker());
        if (last == null || last.notice.version() < notice.version()) {
            said.put(
                    notice.breaker(),
                    new Said(notice, ticker.nanos() + BreakerBoard.span(notice).toNanos()));
        }
    }

    /** What this node said and still holds, with the time that is left. */
    private List<BreakerNotice> stillHolding() {
        long now = ticker.nanos();
        said.values().removeIf(past -> past.end - now <= 0);
        return said.values().stream().map(past -> past.at(now)).toList();
    }

    // ---- hearing

    /** From now on, and what is on the board already. */
    void hear(Consumer<BreakerNotice> listener) {
        onThread(() -> listen(listener));
        worker.execute(() -> {
            board.watch(this::arrived);
            board.read().forEach(this::arrived);
        });
    }

    private void listen(Consumer<BreakerNotice> listener) {
        heard = listener;
        if (rereading == null) {
            long period = AGAIN.toMillis();
            rereading = thread.scheduleWithFixedDelay(this::lookAgain, period, period, TimeUnit.MILLISECONDS);
        }
    }

    /** What two halves of a cluster bring each other when they meet again lies on the board without a word to those who watch it. */
    private void lookAgain() {
        List<BreakerNotice> own = stillHolding();
        if (standing.get() == Standing.JOINED) {
            worker.execute(() -> {
                List<BreakerNotice> held = board.read();
                held.forEach(this::arrived);
                own.stream().filter(notice -> isMissing(notice, held)).forEach(board::put);
            });
        }
    }

    private static boolean isMissing(BreakerNotice own, List<BreakerNotice> held) {
        return held.stream()
                .noneMatch(there -> there.node().equals(own.node())
                        && there.breaker().equals(own.breaker())
                        && there.version() >= own.version());
    }

    /** From the bus or from the board; any thread. */
    void arrived(BreakerNotice notice) {
        if (!notice.node().equals(self)) {
            onThread(() -> take(notice));
        }
    }

    private void take(BreakerNotice notice) {
        Consumer<BreakerNotice> listener = heard;
        if (listener == null) {
            return;
        }
        String key = BreakerBoard.key(notice.node(), notice.breaker());
        Long known = versions.get(key);
        if (known != null && known >= notice.version()) {
            return;
        }
        versions.put(key, notice.version());
        try {
            listener.accept(notice);
        } catch (RuntimeException bug) {
            LOG.error("cluster: a breaker notice could not be taken", bug);
        }
    }

    private void onThread(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException closed) {
            // Nobody listens any more.
        }
    }

    // ---- asking

    @Override
    public void askToProbe(String breaker, Duration span, Consumer<Boolean> answer) {
        try {
            thread.execute(() -> ask(breaker, span, answer));
        } catch (RejectedExecutionException closed) {
            answer.accept(true);
        }
    }

    private void ask(String breaker, Duration span, Consumer<Boolean> answer) {
        if (standing.get() != Standing.JOINED) {
            answer.accept(true);
            return;
        }
        Question question = new Question(answer);
        questions.add(question);
        question.patience = thread.schedule(question::giveUp, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        try {
            probes.submitToKey(breaker, new TakeProbe(self, Math.max(1, span.toMillis())))
                    .whenCompleteAsync((taken, failure) -> question.settle(failure != null || taken), thread);
        } catch (RuntimeException gone) {
            question.settle(true);
        }
    }

    /** Nobody is left waiting. */
    void close() {
        onThread(() -> Set.copyOf(questions).forEach(question -> question.settle(true)));
    }

    /** Questions that the cluster did not answer in time. */
    long unanswered() {
        return unanswered.get();
    }

    /** Something that this node told the others, until the ticker's {@code end}. */
    private record Said(BreakerNotice notice, long end) {

        BreakerNotice at(long now) {
            return notice.open() ? notice.withRemaining(Duration.ofNanos(end - now)) : notice;
        }
    }

    /** One question and its one answer; only on the thread. */
    private final class Question {

        private final Consumer<Boolean> answer;
        private @Nullable Future<?> patience;
        private boolean settled;

        Question(Consumer<Boolean> answer) {
            this.answer = answer;
        }

        void giveUp() {
            if (!settled) {
                unanswered.incrementAndGet();
                settle(true);
            }
        }

        void settle(boolean may) {
            if (settled) {
                return;
            }
            settled = true;
            questions.remove(this);
            if (patience != null) {
                patience.cancel(false);
            }
            answer.accept(may);
        }
    }
}
