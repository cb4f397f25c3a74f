// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.auth.StoredKey;
import dev.penstock.config.Secret;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import dev.penstock.config.StorageConfig.Retention;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageQuery.Step;
import dev.penstock.store.SqlStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How fast does the ledger take calls, and how soon does it answer for a million of them?
 *
 * <p>{@code benchmarks/run usage}: calls of 30 days, the same for the same SEED, go in in batches as the journal sends them; what is older
 * than the usual retention is deleted; then questions are asked, each as often as ROUNDS says. CALLS is how many calls, DATABASE another
 * place than a new file of SQLite, such as {@code postgresql://user:password@host:5432/database}, which must be empty.
 */
final class UsageFigures {
    private static final int BATCH = 500;
    private static final int UNDER_WAY = 4;
    private static final int TENANTS = 40;
    private static final int DAYS = 30;
    private static final double GOAL_MILLIS = 100;
    private static final List<Target> TARGETS = List.of(
            new Target("openai", "gpt-5"),
            new Target("openai", "gpt-5-mini"),
            new Target("openai", "gpt-5-nano"),
            new Target("anthropic", "claude-opus-4-5"),
            new Target("anthropic", "claude-haiku-4-5"),
            new Target("gemini", "gemini-3-pro"),
            new Target("gemini", "gemini-3-flash"),
            new Target("vllm", "qwen3-32b"));

    private final SqlStore store;
    private final LedgerStore ledger;
    private final Random random = new Random(Integer.getInteger("bench.seed", 6));
    private final int calls = Integer.getInteger("bench.calls", 1_000_000);
    private int count;
    private final int rounds = Integer.getInteger("bench.rounds", 15);
    private final Instant end = Instant.now().truncatedTo(ChronoUnit.DAYS).plus(Duration.ofMinutes(14 * 60 + 37));
    private final String name;
    private final Results results;

    private UsageFigures(SqlStore store, String name) {
        this.store = store;
        this.ledger = store.ledger();
        this.name = name;
        this.results = new Results("usage-" + name);
    }

    public static void main(String[] args) {
        String database = System.getProperty("bench.database", "");
        Path file = Bench.work().resolve("usage.db");
        Place place = database.isEmpty() ? fresh(file) : server(URI.create(database));
        SqlStore store = SqlStore.of(new StorageConfig(place, true), Ticker.system());
        if (store == null) {
            throw new IllegalStateException("no store");
        }
        try (store) {
            new UsageFigures(store, database.isEmpty() ? "sqlite" : "postgresql")
                    .measure(database.isEmpty() ? file : null);
        }
        System.exit(0);
    }

    private static Place fresh(Path file) {
        try {
            for (String end : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + end));
            }
            return new Place.SqliteFile(file, true);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static Place server(URI url) {
        String[] who = url.getUserInfo().split(":", 2);
        return new Place.Postgres(
                url.getHost(),
                url.getPort(),
                url.getPath().substring(1),
                who[0],
                who.length < 2 ? null : Secret.of(who[1]),
                StorageConfig.Tls.PREFER,
                null);
    }

    private void measure(@Nullable Path file) {
        await(store.start().toCompletionStage());
        results.put("calls", calls);
        List<Double> alone = putKeys(() -> false);
        results.put("key_put_ms_alone_p50_max", spread(alone));
        List<Double> beside = append();
        results.put("key_put_ms_while_appending_p50_max", spread(beside));
        System.out.println(
                "  keys put: " + spread(alone) + " ms alone, " + spread(beside) + " ms while the ledger writes");
        expire();
        if (file != null) {
            results.put("file_mib", Math.round(size(file) / 1_048_576.0));
        }
        ask();
        results.save();
    }

    /** All calls, in the order of time; keys are put meanwhile, one after the other. */
    private List<Double> append() {
        boolean[] over = {false};
        List<Double> keys = new ArrayList<>();
        Thread putting = Thread.ofPlatform().start(() -> keys.addAll(putKeys(() -> !over[0])));
        Queue<CompletionStage<Void>> underWay = new ArrayDeque<>();
        long begin = System.nanoTime();
        double step = Duration.ofDays(DAYS).toMillis() / (double) calls;
        Instant first = end.minus(Duration.ofDays(DAYS));
        List<LedgerEntry> batch = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            batch.add(call(first.plusMillis((long) (i * step))));
            if (batch.size() == BATCH || i == calls - 1) {
                underWay.add(ledger.append(batch));
                batch = new ArrayList<>();
            }
            if (underWay.size() > UNDER_WAY) {
                await(underWay.remove());
            }
        }
        underWay.forEach(UsageFigures::await);
        double seconds = (System.nanoTime() - begin) / 1e9;
        over[0] = true;
        try {
            putting.join();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        double micros = cpuNanos("penstock-ledger") / 1e3 / calls;
        results.put("append_rows_per_s", Math.round(calls / seconds));
        results.put("append_cpu_us_per_row", Results.round(micros));
        System.out.printf(
                "  %,d calls in %.0f s: %,.0f a second, %.0f us of CPU each in this process%n",
                calls, seconds, calls / seconds, micros);
        return keys;
    }

    /** Of SQLite that is all; PostgreSQL works in processes of its own. */
    private static long cpuNanos(String thread) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(info -> info != null && info.getThreadName().equals(thread))
                .mapToLong(info -> threads.getThreadCpuTime(info.getThreadId()))
                .sum();
    }

    private List<Double> putKeys(Supplier<Boolean> goOn) {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < 50 || goOn.get(); i++) {
            StoredKey key = new StoredKey(
                    "k" + i % 50,
                    new byte[] {1},
                    "acme",
                    "",
                    Instant.EPOCH,
                    null,
                    List.of(),
                    List.of(),
                    List.of(),
                    null,
                    "");
            long begin = System.nanoTime();
            await(store.keys().put(List.of(key)).toCompletionStage());
            millis.add((System.nanoTime() - begin) / 1e6);
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
        return millis;
    }

    private void expire() {
        Retention usual = Retention.DEFAULT;
        long begin = System.nanoTime();
        // A day more than usual, so that single calls go as well.
        long gone = await(ledger.expire(
                end.minus(usual.requests()).plus(Duration.ofDays(1)),
                end.minus(usual.minutes()),
                end.minus(usual.hours()),
                end.minus(usual.days())));
        double seconds = (System.nanoTime() - begin) / 1e9;
        results.put("expired_rows_per_s", Math.round(gone / seconds));
        System.out.printf("  %,d rows deleted in %.1f s%n", gone, seconds);
    }

    private void ask() {
        Instant month = end.minus(Duration.ofDays(DAYS - 1)).minusSeconds(1_234);
        Map<String, Supplier<CompletionStage<? extends List<?>>>> questions = new LinkedHashMap<>();
        questions.put("last 30 days by tenant", usage(month, Step.TOTAL, List.of(Dimension.TENANT), Map.of()));
        questions.put("last 30 days by model and day", usage(month, Step.DAY, List.of(Dimension.MODEL), Map.of()));
        questions.put(
                "last 30 days of a tenant by feature and model",
                usage(
                        month,
                        Step.TOTAL,
                        List.of(Dimension.FEATURE, Dimension.MODEL),
                        Map.of(Dimension.TENANT, "tenant-7")));
        questions.put(
                "last 30 days by tenant, feature, model",
                usage(month, Step.TOTAL, List.of(Dimension.TENANT, Dimension.FEATURE, Dimension.MODEL), Map.of()));
        questions.put(
                "last 7 days by hour and outcome",
                usage(end.minus(Duration.ofDays(7)), Step.HOUR, List.of(Dimension.OUTCOME), Map.of()));
        questions.put("last hour by minute", usage(end.minus(Duration.ofHours(1)), Step.MINUTE, List.of(), Map.of()));
        questions.put(
                "last day by key", usage(end.minus(Duration.ofDays(1)), Step.TOTAL, List.of(Dimension.KEY), Map.of()));
        questions.put(
                "newest 100 calls of a small tenant",
                () -> ledger.exchanges(
                        new ExchangeQuery(month, end, Map.of(Dimension.TENANT, "tenant-39"), null, 100)));
        questions.put("a call by its request id", () -> ledger.find("request-" + calls / 2));
        Map<String, Object> measured = new LinkedHashMap<>();
        double worst = 0;
        for (Map.Entry<String, Supplier<CompletionStage<? extends List<?>>>> question : questions.entrySet()) {
            List<Double> millis = new ArrayList<>();
            int rows = 0;
            long cpu = cpuNanos("penstock-usage");
            for (int i = 0; i < rounds; i++) {
                long begin = System.nanoTime();
                rows = await(question.getValue().get()).size();
                millis.add((System.nanoTime() - begin) / 1e6);
            }
            double cpuMillis = Results.round((cpuNanos("penstock-usage") - cpu) / 1e6 / rounds);
            measured.put(
                    question.getKey(), Map.of("rows", rows, "ms_p50_max", spread(millis), "cpu_ms_mean", cpuMillis));
            System.out.printf(
                    "  %-48s %6d rows %s ms, %.1f ms of CPU%n", question.getKey(), rows, spread(millis), cpuMillis);
            worst = Math.max(worst, Results.median(millis));
        }
        results.put("questions", measured);
        results.figure("usage_" + name, Results.text(worst) + " ms", worst < GOAL_MILLIS);
    }

    private Supplier<CompletionStage<? extends List<?>>> usage(
            Instant from, Step step, List<Dimension> by, Map<Dimension, String> where) {
        return () -> ledger.usage(new UsageQuery(from, end, step, by, where, null, 10_000));
    }

    /** Few tenants make most calls. */
    private LedgerEntry call(Instant started) {
        int tenant = (int) (TENANTS * Math.pow(random.nextDouble(), 2.5));
        int feature = random.nextInt(4);
        Target target = TARGETS.get((tenant + feature + (random.nextInt(10) == 0 ? 1 : 0)) % TARGETS.size());
        int chance = random.nextInt(100);
        Outcome outcome = chance < 3 ? Outcome.UPSTREAM_ERROR : chance < 5 ? Outcome.CANCELLED : Outcome.OK;
        Usage usage = Usage.reported(
                200 + random.nextInt(4_000), random.nextInt(200), 20 + random.nextInt(900), random.nextInt(20));
        long duration = 500_000_000L + random.nextLong(9_000_000_000L);
        long nanoUsd = usage.inputTokens() * 1_250 + usage.outputTokens() * 10_000;
        GatewayError.Kind error = outcome == Outcome.UPSTREAM_ERROR ? GatewayError.Kind.PROVIDER_ERROR : null;
        AttemptRecord attempt = new AttemptRecord(
                target,
                AttemptRecord.Why.FIRST,
                error,
                error == null ? 0 : 502,
                false,
                600_000,
                duration,
                usage,
                nanoUsd,
                300_000_000,
                "req_011CUd" + Long.toHexString(random.nextLong()),
                1);
        UUID uuid = new UUID(
                started.toEpochMilli() << 16 | 0x7000 | random.nextInt(0x1000), random.nextLong() >>> 2 | 1L << 63);
        String tenantName = "tenant-" + tenant;
        return new LedgerEntry(
                "node-1",
                new ExchangeRecord(
                        uuid,
                        "request-" + count++,
                        null,
                        started,
                        ApiSchema.OPENAI_CHAT,
                        target.model(),
                        target,
                        true,
                        outcome,
                        error == null ? 200 : 502,
                        error,
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
                        new ExchangeRecord.Caller(
                                tenantName,
                                tenantName + "-user-" + random.nextInt(50),
                                tenantName + "-key-" + random.nextInt(3),
                                "feature-" + feature,
                                ""),
                        nanoUsd,
                        "2026-11-01",
                        List.of(new ExchangeRecord.LimitUse(
                                "tenants." + tenantName + ".tpm", "tokens", 2_000, usage.totalTokens(), false)),
                        List.of(),
                        ExchangeRecord.Times.NONE));
    }

    private static String spread(List<Double> millis) {
        double max = millis.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
        return Results.text(Results.median(millis)) + " / " + Results.text(max);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        } catch (ExecutionException problem) {
            throw new IllegalStateException(problem.getCause());
        }
    }
}
