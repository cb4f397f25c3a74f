// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.chaos.Caller;
import dev.penstock.kit.chaos.ClientCall;
import dev.penstock.kit.chaos.Landscape;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How soon does a cluster notice who is gone and who is back, and what do calls feel of it?
 *
 * <p>{@code benchmarks/run partition}: three gateways in one cluster over the kit's mesh, an open loop of calls through the
 * balancer all the time. In turn: kill -9 of a node, its return, SIGSTOP of a node, a cut of one from two, a cut in one direction, and
 * cuts that come and go every second. Membership is what {@code GET /admin/v1/cluster} of each node says.
 */
final class Partition {
    private static final List<String> NODES = List.of("a", "b", "c");
    private static final double RATE = 40;
    private static final long PATIENCE_MILLIS = 90_000;

    private final Landscape landscape;
    private final ConcurrentLinkedQueue<Timed> calls = new ConcurrentLinkedQueue<>();
    private final Map<String, Object> moments = new LinkedHashMap<>();
    private final int seconds;
    private volatile String phase = "warm";
    private volatile boolean over;

    private record Timed(String phase, ClientCall call) {}

    private Partition(Landscape landscape, int seconds) {
        this.landscape = landscape;
        this.seconds = seconds;
    }

    public static void main(String[] args) {
        int seconds = Integer.getInteger("bench.chaosSeconds", 20);
        Landscape.Plan plan = new Landscape.Plan(
                NODES,
                () -> GatewayProcess.fromJar(Bench.jar()).jvm("-XX:TieredStopAtLevel=4"),
                Bench.work(),
                Duration.ofMillis(5),
                1,
                Landscape.CLUSTER,
                "timeouts: {connect: 1s, first_token: 5s, idle: 5s, total: 10s}",
                false);
        Results results = new Results("partition");
        try (Landscape landscape = Landscape.start(plan)) {
            new Partition(landscape, seconds).run(results);
        }
        if (seconds >= 20) {
            results.save();
        }
        System.exit(0);
    }

    private void run(Results results) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> load = threads.submit(() -> load(threads));
            awaitMembers("joined_ms", System.currentTimeMillis(), 3, NODES);
            Wait.seconds(seconds / 2.0);
            enter("calm");
            Wait.seconds(seconds);
            story();
            over = true;
            try {
                load.get();
            } catch (InterruptedException | ExecutionException problem) {
                throw new IllegalStateException(problem);
            }
        }
        report(results);
    }

    private void story() {
        long now = enter("killed");
        landscape.killNode("c");
        awaitMembers("killed_noticed_ms", now, 2, List.of("a", "b"));
        Wait.seconds(2);
        now = enter("back");
        landscape.startNode("c");
        awaitMembers("back_noticed_ms", now, 3, NODES);

        now = enter("paused");
        landscape.pauseNode("c");
        awaitMembers("paused_noticed_ms", now, 2, List.of("a", "b"));
        now = enter("resumed");
        landscape.resumeNode("c");
        awaitMembers("resumed_noticed_ms", now, 3, NODES);

        now = enter("parted");
        landscape.mesh().isolate(List.of("c"));
        awaitMembers("parted_noticed_by_two_ms", now, 2, List.of("a", "b"));
        awaitMembers("parted_noticed_by_one_ms", now, 1, List.of("c"));
        Wait.seconds(seconds);
        now = enter("healed");
        landscape.mesh().heal();
        awaitMembers("healed_ms", now, 3, NODES);

        enter("one_way");
        landscape.mesh().cutOneWay("a", "c");
        Wait.seconds(seconds);
        now = enter("healed_one_way");
        landscape.mesh().heal();
        awaitMembers("healed_one_way_ms", now, 3, NODES);

        enter("flapping");
        for (int i = 0; i < seconds / 2; i++) {
            landscape.mesh().cut("a", "b").cut("a", "c");
            Wait.seconds(1);
            landscape.mesh().heal();
            Wait.seconds(1);
        }
        now = enter("healed_flapping");
        awaitMembers("healed_flapping_ms", now, 3, NODES);
    }

    private long enter(String name) {
        phase = name;
        System.out.println("-- " + name);
        return System.currentTimeMillis();
    }

    private void awaitMembers(String moment, long since, int count, List<String> nodes) {
        boolean seen = Wait.until(PATIENCE_MILLIS, () -> nodes.stream().allMatch(node -> members(node) == count));
        long millis = System.currentTimeMillis() - since;
        System.out.printf("   %s %s%n", moment, seen ? millis : "never");
        moments.put(moment, seen ? millis : "never");
    }

    /** @return how many members that node sees, or -1 when it does not say */
    private int members(String node) {
        try (RawClient client = RawClient.connect(landscape.adminPort(node), Duration.ofMillis(500))) {
            String body = client.get("/admin/v1/cluster", new Header("connection", "close"))
                    .readResponse()
                    .bodyText();
            return new JsonObject(body).getJsonArray("members", new JsonArray()).size();
        } catch (UncheckedIOException | DecodeException silent) {
            return -1;
        }
    }

    private void load(ExecutorService threads) {
        Caller caller = landscape.caller(Duration.ofSeconds(15));
        long begin = System.nanoTime();
        for (int i = 0; !over; i++) {
            String now = phase;
            Caller.Question question =
                    new Caller.Question("partition-" + i, "chat", "question " + i, i % 2 == 0, false);
            Wait.seconds((begin + i * 1e9 / RATE - System.nanoTime()) / 1e9);
            threads.submit(() -> calls.add(new Timed(now, caller.ask(question))));
        }
    }

    private void report(Results results) {
        Map<String, List<ClientCall>> byPhase = new LinkedHashMap<>();
        calls.forEach(timed ->
                byPhase.computeIfAbsent(timed.phase, name -> new ArrayList<>()).add(timed.call));
        Map<String, Object> phases = new LinkedHashMap<>();
        byPhase.forEach((name, all) -> phases.put(name, line(all)));
        results.put("members_noticed", moments);
        results.put("calls", phases);
        results.figure(
                "member_gone",
                "kill -9: " + moments.get("killed_noticed_ms") + " ms; SIGSTOP: " + moments.get("paused_noticed_ms")
                        + " ms",
                within("killed_noticed_ms", 3_000) && within("paused_noticed_ms", 12_000));
        results.figure(
                "partition",
                "2/1: " + moments.get("healed_ms") + " ms, one way: " + moments.get("healed_one_way_ms")
                        + " ms, flapping: " + moments.get("healed_flapping_ms")
                        + " ms; calls that failed while parted: "
                        + failed(byPhase, "parted", "one_way", "flapping"),
                within("healed_ms", 15_000)
                        && within("healed_one_way_ms", 15_000)
                        && within("healed_flapping_ms", 15_000)
                        && failed(byPhase, "parted", "one_way", "flapping") == 0);
        double calm = p99(byPhase.getOrDefault("calm", List.of()));
        double parted = p99(byPhase.getOrDefault("parted", List.of()));
        results.figure(
                "cluster_down",
                "p99 of a unary call " + Results.text(calm) + " ms calm, " + Results.text(parted) + " ms parted",
                parted - calm <= 5);
    }

    private boolean within(String moment, long millis) {
        return moments.get(moment) instanceof Long value && value <= millis;
    }

    private static long failed(Map<String, List<ClientCall>> byPhase, String... names) {
        long failed = 0;
        for (String name : names) {
            failed += byPhase.getOrDefault(name, List.of()).stream()
                    .filter(call -> !exact(call))
                    .count();
        }
        return failed;
    }

    private static Map<String, Object> line(List<ClientCall> all) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("calls", all.size());
        line.put("failed", all.stream().filter(call -> !exact(call)).count());
        line.put("unary_p99_ms", p99(all));
        return line;
    }

    private static double p99(List<ClientCall> all) {
        long[] sorted = all.stream()
                .filter(call -> !call.stream() && exact(call))
                .mapToLong(ClientCall::millis)
                .sorted()
                .toArray();
        return sorted.length == 0 ? -1 : sorted[(int) Math.min(sorted.length - 1, sorted.length * 0.99)];
    }

    private static boolean exact(ClientCall call) {
        return call.looksComplete() && call.textHash() == call.expectedHash();
    }
}
