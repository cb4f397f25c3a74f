// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much memory does an open stream hold while nothing flows?
 *
 * <p>{@code benchmarks/run memory}. Resident set after a full collection with 8,000 idle streams, minus the same before them,
 * divided by their number; the bare pass-through stands beside it. Where the limit of open files is too low for 8,000 streams
 * (two files each in the gate, two in the load process) as many as fit are opened, and the result says how many.
 */
final class Memory {
    private static final int STREAMS = 8_000;
    private static final int GOAL_KIB = 40;

    private Memory() {}

    public static void main(String[] args) {
        int streams = (int) Math.min(Integer.getInteger("bench.streams", STREAMS), (Proc.fileLimit() - 500) / 2);
        Results results = new Results("memory");
        results.put("streams", streams);
        Map<String, Object> lines = new LinkedHashMap<>();
        double own = Double.NaN;
        for (Rung rung : List.of(Rung.BARE, Rung.PENSTOCK)) {
            Map<String, Object> line = measure(rung, streams);
            lines.put(rung.label(), line);
            if (rung == Rung.PENSTOCK) {
                own = (double) line.get("kib_per_stream");
            }
        }
        results.put("rungs", lines);
        double bare = (double) ((Map<?, ?>) lines.get(Rung.BARE.label())).get("kib_per_stream");
        results.figure(
                "rss_idle",
                Results.text(own) + " KiB (bare " + Results.text(bare) + " KiB), " + streams + " streams",
                own <= GOAL_KIB && streams == STREAMS);
        results.save();
        System.exit(0);
    }

    private static Map<String, Object> measure(Rung rung, int streams) {
        try (Stage stage = new Stage()) {
            Stage.Lane lane = stage.lane(rung, Gate.Options.heap("-Xmx1g"));
            warm(lane);
            long before = settled(lane);
            try (LoadClient client = lane.client()) {
                client.each(LoadClient.Plan.of(new Mode.Idle()), streams, 500);
                if (!Wait.until(
                                60_000,
                                () -> client.started() >= streams
                                        || client.snapshot().failed() > 0)
                        || client.snapshot().failed() > 0) {
                    throw new Load.WrongAnswer(rung.label() + ": " + client.started() + " of " + streams
                            + " streams opened: " + client.snapshot().errors());
                }
                long with = settled(lane);
                if (client.active() != streams || client.snapshot().failed() > 0) {
                    throw new Load.WrongAnswer(rung.label() + ": idle streams ended: "
                            + client.snapshot().errors());
                }
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("rss_before_mib", before >> 20);
                line.put("rss_with_streams_mib", with >> 20);
                line.put("kib_per_stream", Results.round((with - before) / 1024.0 / streams));
                System.out.println(rung.label() + " " + line);
                return line;
            }
        }
    }

    /** Classes, code and pools of a process that has already served: not the streams' share. */
    private static void warm(Stage.Lane lane) {
        try (LoadClient client = lane.client()) {
            client.closedLoop(new Mode.Paced(5, 100), 200, 500);
            Wait.seconds(3);
            client.stop();
            client.drained(5_000);
        }
    }

    private static long settled(Stage.Lane lane) {
        Gate gate = lane.gate();
        if (gate == null) {
            return 0;
        }
        gate.collect();
        Wait.seconds(2);
        gate.collect();
        Wait.seconds(1);
        return Proc.rss(gate.handle());
    }
}
