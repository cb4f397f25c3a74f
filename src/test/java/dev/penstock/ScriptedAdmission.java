// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.LimitStanding;
import dev.penstock.quota.Admission;
import dev.penstock.quota.AdmissionAsk;
import dev.penstock.quota.Permit;
import dev.penstock.quota.Standings;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/** Limits that do what the test says, and remember what they were asked and what came back. */
final class ScriptedAdmission implements Function<EventLoop, Admission> {

    static final Standings STANDINGS = new Standings(
            new LimitStanding("tenant acme rpm", 60, 59, Duration.ofSeconds(1)),
            new LimitStanding("tenant acme tpm", 40_000, 39_000, Duration.ofMinutes(6)));

    final List<AdmissionAsk> asks = new CopyOnWriteArrayList<>();
    /** Ends of permits, as they come. */
    final List<String> ends = new CopyOnWriteArrayList<>();
    /** Tokens of output that were told when more was wanted. */
    final List<Long> wants = new CopyOnWriteArrayList<>();

    private final Function<ScriptedAdmission, Admission.Decision> decision;
    private volatile long covered;
    private volatile long step;
    private volatile long most;
    /** Answers that wait for the test; null where they come at once. */
    private volatile List<Runnable> late;

    private ScriptedAdmission(Function<ScriptedAdmission, Admission.Decision> decision, long covered) {
        this.decision = decision;
        this.covered = covered;
        this.most = covered;
    }

    /** Everybody may, and as much as there is. */
    static ScriptedAdmission admitting() {
        return covering(Long.MAX_VALUE);
    }

    /** Everybody may, for that many tokens of output. */
    static ScriptedAdmission covering(long tokens) {
        return new ScriptedAdmission(self -> new Admission.Decision.Admitted(self.permit()), tokens);
    }

    static ScriptedAdmission deciding(Function<ScriptedAdmission, Admission.Decision> decision) {
        return new ScriptedAdmission(decision, Long.MAX_VALUE);
    }

    /** Who asks for more gets that many more, up to a number of all. */
    ScriptedAdmission growing(long by, long upTo) {
        step = by;
        most = upTo;
        return this;
    }

    /** Nobody hears anything before the test says so. */
    ScriptedAdmission late() {
        late = new CopyOnWriteArrayList<>();
        return this;
    }

    void answerAll() {
        late.forEach(Runnable::run);
    }

    @Override
    public Admission apply(EventLoop loop) {
        return (ask, answer) -> admit(loop, ask, answer);
    }

    private void admit(EventLoop loop, AdmissionAsk ask, Consumer<Admission.Decision> answer) {
        if (late == null) {
            asks.add(ask);
            answer.accept(decision.apply(this));
        } else {
            late.add(() -> loop.execute(() -> answer.accept(decision.apply(this))));
            // Seen by the test when there is something to answer.
            asks.add(ask);
        }
    }

    Permit permit() {
        return new Permit() {
            private long mine = covered;

            @Override
            public Standings standings() {
                return STANDINGS;
            }

            @Override
            public long outputTokens(long nanoUsdPerOutputToken) {
                return mine;
            }

            @Override
            public long more(long soFar) {
                wants.add(soFar);
                mine = Math.min(most, mine + step);
                return mine;
            }

            @Override
            public void settle(long inputTokens, long outputTokens, long nanoUsd) {
                ends.add("settled " + inputTokens + " " + outputTokens + " " + nanoUsd);
            }

            @Override
            public void cancel() {
                ends.add("cancelled");
            }
        };
    }
}
