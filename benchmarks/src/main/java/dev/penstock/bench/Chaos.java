// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.chaos.ChaosRun;
import dev.penstock.kit.chaos.ClientCall;
import dev.penstock.kit.chaos.Landscape;
import dev.penstock.kit.chaos.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Is every promise of a stream kept while nodes and providers die, stand still, drain, are parted and come back?
 *
 * <p>{@code benchmarks/run chaos}; {@code SEED}, {@code SECONDS}, {@code NODES} and {@code RATE} choose the run, and the same values
 * give the same run again. Calls go through the kit's own balancer, with {@code FRONT=haproxy} through HAProxy; afterwards the
 * clients' log is joined with the nodes' request logs. {@code CLUSTER=on} makes the nodes one cluster ({@link Landscape#CLUSTER});
 * any other value names a file with such lines. {@code MODEL} is
 * added to the settings of the model, such as {@code retries: {attempts: 1}}.
 */
final class Chaos {
    private static final Duration TOTAL = Duration.ofSeconds(10);

    /** A shorter run proves less than the table says. */
    private static final int PUBLISHED_SECONDS = 60;

    private Chaos() {}

    public static void main(String[] args) {
        long seed = Long.getLong("bench.seed", System.nanoTime() & 0xffff);
        int seconds = Integer.getInteger("bench.chaosSeconds", PUBLISHED_SECONDS);
        int nodes = Integer.getInteger("bench.nodes", 3);
        int rate = Integer.getInteger("bench.rate", 30);
        System.exit(run(seed, seconds, nodes, rate) ? 0 : 1);
    }

    private static boolean run(long seed, int seconds, int nodes, int rate) {
        List<String> names = List.of("a", "b", "c", "d", "e").subList(0, nodes);
        Landscape.Plan plan = new Landscape.Plan(
                names,
                () -> GatewayProcess.fromJar(Bench.jar()),
                Bench.work(),
                Duration.ofMillis(20),
                seed,
                cluster(),
                "timeouts: {connect: 1s, first_token: 5s, idle: 5s, total: " + TOTAL.toSeconds() + "s}"
                        + modelSettings(),
                false);
        if (System.getProperty("bench.front", "").equals("haproxy")) {
            plan = plan.throughHaProxy();
        }
        System.out.println("before the nodes: " + (plan.haProxy() ? "HAProxy" : "the kit's own balancer"));
        ChaosRun run = new ChaosRun(seed, Duration.ofSeconds(seconds), rate, plan, TOTAL);
        System.out.printf(
                "again: SEED=%d SECONDS=%d NODES=%d RATE=%d benchmarks/run chaos%n%s%n%n",
                seed, seconds, nodes, rate, run.schedule().text());
        ChaosRun.Result result = run.run(System.out::println);
        keep("chaos-clients.jsonl", result.clientLog());
        keep("chaos-nodes.log", result.log());
        System.out.println("\n" + result.verdict().report());
        result.troubles().forEach(trouble -> System.out.println("TROUBLE: " + trouble));
        publish(result, run, nodes, seconds >= PUBLISHED_SECONDS);
        return result.clean();
    }

    private static void publish(ChaosRun.Result result, ChaosRun run, int nodes, boolean save) {
        Results results = new Results("chaos");
        results.put("seed", run.seed());
        results.put("seconds", run.length().toSeconds());
        results.put("nodes", nodes);
        results.put("rate", run.perSecond());
        results.put(
                "schedule", result.schedule().text().lines().map(String::trim).toList());
        results.put("counts", trimmed(result.verdict().counts()));
        results.put("violations", byKind(result));
        results.put("troubles", result.troubles());
        results.figure(
                "chaos",
                result.verdict().violations().size() + " in " + result.calls().size() + " calls and "
                        + result.schedule().steps().size() + " mishaps on " + nodes + " nodes, seed " + run.seed(),
                result.clean());
        List<ClientCall> late = result.begunAfterKill(Duration.ofSeconds(1));
        long broken = late.stream().filter(Chaos::lost).count();
        results.put("calls_after_node_loss", late.size());
        results.put("lost_after_node_loss", broken);
        results.figure(
                "node_loss",
                broken + " of " + late.size() + " calls that began 1 s or more after a kill -9 of a node",
                !late.isEmpty() && broken <= late.size() / 1000);
        if (save) {
            results.save();
        } else {
            System.out.println("shorter than " + PUBLISHED_SECONDS + " s: nothing was published");
        }
    }

    /** Without an answer of any kind, not even an error. */
    private static boolean lost(ClientCall call) {
        return call.broken() || call.ending() == ClientCall.Ending.TIMEOUT;
    }

    private static Map<String, Long> trimmed(Map<String, Long> counts) {
        Map<String, Long> trimmed = new LinkedHashMap<>();
        counts.forEach((name, count) -> trimmed.put(name.trim(), count));
        return trimmed;
    }

    private static Map<Violation.Kind, Integer> byKind(ChaosRun.Result result) {
        Map<Violation.Kind, Integer> counts = new EnumMap<>(Violation.Kind.class);
        for (Violation.Kind kind : Violation.Kind.values()) {
            counts.put(kind, 0);
        }
        result.verdict().violations().forEach(each -> counts.merge(each.kind(), 1, Integer::sum));
        return counts;
    }

    /** What {@code MODEL} adds to every model's settings. */
    static String modelSettings() {
        String settings = System.getProperty("bench.model", "");
        return settings.isEmpty() ? "" : ", " + settings;
    }

    static String cluster() {
        String file = System.getProperty("bench.cluster", "");
        try {
            return switch (file) {
                case "", "off" -> "";
                case "on" -> Landscape.CLUSTER;
                default -> Files.readString(Path.of(file));
            };
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static void keep(String name, List<String> lines) {
        Path file = Bench.work().resolve(name);
        Gate.write(file, String.join("\n", lines) + "\n");
        System.out.println("wrote " + file);
    }
}
