// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Do readers that stopped reading harm anyone but themselves?
 *
 * <p>{@code benchmarks/run stalled}. 5,000 clients with 4 KiB receive buffers ask for a stream without end and never read, while
 * the gate runs with {@code -Xmx512m}; 50 healthy paced streams beside them are timed before and during. The gate must live, and the
 * healthy streams' p99 may grow by a fifth.
 */
final class StalledReaders {
    private static final int HEALTHY = 50;
    private static final double GOAL = 1.2;

    private StalledReaders() {}

    public static void main(String[] args) {
        int stalled = (int) Math.min(Integer.getInteger("bench.streams", 5_000), (Proc.fileLimit() - 500) / 2);
        double seconds = Double.parseDouble(System.getProperty("bench.seconds", "10"));
        int rounds = Integer.getInteger("bench.rounds", 3);
        Rung rung = Rung.of(System.getProperty("bench.rungs", Rung.PENSTOCK.label()));
        Load load = new Load(2, seconds);
        Results results = new Results("stalled");
        try (Stage stage = new Stage()) {
            Stage.Lane lane = stage.lane(rung, Gate.Options.heap("-Xms512m", "-Xmx512m"));
            Gate gate = java.util.Objects.requireNonNull(lane.gate());
            new Load(1, 3).burst(lane);
            java.util.List<Double> alone = new java.util.ArrayList<>();
            java.util.List<Double> beside = new java.util.ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                alone.add(load.paced(lane, HEALTHY, 20).p99());
            }
            long before = Proc.rss(gate.handle());
            try (LoadClient stuck = lane.clientByAlias()) {
                stuck.each(LoadClient.Plan.of(new Mode.Flood()).stalled(), stalled, 500);
                if (!Wait.until(
                        60_000, () -> stage.loop().ask(() -> stage.provider().open()) >= stalled)) {
                    throw new Load.WrongAnswer(
                            "only " + stage.loop().ask(() -> stage.provider().open()) + " floods began; "
                                    + stuck.snapshot().errors() + gate.log());
                }
                Wait.seconds(3);
                for (int i = 0; i < rounds; i++) {
                    beside.add(load.paced(lane, HEALTHY, 20).p99());
                }
                int flowing = stage.loop().ask(() -> stage.provider().open());
                long with = Proc.rss(gate.handle());
                boolean oom = !gate.alive() || gate.outOfMemory();
                double ratio = Results.median(beside) / Results.median(alone);
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("stalled", stalled);
                line.put("upstreams_open_at_the_end", flowing);
                line.put("p99_alone_us", alone.stream().map(Results::round).toList());
                line.put("p99_beside_us", beside.stream().map(Results::round).toList());
                line.put("ratio", Results.round(ratio));
                line.put("rss_before_mib", before >> 20);
                line.put("rss_with_mib", with >> 20);
                line.put("out_of_memory", oom);
                results.put(rung.label(), line);
                System.out.println(line);
                results.figure(
                        "stalled",
                        (oom ? "OUT OF MEMORY, " : "no OOM, ") + Results.text(ratio) + "x (" + flowing + " of "
                                + stalled + " readers held)",
                        !oom && ratio <= GOAL && stalled >= 5_000 && flowing >= stalled);
            }
        }
        results.save();
        System.exit(0);
    }
}
