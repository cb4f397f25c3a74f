// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.BlackHole;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderProgram;
import dev.penstock.kit.RefusedPort;
import dev.penstock.kit.chaos.Caller;
import dev.penstock.kit.chaos.ClientCall;
import dev.penstock.kit.chaos.Landscape;
import dev.penstock.kit.chaos.Settled;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What does a dead provider cost, and for how long?
 *
 * <p>{@code benchmarks/run failover}; {@code NODES} gateways, {@code CLUSTER} as for chaos. First one gateway with targets that
 * refuse, swallow SYNs, or accept and say nothing, each before one that is well: every call is the first ever for its target, so no
 * breaker is open, and what is measured is the fallback itself against the same call without one. Then two providers under load,
 * and SIGKILL to the first: which calls fail, until when, and when every node goes straight to the second. That moment is read from
 * the settlements: a call that was begun after the kill and needed one attempt.
 */
final class Failover {
    private static final int REFUSED_MODELS = 100;
    private static final int SLOW_MODELS = 20;
    private static final int AT_A_TIME = 4;
    private static final double RATE = 100;

    private Failover() {}

    public static void main(String[] args) throws IOException {
        int seconds = Integer.getInteger("bench.chaosSeconds", 15);
        int nodes = Integer.getInteger("bench.nodes", 1);
        Results results = new Results("failover");
        single(results);
        underLoad(results, seconds, List.of("a", "b", "c", "d", "e").subList(0, nodes));
        results.save();
        System.exit(0);
    }

    // ---- the price of one fallback

    private static void single(Results results) throws IOException {
        List<Integer> ports = MemberMesh.freePorts(2);
        try (RefusedPort refused = RefusedPort.open();
                BlackHole hole = BlackHole.open();
                GatewayProcess well = provider("well");
                GatewayProcess silent = provider("silent")) {
            Path file = Bench.work().resolve("failover.yaml");
            Gate.write(file, config(ports.getFirst(), ports.getLast(), refused, hole, silent, well));
            try (GatewayProcess gate = GatewayProcess.fromJar(Bench.jar())
                    .jvm("-Xmx512m", "-XX:TieredStopAtLevel=4")
                    .arguments("serve", "-f", file.toString())
                    .start()) {
                gate.api();
                Caller caller = new Caller(ports.getFirst(), Duration.ofSeconds(20), node -> "");
                ask(caller, 500, i -> "well", i -> "warm" + i);
                List<ClientCall> plain = ask(caller, REFUSED_MODELS, i -> "well", i -> "plain" + i);
                List<ClientCall> afterRefusal = ask(caller, REFUSED_MODELS, i -> "refused" + i, i -> "refused" + i);
                report(results, "fallback_refused", plain, afterRefusal, 50);
                List<ClientCall> afterHole = ask(caller, SLOW_MODELS, i -> "hole" + i, i -> "hole" + i);
                report(results, "fallback_hole", plain, afterHole, 1_200);
                silent.pause();
                List<ClientCall> afterSilence = ask(caller, SLOW_MODELS, i -> "silent" + i, i -> "silent" + i);
                silent.resume();
                report(results, "fallback_silent", plain, afterSilence, 1_100);
            }
        }
    }

    private static GatewayProcess provider(String name) {
        return GatewayProcess.ofMain(ProviderProgram.class)
                .jvm("-Xmx192m")
                .arguments(name, "0", "5")
                .start();
    }

    private static String config(
            int port, int admin, RefusedPort refused, BlackHole hole, GatewayProcess silent, GatewayProcess well) {
        StringBuilder text = new StringBuilder("""
                server:
                  port: %d
                  admin: 127.0.0.1:%d
                providers:
                  refused: {type: openai, base_url: "http://127.0.0.1:%d/v1"}
                  hole: {type: openai, base_url: "http://127.0.0.1:%d/v1"}
                  silent: {type: openai, base_url: "http://127.0.0.1:%d/v1"}
                  well: {type: openai, base_url: "http://127.0.0.1:%d/v1"}
                models:
                  well: well/x
                """.formatted(
                        port,
                        admin,
                        refused.port(),
                        hole.port(),
                        silent.api().getPort(),
                        well.api().getPort()));
        models(text, "refused", REFUSED_MODELS);
        models(text, "hole", SLOW_MODELS);
        models(text, "silent", SLOW_MODELS);
        return text.toString();
    }

    private static void models(StringBuilder text, String provider, int count) {
        for (int i = 0; i < count; i++) {
            text.append(
                    "  %s%d: {targets: [%s/m%d, well/x], timeouts: {connect: 1s, first_token: 1s, answer: 1s, total: 15s}%s}%n"
                            .formatted(provider, i, provider, i, Chaos.modelSettings()));
        }
    }

    private static void report(
            Results results, String id, List<ClientCall> plain, List<ClientCall> calls, double goalMillis) {
        long failed = calls.stream().filter(call -> !exact(call)).count();
        double[] base = percentiles(plain.stream());
        double[] own = percentiles(calls.stream().filter(Failover::exact));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("calls", calls.size());
        line.put("failed", failed);
        line.put("without_ms", percentileMap(base));
        line.put("with_ms", percentileMap(own));
        results.put(id, line);
        boolean any = failed < calls.size();
        double added = id.equals("fallback_refused") ? own[1] - base[1] : own[2];
        results.figure(
                id,
                !any
                        ? "no fallback: all " + failed + " calls failed"
                        : (id.equals("fallback_refused")
                                        ? "+" + Results.text(own[0] - base[0]) + " / +" + Results.text(added)
                                                + " ms (p50 / p99)"
                                        : "p50 " + Results.text(own[0]) + " ms, at most " + Results.text(own[2])
                                                + " ms")
                                + ", " + failed + " of " + calls.size() + " failed",
                any && failed == 0 && added <= goalMillis);
    }

    private static List<ClientCall> ask(
            Caller caller, int count, Function<Integer, String> model, Function<Integer, String> id) {
        List<Future<ClientCall>> asked = new ArrayList<>();
        try (ExecutorService few = Executors.newFixedThreadPool(AT_A_TIME)) {
            for (int i = 0; i < count; i++) {
                int number = i;
                asked.add(few.submit(() -> caller.ask(new Caller.Question(
                        "failover-" + id.apply(number), model.apply(number), "question " + number, false, false))));
            }
        }
        return asked.stream().map(Failover::get).toList();
    }

    // ---- a provider dies under load

    private static void underLoad(Results results, int seconds, List<String> nodes) {
        Landscape.Plan plan = new Landscape.Plan(
                nodes,
                () -> GatewayProcess.fromJar(Bench.jar()).jvm("-XX:TieredStopAtLevel=4"),
                Bench.work(),
                Duration.ofMillis(5),
                1,
                Chaos.cluster(),
                "timeouts: {connect: 1s, first_token: 5s, idle: 5s, total: 15s}" + Chaos.modelSettings(),
                false);
        List<ClientCall> calls;
        List<Settled> settlements;
        long killedAt;
        try (Landscape landscape = Landscape.start(plan)) {
            List<Future<ClientCall>> asked = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Caller caller = landscape.caller(Duration.ofSeconds(20));
                load(threads, caller, asked, "warm", 3);
                load(threads, caller, asked, "before", seconds / 3.0);
                killedAt = System.currentTimeMillis();
                landscape.killProvider("A");
                load(threads, caller, asked, "after", seconds * 2 / 3.0);
            }
            calls = asked.stream().map(Failover::get).toList();
            landscape.drainAll();
            settlements = landscape.settlements();
        }
        judge(results, nodes, calls, settlements, killedAt);
    }

    private static void load(
            ExecutorService threads, Caller caller, List<Future<ClientCall>> asked, String phase, double seconds) {
        long begin = System.nanoTime();
        int count = (int) (RATE * seconds);
        for (int i = 0; i < count; i++) {
            Caller.Question question =
                    new Caller.Question("failover-" + phase + "-" + i, "chat", phase + i, i % 2 == 0, false);
            Wait.seconds((begin + i * 1e9 / RATE - System.nanoTime()) / 1e9);
            asked.add(threads.submit(() -> caller.ask(question)));
        }
    }

    private static void judge(
            Results results, List<String> nodes, List<ClientCall> calls, List<Settled> settlements, long killedAt) {
        Map<String, Settled> byId =
                settlements.stream().collect(Collectors.toMap(Settled::id, s -> s, (one, other) -> one));
        List<ClientCall> before = calls.stream()
                .filter(call -> call.id().contains("-before-") && call.endMillis() < killedAt)
                .toList();
        List<ClientCall> underWay = calls.stream()
                .filter(call -> call.startMillis() <= killedAt && call.endMillis() >= killedAt)
                .toList();
        List<ClientCall> after =
                calls.stream().filter(call -> call.startMillis() > killedAt).toList();
        Map<String, @Nullable Long> knows = new LinkedHashMap<>();
        Map<String, Long> failedAttempts = new LinkedHashMap<>();
        for (String node : nodes) {
            Predicate<ClientCall> own = call -> call.node().equals(node);
            knows.put(
                    node,
                    after.stream()
                            .filter(own)
                            .filter(call -> exact(call) && attempts(byId, call) == 1)
                            .map(call -> call.startMillis() - killedAt)
                            .min(Long::compare)
                            .orElse(null));
            failedAttempts.put(
                    node,
                    after.stream()
                            .filter(own)
                            .filter(call -> attempts(byId, call) > 1 || !exact(call))
                            .count());
        }
        Long first = knows.values().stream()
                .filter(Objects::nonNull)
                .min(Long::compare)
                .orElse(null);
        boolean all = knows.values().stream().allMatch(Objects::nonNull);
        Long last = all ? knows.values().stream().max(Long::compare).orElse(null) : null;
        long failedBefore = after.stream()
                .filter(call -> !exact(call) && (first == null || call.startMillis() - killedAt < first))
                .count();
        long failedAfter = after.stream()
                .filter(call -> !exact(call) && first != null && call.startMillis() - killedAt >= first)
                .count();
        double[] base = percentiles(before.stream().filter(call -> !call.stream()));
        double[] fallen =
                percentiles(after.stream().filter(call -> !call.stream() && exact(call) && attempts(byId, call) > 1));
        double[] steady =
                percentiles(after.stream().filter(call -> !call.stream() && exact(call) && attempts(byId, call) == 1));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("nodes", nodes.size());
        line.put("calls_before", before.size());
        line.put("under_way_at_kill", underWay.size());
        line.put(
                "under_way_lost_with_an_error",
                underWay.stream().filter(c -> !exact(c) && c.error()).count());
        line.put(
                "under_way_broken", underWay.stream().filter(ClientCall::broken).count());
        line.put("calls_after", after.size());
        line.put("failed_until_open", failedBefore);
        line.put("failed_after_open", failedAfter);
        line.put("unary_before_ms", percentileMap(base));
        line.put("unary_fallback_ms", percentileMap(fallen));
        line.put("unary_after_open_ms", percentileMap(steady));
        line.put("open_after_kill_ms", knows);
        line.put("calls_that_met_the_dead_provider", failedAttempts);
        results.put("under_load", line);
        results.figure(
                "failover",
                first == null
                        ? "never: " + failedBefore + " of " + after.size() + " calls failed"
                        : failedAfter + " of " + after.size() + " new calls failed after the breaker opened (" + first
                                + " ms after kill -9), " + failedBefore + " before",
                first != null && failedAfter == 0);
        results.figure(
                "breaker_spread",
                last == null || first == null || nodes.size() < 2
                        ? "not measured on " + nodes.size() + " node" + (nodes.size() == 1 ? "" : "s")
                        : (last - first) + " ms from the first node to the last of " + nodes.size(),
                last != null && first != null && nodes.size() > 1 && last - first <= 500);
    }

    private static int attempts(Map<String, Settled> byId, ClientCall call) {
        Settled settled = byId.get(call.id());
        return settled == null ? 0 : settled.attempts();
    }

    private static boolean exact(ClientCall call) {
        return call.looksComplete() && call.textHash() == call.expectedHash();
    }

    /** @return median, 99th percentile and maximum in milliseconds; NaN without calls */
    private static double[] percentiles(Stream<ClientCall> calls) {
        long[] sorted = calls.mapToLong(ClientCall::millis).sorted().toArray();
        if (sorted.length == 0) {
            return new double[] {Double.NaN, Double.NaN, Double.NaN};
        }
        return Arrays.stream(new double[] {0.5, 0.99, 1})
                .map(q -> sorted[(int) Math.min(sorted.length - 1, Math.floor(q * sorted.length))])
                .toArray();
    }

    private static Map<String, Object> percentileMap(double[] values) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (!Double.isNaN(values[0])) {
            map.put("p50", values[0]);
            map.put("p99", values[1]);
            map.put("max", values[2]);
        }
        return map;
    }

    private static ClientCall get(Future<ClientCall> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
