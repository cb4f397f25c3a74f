// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The admission of one event loop: reserves under all limits that match, or under none. Limits are reserved one after the other;
 * where the lease at hand does not cover a call it waits for the store, with what it has, for about a second at most.
 *
 * <pre>{@code
 * match -> reserve -> all covered?  yes: admitted
 *             ^          no: ask the store -> granted, or uncounted --+
 *             +----------------------------------------------------- +
 *                                          -> reached, or unreachable: undo; refused, or again with the budget's other model
 * }</pre>
 */
public final class Limiter implements Admission {

    /** Longer than a lease waits for the store, so that it has given up when this looks. */
    private static final Duration PATIENCE = Duration.ofMillis(1_250);

    private static final int MOST_REDIRECTS = 3;

    private final Leases book;
    private final Executor loop;
    private final Timers timers;
    private @Nullable Counter[] found = new @Nullable Counter[16];

    /**
     * @param book of the process
     * @param loop runs tasks on this event loop
     * @param timers of this event loop
     */
    public Limiter(Leases book, Executor loop, Timers timers) {
        this.book = book;
        this.loop = loop;
        this.timers = timers;
    }

    @Override
    public void admit(AdmissionAsk ask, Consumer<Decision> answer) {
        begin(ask, ask.model(), List.of(), LimitUses.NONE, answer);
    }

    @Override
    public void admitProvider(String provider, AdmissionAsk ask, Consumer<Decision> answer) {
        Plan plan = book.plan();
        makeRoom(plan);
        Counter[] counters = counters(plan.matchProvider(ask, provider, found), List.of());
        if (counters.length == 0) {
            answer.accept(new Decision.Admitted(Permit.UNLIMITED));
            return;
        }
        go(new Call(ask, ask.model(), List.of(), answer, new LeasedPermit(book, ask, ask.model(), counters), true));
    }

    /**
     * @param model that answers, the one that was asked for or the one of a budget that is used up
     * @param without budgets that have sent the call to that model
     * @param before limits that were asked on the way there
     */
    private void begin(
            AdmissionAsk ask, String model, List<LimitRule> without, LimitUses before, Consumer<Decision> answer) {
        Plan plan = book.plan();
        makeRoom(plan);
        Counter[] counters = counters(plan.match(ask, model, found), without);
        if (counters.length == 0 && without.isEmpty()) {
            answer.accept(new Decision.Admitted(Permit.UNLIMITED));
            return;
        }
        LeasedPermit permit = new LeasedPermit(book, ask, model, counters).after(before);
        Counter unpriced = plan.refusesUnpriced() && without.isEmpty() ? unpriced(ask, counters) : null;
        if (unpriced != null) {
            refuse(unpriced, Words.unpriced(unpriced, model), permit, answer);
            return;
        }
        go(new Call(ask, model, without, answer, permit, false));
    }

    private void makeRoom(Plan plan) {
        if (found.length < plan.most()) {
            found = new @Nullable Counter[plan.most()];
        }
    }

    private Counter[] counters(int count, List<LimitRule> without) {
        if (without.isEmpty()) {
            return Arrays.copyOf(found, count, Counter[].class);
        }
        return Arrays.stream(found, 0, count)
                .filter(counter -> counter != null && !without.contains(counter.rule()))
                .toArray(Counter[]::new);
    }

    private static @Nullable Counter unpriced(AdmissionAsk ask, Counter[] counters) {
        if (ask.nanoUsdPerPromptToken() >= 0 && ask.nanoUsdPerOutputToken() >= 0) {
            return null;
        }
        for (Counter counter : counters) {
            if (counter.rule().unit() == Unit.NANO_USD) {
                return counter;
            }
        }
        return null;
    }

    private static Decision admitted(String model, List<LimitRule> without, Permit permit) {
        return without.isEmpty() ? new Decision.Admitted(permit) : new Decision.Redirected(model, permit);
    }

    private void go(Call call) {
        LeasedPermit permit = call.permit;
        while (!permit.reserve(book.millis())) {
            if (permit.isTooLarge() && permit.current().rule().unit() == Unit.TOKENS) {
                refuse(permit.current(), Words.tooLarge(permit.current(), permit.promptTokens()), permit, call.answer);
                return;
            }
            Waiter waiter = permit.await(loop, book.millis());
            Patience patience = new Patience(permit.awaited());
            if (waiter.park(() -> {
                patience.stop();
                if (goesOn(call, waiter)) {
                    go(call);
                }
            })) {
                patience.begin(timers);
                return;
            }
            if (!goesOn(call, waiter)) {
                return;
            }
        }
        permit.admitted();
        call.answer.accept(admitted(call.model, call.without, permit));
    }

    /** Whether there are other limits to ask, after this one has spoken. */
    private boolean goesOn(Call call, Waiter waiter) {
        LeasedPermit permit = call.permit;
        Counter counter = permit.current();
        switch (waiter.end()) {
            case TAKEN, UNCOUNTED -> {
                permit.take(waiter);
                return true;
            }
            case AGAIN -> {
                return true;
            }
            case UNREACHABLE -> refuse(counter, Words.unreachable(counter), permit, call.answer);
            case REFUSED -> {
                if (!call.provider
                        && counter.rule().atLimit() instanceof AtLimit.Use other
                        && call.without.size() < MOST_REDIRECTS) {
                    book.listener()
                            .onRefused(counter.rule().scope(), counter.rule().unit());
                    permit.refusedBy(counter);
                    permit.cancel();
                    List<LimitRule> without = new ArrayList<>(call.without);
                    without.add(counter.rule());
                    begin(call.ask, other.model(), without, permit, call.answer);
                } else {
                    GatewayError error = Words.reached(counter, permit.untilReset(book.millis()));
                    refuse(counter, error, permit, call.answer);
                }
            }
        }
        return false;
    }

    private void refuse(Counter counter, GatewayError error, LeasedPermit permit, Consumer<Decision> answer) {
        permit.refusedBy(counter);
        permit.cancel();
        book.listener().onRefused(counter.rule().scope(), counter.rule().unit());
        answer.accept(new Decision.Refused(error, permit.standings(), permit));
    }

    /** A call that is being admitted. */
    private record Call(
            AdmissionAsk ask,
            String model,
            List<LimitRule> without,
            Consumer<Decision> answer,
            LeasedPermit permit,
            boolean provider) {}

    /** Sees to it that a store that never answers is not waited for. */
    private static final class Patience {

        private final @Nullable Lease lease;
        private Timers.@Nullable Timer timer;

        Patience(@Nullable Lease lease) {
            this.lease = lease;
        }

        void begin(Timers timers) {
            timer = timers.after(PATIENCE, () -> {
                begin(timers);
                if (lease != null) {
                    lease.giveUpOverdue();
                }
            });
        }

        void stop() {
            if (timer != null) {
                timer.cancel();
            }
        }
    }
}
