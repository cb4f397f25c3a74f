// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.config.LimitsConfig;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.Admission;
import dev.penstock.quota.AdmissionAsk;
import dev.penstock.quota.Leases;
import dev.penstock.quota.Limiter;
import dev.penstock.quota.MemoryLeases;
import dev.penstock.quota.QuotaListener;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a request pay for its limits on a held lease: admission and settlement, under one limit and under five?
 *
 * <p>{@code JMH_ONLY=QuotaBenchmark benchmarks/run jmh}. {@code fiveShared} has two event loops on the same counts.
 */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class QuotaBenchmark {

    private static final long PLENTY = 1L << 50;

    private final Shared shared = Shared.ONE;
    private final Limiter one = limiter(book(rule(Scope.TENANT, Unit.REQUESTS, Period.MINUTE)));
    private final Limiter five = limiter(book(RULES));
    private final Limiter fiveOfTwo = limiter(shared.book);
    private final AdmissionAsk ask = new AdmissionAsk(
            new Identity("acme", "", "acme-web", "ann", ""), "10.0.0.1", "chat", "", 500, 400, 150, 600);
    private final Consumer<Admission.Decision> answer = this::use;
    private long admitted;

    private static final LimitRule[] RULES = {
        rule(Scope.TENANT, Unit.REQUESTS, Period.MINUTE),
        rule(Scope.TENANT, Unit.TOKENS, Period.MINUTE),
        rule(Scope.TENANT, Unit.CONCURRENT, Period.NONE),
        rule(Scope.KEY, Unit.REQUESTS, Period.MINUTE),
        rule(Scope.TENANT, Unit.NANO_USD, Period.MONTH),
    };

    /** One limit of requests. */
    @Benchmark
    public long one() {
        one.admit(ask, answer);
        return admitted;
    }

    /** Requests, tokens, concurrency and money of the tenant, and requests of the key. */
    @Benchmark
    public long five() {
        five.admit(ask, answer);
        return admitted;
    }

    /** The same for two event loops at once. */
    @Benchmark
    @Threads(2)
    public long fiveShared() {
        fiveOfTwo.admit(ask, answer);
        return admitted;
    }

    private void use(Admission.Decision decision) {
        if (decision instanceof Admission.Decision.Admitted admission) {
            admitted++;
            admission.permit().settle(500, 300, 255_000);
        }
    }

    private static LimitRule rule(Scope scope, Unit unit, Period period) {
        return new LimitRule(scope, "*", "", unit, PLENTY, period, Fail.OPEN, false, List.of(), AtLimit.BLOCK);
    }

    private static Leases book(LimitRule... rules) {
        Ticker ticker = Ticker.system();
        return new Leases(
                new LimitsConfig(List.of(rules), LimitsConfig.Store.CLUSTER, false),
                new MemoryLeases(ticker),
                "bench",
                () -> 1,
                ticker,
                QuotaListener.NONE);
    }

    private static Limiter limiter(Leases book) {
        return new Limiter(book, Runnable::run, (delay, task) -> () -> {});
    }

    /** The book of all threads. */
    private static final class Shared {

        private static final Shared ONE = new Shared();

        private final Leases book = book(RULES);
    }
}
