// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.admin.AskedFor;
import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.TargetSignals;
import dev.penstock.routing.Route;
import dev.penstock.routing.RouteQuestion;
import dev.penstock.routing.RouteTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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
 * What does it cost to decide where one request goes, by strategy, among four targets of one tier? {@code single} is a model with
 * one target, {@code condition} one with a condition in CEL. Run: {@code java -jar target/benchmarks.jar RoutingBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RoutingBenchmark {

    @Param({"single", "list", "weighted", "latency", "least_busy", "cost", "sticky", "condition"})
    public String model;

    private RouteTable table;
    private RouteQuestion question;

    @Setup(Level.Trial)
    public void load() throws Exception {
        Path folder = Files.createTempDirectory("routing");
        Path file = folder.resolve("penstock.yaml");
        String four = "targets: [{use: a/x, cost: {input: 1, output: 2}}, b/x, c/x, d/x]";
        StringBuilder yaml = new StringBuilder("providers:\n");
        List.of("a", "b", "c", "d").forEach(name -> yaml.append("  " + name + ": {type: demo, models: [x]}\n"));
        yaml.append("models:\n  single: a/x\n  list: [a/x, b/x, c/x, d/x]\n")
                .append("  condition: [{use: a/x, when: \"request.tokens > 8000\"}, b/x, c/x, d/x]\n");
        List.of("weighted", "latency", "least_busy", "cost")
                .forEach(name -> yaml.append("  " + name + ": {strategy: " + name + ", " + four + "}\n"));
        yaml.append("  sticky: {strategy: sticky, sticky: {by: user}, " + four + "}\n");
        Files.writeString(file, yaml);
        Snapshot snapshot =
                ((LoadResult.Loaded) new ConfigLoader(List.of(file), folder, Map.of(), null).load()).snapshot();
        table = new RouteTable(snapshot, (target, breaker) -> TargetSignals.UNKNOWN, new SplittableRandom(1));
        question = new RouteQuestion(
                model,
                new AskedFor(
                        model,
                        ApiSchema.OPENAI_CHAT,
                        false,
                        900,
                        100,
                        false,
                        false,
                        false,
                        7,
                        "",
                        "",
                        "kim",
                        Priority.INTERACTIVE,
                        ""));
    }

    @Benchmark
    public Route decide() {
        return table.route(question).result();
    }
}
