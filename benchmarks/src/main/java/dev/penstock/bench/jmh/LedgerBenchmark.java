// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.config.LedgerConfig;
import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Content;
import dev.penstock.config.LedgerConfig.Fsync;
import dev.penstock.config.LedgerConfig.OnFull;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.Ledger;
import dev.penstock.ledger.LedgerListener;
import dev.penstock.ledger.LedgerStatus;
import dev.penstock.ledger.MemoryLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a request pay for its record in the ledger, and how many records a second reach the disk?
 *
 * <p>{@code JMH_ONLY=LedgerBenchmark benchmarks/run jmh}. {@code journal} is the whole way of a record: laid into the queue, encoded,
 * written, synced every 50 ms and shipped to a store in memory; a producer that is ahead of the writer waits for it, so its inverse is
 * what the journal sustains.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class LedgerBenchmark {

    private static final int MANY = 10_000;
    private static final int AHEAD = 8_000;

    private final ExchangeRecord[] records = new ExchangeRecord[MANY];
    private Path folder;
    private Ledger ledger;

    @Setup(Level.Trial)
    public void open() throws IOException {
        for (int i = 0; i < MANY; i++) {
            records[i] = record(i);
        }
        folder = Files.createTempDirectory("penstock-ledger");
        LedgerConfig config = new LedgerConfig(
                true, folder, Fsync.INTERVAL, Duration.ofMillis(50), Ack.NONE, OnFull.CONTINUE, Content.METADATA);
        ledger = Ledger.start(config, "bench", new MemoryLedger(10_000), Ticker.system(), new Silent());
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        ledger.close();
        LedgerStatus status = ledger.status();
        if (status.lost() > 0) {
            throw new IllegalStateException(status.toString());
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public void journal() {
        for (int i = 0; i < MANY; i++) {
            if (i % 500 == 0) {
                while (ledger.status().waiting() > AHEAD) {
                    LockSupport.parkNanos(50_000);
                }
            }
            ledger.settled(records[i]);
        }
    }

    private static ExchangeRecord record(int number) {
        Target target = new Target("openai", "gpt-4o");
        Usage usage = Usage.reported(812, 100, 221, 20);
        return new ExchangeRecord(
                new UUID(0x0190_0000_0000_7000L + number, 0x8000_0000_0000_0001L),
                "01900000000070008000000000000" + number,
                ExchangeRecord.Trace.ofId("4bf92f3577b34da6a3ce929d0e0e4736"),
                Instant.parse("2026-11-20T18:02:09.575Z"),
                ApiSchema.OPENAI_CHAT,
                "chat",
                target,
                true,
                Outcome.OK,
                200,
                null,
                "stop",
                usage,
                1,
                List.of(new AttemptRecord(
                        target,
                        AttemptRecord.Why.FIRST,
                        null,
                        0,
                        false,
                        3_000_000,
                        1_840_000_000,
                        usage,
                        4_240_000,
                        409_000_000,
                        "req_8a7d1f",
                        1)),
                "main",
                223,
                1_200,
                60_000,
                1_843_000_000,
                412_000_000,
                184_000,
                9_000,
                51_000_000,
                Set.of(),
                48_000_000,
                new Caller("acme", "ann", "k7f3", "support", ""),
                4_240_000,
                "2026-11",
                List.of(),
                List.of(),
                ExchangeRecord.Times.NONE);
    }

    private static final class Silent implements LedgerListener {

        @Override
        public void onSync(long nanos) {}

        @Override
        public void onAlarm(String what) {
            System.err.println(what);
        }

        @Override
        public void onNote(String what) {}
    }
}
