// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.AttemptRecord.Why;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.accounting.ExchangeRecord.Trace;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.accounting.SettlementListeners;
import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.TraceContext;
import dev.penstock.exchange.Usage;
import dev.penstock.telemetry.Alerts;
import dev.penstock.telemetry.Metrics;
import dev.penstock.telemetry.OtlpExport;
import dev.penstock.telemetry.RequestLog;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does the end of one exchange cost on its event loop, by who hears of it? {@code traced} is all of them for an exchange of
 * which spans are made, {@code all} for one of which none are. Run: {@code java -jar target/benchmarks.jar SettlementBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SettlementBenchmark {

    private static final Target GPT = new Target("openai", "gpt-4o");

    @Param({"metrics", "log", "alerts", "all", "traced"})
    public String who;

    private Metrics metrics;
    private RequestLog log;
    private OtlpExport traces;
    private SettlementListener listener;
    private ExchangeRecord[] records;
    private int next;

    @Setup(Level.Trial)
    public void open() throws Exception {
        Path folder = Files.createTempDirectory("settlement");
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(
                file, "providers:\n  openai: {type: openai, api_key: none}\nmodels:\n  chat: openai/gpt-4o\n");
        metrics = new Metrics("1", "c");
        metrics.configured(
                ((LoadResult.Loaded) new ConfigLoader(List.of(file), folder, Map.of(), null).load()).snapshot());
        log = RequestLog.to(OutputStream.nullOutputStream(), "1", "node");
        // Its queue is full from the start of the measurement on: what is measured is the way into it and past it.
        traces = new OtlpExport(
                metrics,
                "1",
                "node",
                json -> CompletableFuture.completedFuture(200),
                Runnable::run,
                (delay, task) -> () -> {});
        Alerts alerts = new Alerts(Ticker.system(), metrics.alerts());
        listener = switch (who) {
            case "metrics" -> metrics;
            case "log" -> log;
            case "alerts" -> alerts;
            default ->
                new SettlementListeners(List.of(metrics, log, traces, alerts), (heard, bug) -> {
                    throw bug;
                });
        };
        records = new ExchangeRecord[64];
        for (int i = 0; i < records.length; i++) {
            records[i] = record("tenant-" + i % 8, "feature-" + i / 8);
        }
    }

    private ExchangeRecord record(String tenant, String feature) {
        Usage usage = Usage.reported(812, 100, 221, 20);
        TraceContext context = new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "", true, 17);
        return new ExchangeRecord(
                new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0001L),
                "req_01900000000070008000000000000001",
                who.equals("traced") ? new Trace(context, 2_100_000L, 50_000L) : null,
                Instant.parse("2026-11-20T18:02:09.575Z"),
                ApiSchema.OPENAI_CHAT,
                "chat",
                GPT,
                true,
                Outcome.OK,
                200,
                null,
                "stop",
                usage,
                1,
                List.of(new AttemptRecord(
                        GPT,
                        Why.FIRST,
                        null,
                        0,
                        false,
                        3_000_000L,
                        1_800_000_000L,
                        usage,
                        1_250,
                        12_000_000L,
                        null,
                        1)),
                null,
                223,
                1_200,
                60_000,
                1_843_000_000L,
                412_000_000L,
                184_000L,
                9_000L,
                51_000_000L,
                Set.of(),
                48_000_000L,
                new Caller(tenant, "u-17", "k7f3", feature, ""),
                1_250,
                "",
                List.of(),
                List.of(),
                new ExchangeRecord.Times(2_000_000L, -1, -1, -1));
    }

    @TearDown(Level.Trial)
    public void close() {
        log.close();
        metrics.close();
    }

    @Benchmark
    public void settle() {
        listener.settled(records[next++ & 63]);
    }
}
