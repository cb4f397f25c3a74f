// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.FaultProxy;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.Toxics;
import dev.penstock.kit.chaos.SteadyLoad;
import dev.penstock.kit.chaos.SteadyLoad.Call;
import dev.penstock.kit.chaos.ToldExchanges;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What do calls feel while the ledger's store takes five seconds for an answer, while it is gone, and while it is caught up with?
 *
 * <p>{@code benchmarks/run slow-store}; {@code RATE} calls a second, whole answers and streams in turn, {@code SECONDS} of the phases before
 * and after. The store is a real PostgreSQL behind the kit's proxy; its server is killed like a process that has no time left, and comes
 * back on the same files. At last the program is asked for every call that was answered.
 */
final class SlowStore {
    private static final int SECONDS = 25;
    private static final Duration SLOW = Duration.ofSeconds(5);
    private static final int GONE_SECONDS = 20;
    private static final Duration CAUGHT_UP = Duration.ofMinutes(2);
    private static final double MOST_MILLIS = 5;
    private static final String BEFORE = "before";

    private SlowStore() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        int seconds = Integer.getInteger("bench.chaosSeconds", SECONDS);
        int rate = Integer.getInteger("bench.rate", 100);
        Path folder = Files.createTempDirectory("penstock-slow-store");
        Map<String, List<Call>> phases = new LinkedHashMap<>();
        List<Call> calls;
        ToldExchanges told;
        EmbeddedPostgres server = server(folder, 0);
        try (FaultProxy proxy = FaultProxy.to(server.getPort());
                GatewayProcess gate = gate(folder, proxy.port())) {
            int port = gate.api().getPort();
            URI admin = gate.admin();
            try (SteadyLoad warm = new SteadyLoad(port, "static/hello", 2.0 * rate, "warm", "warm")) {
                Wait.seconds(seconds);
                warm.stop();
            }
            try (SteadyLoad load = new SteadyLoad(port, "static/hello", rate, "main", BEFORE)) {
                Wait.seconds(seconds);
                load.phase("slow");
                proxy.downstream(Toxics.NONE.withLatency(SLOW, Duration.ZERO));
                Wait.seconds(seconds);
                load.phase("gone");
                kill(folder);
                proxy.downstream(Toxics.NONE);
                Wait.seconds(GONE_SECONDS);
                load.phase("back");
                int at = server.getPort();
                // It is dead already; this gives its folder back.
                server.close();
                server = server(folder, at);
                Wait.seconds(seconds);
                calls = load.stop();
            }
            told = ToldExchanges.by(admin, CAUGHT_UP);
        } finally {
            server.close();
        }
        for (Call call : calls) {
            phases.computeIfAbsent(call.phase(), name -> new ArrayList<>()).add(call);
        }
        report(phases, calls, told, rate);
        System.exit(0);
    }

    private static void report(Map<String, List<Call>> phases, List<Call> calls, ToldExchanges told, int rate) {
        Results results = new Results("slow-store");
        results.put("rate", rate).put("calls", calls.size());
        double before = percentile(phases.getOrDefault(BEFORE, List.of()), 0.99);
        double worst = 0;
        Map<String, Object> rows = new LinkedHashMap<>();
        for (Map.Entry<String, List<Call>> phase : phases.entrySet()) {
            double p99 = percentile(phase.getValue(), 0.99);
            worst = Math.max(worst, p99 - before);
            rows.put(
                    phase.getKey(),
                    Map.of(
                            "calls", phase.getValue().size(),
                            "p50_ms", Results.round(percentile(phase.getValue(), 0.5)),
                            "p99_ms", Results.round(p99)));
            System.out.printf(
                    "  %-8s %6d calls, p50 %.2f ms, p99 %.2f ms%n",
                    phase.getKey(), phase.getValue().size(), percentile(phase.getValue(), 0.5), p99);
        }
        long failed = calls.stream().filter(call -> !call.answered()).count();
        long lost = calls.stream()
                .filter(call -> call.answered() && told.times().getOrDefault(call.id(), 0) != 1)
                .count();
        results.put("phases", rows).put("failed", failed).put("not_there_once", lost);
        results.put("doubled", told.doubled()).put("counted", told.counted()).put("recorded", told.exchanges());
        boolean whole = failed == 0 && lost == 0 && told.doubled() == 0 && told.counted() == told.exchanges();
        results.figure(
                "slow_store",
                "p99 " + Results.text(before) + " ms, at most " + Results.text(worst) + " ms more; " + failed
                        + " failed, " + lost + " of " + calls.size() + " not there once",
                whole && worst <= MOST_MILLIS);
        results.save();
    }

    private static double percentile(List<Call> calls, double share) {
        double[] sorted = calls.stream().mapToDouble(Call::millis).sorted().toArray();
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1.0, Math.ceil(share * sorted.length) - 1)];
    }

    private static EmbeddedPostgres server(Path folder, int port) throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("server"))
                .setCleanDataDirectory(false)
                .setOverrideWorkingDirectory(folder.toFile());
        return (port == 0 ? builder : builder.setPort(port)).start();
    }

    /** The server that this benchmark has started, by the number that its own file names; its children end with it. */
    private static void kill(Path folder) throws IOException {
        long pid = Long.parseLong(Files.readAllLines(folder.resolve("server").resolve("postmaster.pid"))
                .getFirst()
                .trim());
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static GatewayProcess gate(Path folder, int storePort) {
        Path file = folder.resolve("penstock.yaml");
        Gate.write(file, """
                server: {port: 0, admin: "127.0.0.1:0"}
                static: {hello: {text: "Good day to you"}}
                storage: "postgresql://postgres:postgres@127.0.0.1:%d/postgres?sslmode=disable"
                auth: {pepper: a-pepper-of-this-benchmark}
                """.formatted(storePort));
        return GatewayProcess.fromJar(Bench.jar())
                .jvm("-XX:TieredStopAtLevel=4")
                .arguments("serve", "-f", file.toString())
                .environment("PENSTOCK_DATA", folder.resolve("data").toString())
                .start();
    }
}
