// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.config.LimitsConfig;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.time.ManualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One node's quota with its time in the test's hand, and short words for rules and calls. */
final class QuotaRoom {

    static final String TENANT = "acme";

    final ManualTime time;
    final Leases book;
    final Limiter limiter;
    final List<String> heard = java.util.Collections.synchronizedList(new ArrayList<>());

    QuotaRoom(LimitRule... rules) {
        this(new ManualTime(), rules);
    }

    private QuotaRoom(ManualTime time, LimitRule... rules) {
        this(time, time, new MemoryLeases(time), 1, limits(rules));
    }

    QuotaRoom(ManualTime time, Ticker clock, LeaseStore store, int nodes, LimitsConfig limits) {
        this.time = time;
        this.book = new Leases(limits, store, "node-1", () -> nodes, clock, new Listener());
        this.limiter = new Limiter(book, Runnable::run, time);
        book.start(time);
    }

    private QuotaRoom(QuotaRoom node) {
        this.time = node.time;
        this.book = node.book;
        this.limiter = new Limiter(book, Runnable::run, (delay, task) -> () -> {});
    }

    /** Another event loop of the same node. */
    QuotaRoom loop() {
        return new QuotaRoom(this);
    }

    static LimitsConfig limits(LimitRule... rules) {
        return new LimitsConfig(List.of(rules), LimitsConfig.Store.CLUSTER, false);
    }

    static LimitRule rule(Scope scope, String name, Unit unit, long amount, Period period) {
        return new LimitRule(scope, name, "", unit, amount, period, Fail.CLOSED, false, List.of(), AtLimit.BLOCK);
    }

    /** A limit of the tenant {@link #TENANT}. */
    static LimitRule tenant(Unit unit, long amount, Period period) {
        return rule(Scope.TENANT, TENANT, unit, amount, period);
    }

    static LimitRule failing(LimitRule rule, Fail fail) {
        return new LimitRule(
                rule.scope(),
                rule.name(),
                rule.tenant(),
                rule.unit(),
                rule.amount(),
                rule.period(),
                fail,
                rule.strict(),
                rule.warnAt(),
                rule.atLimit());
    }

    static LimitRule strict(LimitRule rule) {
        return new LimitRule(
                rule.scope(),
                rule.name(),
                rule.tenant(),
                rule.unit(),
                rule.amount(),
                rule.period(),
                rule.fail(),
                true,
                rule.warnAt(),
                rule.atLimit());
    }

    static LimitRule inTenant(LimitRule rule, String tenant) {
        return new LimitRule(
                rule.scope(),
                rule.name(),
                tenant,
                rule.unit(),
                rule.amount(),
                rule.period(),
                rule.fail(),
                rule.strict(),
                rule.warnAt(),
                rule.atLimit());
    }

    static LimitRule warning(LimitRule rule, Double... shares) {
        return new LimitRule(
                rule.scope(),
                rule.name(),
                rule.tenant(),
                rule.unit(),
                rule.amount(),
                rule.period(),
                rule.fail(),
                rule.strict(),
                List.of(shares),
                rule.atLimit());
    }

    static LimitRule using(LimitRule rule, String model) {
        return new LimitRule(
                rule.scope(),
                rule.name(),
                rule.tenant(),
                rule.unit(),
                rule.amount(),
                rule.period(),
                rule.fail(),
                rule.strict(),
                rule.warnAt(),
                new AtLimit.Use(model));
    }

    /** A call of the tenant {@link #TENANT}: ten tokens of prompt at one nano-dollar, as many of output as said at two. */
    static AdmissionAsk call(long prompt, long output) {
        return call(TENANT, "ann", prompt, output);
    }

    static AdmissionAsk call(String tenant, String user, long prompt, long output) {
        return new AdmissionAsk(
                new Identity(tenant, "", tenant + "-web", user, ""),
                "10.0.0.1",
                "chat",
                "copilot",
                prompt,
                output,
                1,
                2);
    }

    Admission.Decision admit(AdmissionAsk ask) {
        List<Admission.Decision> decisions = new ArrayList<>();
        limiter.admit(ask, decisions::add);
        if (decisions.size() != 1) {
            throw new AssertionError("answered " + decisions.size() + " times");
        }
        return decisions.getFirst();
    }

    /** The same where another thread may have to answer. */
    Admission.Decision admitAmongOthers(AdmissionAsk ask) {
        CompletableFuture<Admission.Decision> decision = new CompletableFuture<>();
        limiter.admit(ask, made -> {
            if (!decision.complete(made)) {
                throw new AssertionError("answered twice");
            }
        });
        return decision.orTimeout(30, TimeUnit.SECONDS).join();
    }

    Permit admitted(AdmissionAsk ask) {
        return ((Admission.Decision.Admitted) admit(ask)).permit();
    }

    Admission.Decision.Refused refused(AdmissionAsk ask) {
        return (Admission.Decision.Refused) admit(ask);
    }

    boolean passes(AdmissionAsk ask) {
        return admit(ask) instanceof Admission.Decision.Admitted;
    }

    private final class Listener implements QuotaListener {

        @Override
        public void onAdmitted(Scope scope, Unit unit) {
            heard.add("admitted " + scope + " " + unit);
        }

        @Override
        public void onRefused(Scope scope, Unit unit) {
            heard.add("refused " + scope + " " + unit);
        }

        @Override
        public void onWarning(LimitRule rule, String whose, double share) {
            heard.add("warning " + whose + " " + share);
        }

        @Override
        public void onStore(boolean reachable) {
            heard.add("store " + reachable);
        }
    }

    /** A store that keeps what it is asked until the test answers. */
    static final class SilentStore implements LeaseStore {

        final List<Ask> asks = new ArrayList<>();
        final List<Consumer<Grant>> answers = new ArrayList<>();

        @Override
        public void exchange(Ask ask, Consumer<Grant> answer) {
            asks.add(ask);
            answers.add(answer);
        }
    }
}
