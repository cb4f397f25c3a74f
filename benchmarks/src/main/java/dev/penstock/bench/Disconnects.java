// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.HdrHistogram.Histogram;

/**
 * When the client leaves, does the provider stop working?
 *
 * <p>{@code benchmarks/run disconnects}. A thousand clients leave in four stages: before the head, after the head and before the
 * first token, in mid-stream, and on a stream that fell silent. Each upstream request must be gone within a second, and no file
 * may stay open.
 */
final class Disconnects {
    private static final int BATCH = 50;
    private static final Map<String, Mode> STAGES = stages();

    private Disconnects() {}

    public static void main(String[] args) {
        boolean ok = run(
                Rung.of(System.getProperty("bench.rungs", Rung.PENSTOCK.label())),
                Integer.getInteger("bench.count", 1_000));
        System.exit(ok ? 0 : 1);
    }

    static boolean run(Rung rung, int count) {
        Results results = new Results("disconnects");
        try (Stage stage = new Stage()) {
            boolean met = measure(stage, stage.lane(rung, Gate.Options.heap("-Xmx512m")), count, results);
            results.save();
            return met;
        }
    }

    static boolean measure(Stage stage, Stage.Lane lane, int count, Results results) {
        Gate gate = java.util.Objects.requireNonNull(lane.gate());
        ConcurrentHashMap<String, Long> gone = new ConcurrentHashMap<>();
        stage.loop().run(() -> stage.provider().onAbort(user -> gone.put(user, System.nanoTime())));
        Histogram times = new Histogram(60_000_000_000L, 3);
        Map<String, Object> lines = new LinkedHashMap<>();
        long files = Proc.openFiles(gate.handle());
        int cancelled = 0;
        int total = 0;
        for (Map.Entry<String, Mode> each : STAGES.entrySet()) {
            int wanted = count / STAGES.size();
            int done = 0;
            for (int from = 0; from < wanted; from += BATCH) {
                done += batch(
                        stage, lane, each.getKey(), each.getValue(), from, Math.min(BATCH, wanted - from), gone, times);
            }
            lines.put(each.getKey(), done + " of " + wanted);
            cancelled += done;
            total += wanted;
        }
        boolean filesBack = Wait.until(5_000, () -> Proc.openFiles(gate.handle()) <= files + 5);
        double worst = times.getMaxValue() / 1e6;
        results.put(lane.rung().label(), lines);
        results.put("cancel_p50_ms", Results.round(times.getValueAtPercentile(50) / 1e6));
        results.put("cancel_p99_ms", Results.round(times.getValueAtPercentile(99) / 1e6));
        results.put("cancel_max_ms", Results.round(worst));
        results.put("files_before", files);
        results.put("files_after", Proc.openFiles(gate.handle()));
        boolean met = cancelled == total && worst <= 1_000 && filesBack;
        results.figure(
                "disconnects",
                cancelled + " of " + total + " cancelled, slowest " + Results.text(worst) + " ms"
                        + (filesBack ? "" : ", files left open"),
                met);
        return met;
    }

    private static int batch(
            Stage stage,
            Stage.Lane lane,
            String stageName,
            Mode mode,
            int from,
            int size,
            ConcurrentHashMap<String, Long> gone,
            Histogram times) {
        int before = stage.loop().ask(() -> stage.provider().open());
        try (LoadClient client = lane.client()) {
            String prefix = stageName.replace(' ', '_') + "_" + from + "_";
            for (int i = 0; i < size; i++) {
                client.one(mode, prefix + i);
            }
            boolean content = mode instanceof Mode.Idle || mode instanceof Mode.Paced;
            boolean reached = Wait.until(
                    10_000,
                    () -> content
                            ? client.started() >= size
                            : stage.loop().ask(() -> stage.provider().open()) >= before + size);
            if (!reached) {
                throw new Load.WrongAnswer(lane.rung().label() + ": requests did not reach the provider in stage "
                        + stageName + " " + client.snapshot().errors());
            }
            Wait.seconds(0.05);
            long left = System.nanoTime();
            client.close();
            int found = 0;
            Wait.until(1_500, () -> named(gone, prefix) >= size);
            for (Map.Entry<String, Long> each : gone.entrySet()) {
                if (each.getKey().startsWith(prefix)) {
                    times.recordValue(Math.max(0, each.getValue() - left));
                    found++;
                }
            }
            gone.clear();
            return found;
        }
    }

    private static int named(ConcurrentHashMap<String, Long> gone, String prefix) {
        return (int)
                gone.keySet().stream().filter(name -> name.startsWith(prefix)).count();
    }

    private static Map<String, Mode> stages() {
        Map<String, Mode> stages = new LinkedHashMap<>();
        stages.put("before the head", new Mode.Silent());
        stages.put("before the first token", new Mode.Preamble());
        stages.put("mid-stream", new Mode.Paced(100_000, 20));
        stages.put("while silent", new Mode.Idle());
        return stages;
    }
}
