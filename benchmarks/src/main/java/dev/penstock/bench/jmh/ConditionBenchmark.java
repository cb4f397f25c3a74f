// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.RequestTest;
import dev.penstock.policy.Conditions;
import dev.penstock.policy.PolicyException;
import dev.penstock.policy.Template;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a condition of the configuration cost per request? The goal is 3 us. {@code JMH_ONLY=ConditionBenchmark ./run jmh} answers;
 * the facts are there already, as they are for the second target of a route.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ConditionBenchmark {

    /** From the simplest one that people write to one that asks for everything. */
    @Param({
        "request.tokens > 8000",
        "tenant.region == 'eu' && request.tokens > 1000 && request.text.contains('refund') && !request.tools",
        "request.text.matches('(?i)refund|money back') || request.images",
        "['eu', 'ch'].exists(r, tenant.region.startsWith(r)) && request.max_tokens < 5000"
    })
    public String condition;

    private final RequestFacts facts = new Known();
    private RequestTest test;
    private Template template;

    @Setup(Level.Trial)
    public void compile() throws PolicyException {
        test = new Conditions().compile(condition);
        template = Template.compile("{{request.model}} is out of order{{#tenant.id}} for {{tenant.id}}{{/tenant.id}}.");
    }

    @Benchmark
    public boolean decide() {
        return test.test(facts);
    }

    @Benchmark
    public String say() {
        return template.fill(facts);
    }

    /** A request of which all is known. */
    private static final class Known implements RequestFacts {
        @Override
        public String model() {
            return "help";
        }

        @Override
        public long tokens() {
            return 9_000;
        }

        @Override
        public long maxTokens() {
            return 1_000;
        }

        @Override
        public String text() {
            return "Hello, I ordered a lamp last week and it came broken. Can I have a refund, please?";
        }

        @Override
        public String tenant() {
            return "acme";
        }

        @Override
        public String region() {
            return "eu";
        }
    }
}
