// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.accounting.ExchangeRecord.Times;
import dev.penstock.config.LedgerConfig;
import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Content;
import dev.penstock.config.LedgerConfig.Fsync;
import dev.penstock.config.LedgerConfig.OnFull;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.Ledger;
import dev.penstock.ledger.LedgerListener;
import dev.penstock.ledger.LedgerStatus;
import dev.penstock.store.SqlStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What does a call cost behind the event loops, thread by thread, until it stands in SQLite?
 *
 * <p>{@code benchmarks/run ledger}: records go through the journal into a new file, RATE a second (0: as fast as they are taken) and CALLS in
 * all, first a third of that to get warm; of one caller, then of forty tenants with fifty people each, whose sums have many rows. Figures are processor time of the
 * threads by record: {@code journal} encodes and writes, {@code sync} asks the disk to keep it, {@code ship} reads and decodes, {@code sql} is the store.
 */
final class LedgerFigures {

    private static final int AHEAD = 8_000;
    private static final int TENANTS = 40;
    private static final Map<String, String> THREADS = Map.of(
            "penstock-journal", "journal",
            "penstock-journal-sync", "sync",
            "penstock-ledger-ship", "ship",
            "penstock-ledger", "sql");

    private final Random random = new Random(6);
    private final int calls = Integer.getInteger("bench.calls", 200_000);
    private final int rate = Integer.getInteger("bench.rate", 0);
    private final Results results = new Results("ledger");

    public static void main(String[] args) throws IOException {
        LedgerFigures figures = new LedgerFigures();
        figures.measure("one caller", 1);
        figures.measure("many callers", TENANTS);
        figures.results.save();
        System.exit(0);
    }

    private void measure(String mix, int tenants) throws IOException {
        Path folder = Files.createTempDirectory(Bench.work(), "ledger");
        try (SqlStore store = SqlStore.of(
                new StorageConfig(new Place.SqliteFile(folder.resolve("penstock.db"), true), true), Ticker.system())) {
            LedgerConfig config = new LedgerConfig(
                    true,
                    folder.resolve("ledger"),
                    Fsync.INTERVAL,
                    Duration.ofMillis(50),
                    Ack.NONE,
                    OnFull.CONTINUE,
                    Content.METADATA);
            try (Ledger ledger = Ledger.start(config, "node-1", store.ledger(), Ticker.system(), new Loud())) {
                put(ledger, tenants, calls / 3);
                Map<String, Long> before = cpuNanos();
                long begin = System.nanoTime();
                put(ledger, tenants, calls);
                double seconds = (System.nanoTime() - begin) / 1e9;
                Map<String, Double> micros = new TreeMap<>();
                cpuNanos()
                        .forEach((name, nanos) ->
                                micros.put(name, Results.round((nanos - before.getOrDefault(name, 0L)) / 1e3 / calls)));
                double all = Results.round(micros.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum());
                System.out.printf(
                        "  %-14s %,d calls, %,.0f a second: %.2f us of CPU each, %s%n",
                        mix, calls, calls / seconds, all, micros);
                results.put(mix, Map.of("cpu_us_per_call", all, "of_threads", micros, "per_second", calls / seconds));
            }
        }
        delete(folder);
    }

    private void put(Ledger ledger, int tenants, int count) {
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (i % 50 == 0) {
                while (rate > 0 && i * 1e9 / rate > System.nanoTime() - begin) {
                    LockSupport.parkNanos(1_000_000);
                }
                while (ledger.status().waiting() > AHEAD) {
                    LockSupport.parkNanos(50_000);
                }
            }
            ledger.settled(record(tenants));
        }
        while (ledger.status().waiting() > 0 || ledger.status().behindRecords() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        LedgerStatus status = ledger.status();
        if (status.lost() > 0) {
            throw new IllegalStateException(status.toString());
        }
    }

    private static Map<String, Long> cpuNanos() {
        Map<String, Long> nanos = new TreeMap<>();
        var threads = ManagementFactory.getThreadMXBean();
        for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
            String name = info == null ? null : THREADS.get(info.getThreadName());
            if (name != null) {
                nanos.merge(name, threads.getThreadCpuTime(info.getThreadId()), Long::sum);
            }
        }
        return nanos;
    }

    /** Few tenants make most calls. */
    private ExchangeRecord record(int tenants) {
        Instant started = Instant.now();
        UUID uuid = new UUID(
                started.toEpochMilli() << 16 | 0x7000 | random.nextInt(0x1000), random.nextLong() >>> 2 | 1L << 63);
        HexFormat hex = HexFormat.of();
        String tenant = "tenant-" + (int) (tenants * Math.pow(random.nextDouble(), 2.5));
        Target target = tenants == 1 || random.nextInt(3) > 0
                ? new Target("openai", "gpt-5-mini")
                : new Target("anthropic", "claude-haiku-4-5");
        Usage usage = Usage.reported(200 + random.nextInt(4_000), random.nextInt(200), 20 + random.nextInt(900), 20);
        long duration = 500_000_000L + random.nextLong(9_000_000_000L);
        long nanoUsd = usage.inputTokens() * 1_250 + usage.outputTokens() * 10_000;
        AttemptRecord attempt = new AttemptRecord(
                target,
                AttemptRecord.Why.FIRST,
                null,
                0,
                false,
                600_000,
                duration,
                usage,
                nanoUsd,
                300_000_000,
                "req_011CUd" + Long.toHexString(random.nextLong()),
                1);
        return new ExchangeRecord(
                uuid,
                "req_" + hex.toHexDigits(uuid.getMostSignificantBits())
                        + hex.toHexDigits(uuid.getLeastSignificantBits()),
                null,
                started,
                ApiSchema.OPENAI_CHAT,
                target.model(),
                target,
                true,
                tenants > 1 && random.nextInt(20) == 0 ? Outcome.CANCELLED : Outcome.OK,
                200,
                null,
                "stop",
                usage,
                1,
                List.of(attempt),
                null,
                usage.outputTokens(),
                4 * usage.inputTokens(),
                270 * usage.outputTokens(),
                duration,
                300_000_000,
                600_000,
                20_000,
                90_000_000,
                Set.of(),
                40_000_000,
                new Caller(
                        tenant,
                        tenant + "-user-" + random.nextInt(tenants == 1 ? 1 : 50),
                        tenant + "-key",
                        tenants == 1 ? "" : "feature-" + random.nextInt(4),
                        ""),
                nanoUsd,
                "2026-11-01",
                List.of(new LimitUse("tenants." + tenant + ".tpm", "tokens", 2_000, usage.totalTokens(), false)),
                List.of(),
                new Times(100_000, 200_000, 300_000, 300_500_000));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static final class Loud implements LedgerListener {

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
