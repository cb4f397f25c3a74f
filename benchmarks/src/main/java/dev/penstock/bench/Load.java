// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The kinds of traffic, each one window long, and what a window gives. A window with one wrong answer throws. */
final class Load {
    private static final int RAMP_MICROS = 1_000;

    private final double warm;
    private final double seconds;

    Load(double warm, double seconds) {
        this.warm = warm;
        this.seconds = seconds;
    }

    /**
     * @param cpuMicros CPU of the process under test per event (or per answer), or NaN for the direct way
     * @param perSecond events (or answers) per second
     * @param gateShare share of one core that the process under test used
     * @param loadShare share of one core that the load process used: near 1 means that the load, not the gate, set the pace
     * @param p50 of the event's way, in microseconds, in the median second; so is {@code p99}; {@code p999} is that of all of them
     * @param quiet share of the window's seconds that were kept
     */
    record Window(
            double cpuMicros,
            double storeMicros,
            double perSecond,
            double gateShare,
            double loadShare,
            double p50,
            double p99,
            double p999,
            double first50,
            double first99,
            double firstMax,
            double late,
            double quiet) {

        /** CPU without the part that the database takes behind the calls. */
        double onTheWay() {
            return cpuMicros - storeMicros;
        }

        Map<String, Object> json() {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put("cpu_us", Results.round(cpuMicros));
            out.put("store_cpu_us", Results.round(storeMicros));
            out.put("per_second", Math.round(perSecond));
            out.put("gate_cpu_share", Results.round(gateShare));
            out.put("load_cpu_share", Results.round(loadShare));
            out.put("quiet_share", Results.round(quiet));
            out.put("transit_p50_us", Results.round(p50));
            out.put("transit_p99_us", Results.round(p99));
            out.put("transit_p999_us", Results.round(p999));
            out.put("ttft_p50_us", Results.round(first50));
            out.put("ttft_p99_us", Results.round(first99));
            out.put("ttft_max_us", Results.round(firstMax));
            return out;
        }
    }

    /**
     * Runs each kind of load for so many answers, and on until the compilers of the process under test rest; then all kinds again,
     * until none of them wakes the compilers: what one kind teaches them makes them compile for another one anew. What is
     * measured is the program and not its compilation, which on one core takes longer the larger the program.
     *
     * @param limit most seconds of one kind in one pass
     */
    static void warmUp(Stage.Lane lane, int answers, double limit) {
        boolean woken = true;
        for (int pass = 0; woken && pass < 4; pass++) {
            int wanted = pass == 0 ? answers : answers / 10;
            woken = enough(lane, new Mode.Unary(), 64, wanted, limit)
                    | enough(lane, new Mode.Burst(256, 4), 16, wanted / 100, limit)
                    | enough(lane, new Mode.Burst(256, 64), 16, wanted / 100, limit)
                    | enough(lane, new Mode.Paced(20, 50), 200, wanted / 40, limit);
        }
    }

    /** Whether the compilers had anything to do. */
    private static boolean enough(Stage.Lane lane, Mode mode, int connections, int answers, double limit) {
        long end = System.nanoTime() + (long) (limit * 1e9);
        boolean woken = false;
        // A gateway that is busy compiling may say so.
        try (LoadClient client = lane.client().refusable()) {
            client.closedLoop(mode, connections, 500);
            Wait.until((long) (limit * 1_000), () -> client.snapshot().complete() >= answers);
            while (!lane.compilersRest() && System.nanoTime() < end) {
                woken = true;
                client.reset();
            }
            client.stop();
            require(client.drained(20_000), lane, client, "answers did not end while warming up");
        }
        return woken;
    }

    /** 64 connections, one call after another: 1 KB in, 1 KB out. */
    Window unary(Stage.Lane lane) {
        return saturate(lane, new Mode.Unary(), 64);
    }

    /**
     * 16 streams of 256 events at a time, sent as fast as they go, four events (a kilobyte) in each write: the least packing with
     * which the load process stays ahead of every rung. With one write per event it saturates before Penstock does.
     */
    Window burst(Stage.Lane lane) {
        return saturate(lane, new Mode.Burst(256, 4), 16);
    }

    /** The same, each event in a write of its own. */
    Window single(Stage.Lane lane) {
        return saturate(lane, new Mode.Burst(256, 1), 16);
    }

    /** The same, 64 events in a write: an upstream behind a proxy or TLS that packs. */
    Window packed(Stage.Lane lane) {
        return saturate(lane, new Mode.Burst(256, 64), 16);
    }

    /** {@code streams} at {@code rate} events per second each, phases spread evenly. */
    Window paced(Stage.Lane lane, int streams, int rate) {
        double rampSeconds = streams * RAMP_MICROS / 1e6;
        int events = (int) (rate * (rampSeconds + warm + seconds + 1.0));
        try (LoadClient client = lane.client()) {
            client.each(LoadClient.Plan.of(new Mode.Paced(events, rate)), streams, RAMP_MICROS);
            require(Wait.until(20_000, () -> client.started() >= streams), lane, client, "streams did not start");
            Wait.seconds(warm);
            Window window = window(lane, client, false);
            boolean drained = client.drained((long) (1_000 * (warm + seconds)) + 30_000);
            require(drained && client.snapshot().complete() == streams, lane, client, "streams did not end");
            return window;
        }
    }

    /**
     * Time to the first content at {@code streams} open at a time, open loop. The fake provider sends head, role and first content at
     * once but separately, the shape that shows Nagle and delayed acknowledgements as a step of 40 ms.
     */
    Window firstContent(Stage.Lane lane, int streams) {
        Mode mode =
                switch (streams) {
                    case 1 -> new Mode.Paced(2, 100);
                    case 10 -> new Mode.Paced(11, 100);
                    default -> new Mode.Paced(21, 50);
                };
        double perSecond = streams == 1 ? 80 : streams == 10 ? 100 : streams / 0.4;
        try (LoadClient client = lane.client()) {
            client.openLoop(mode, perSecond, warm + seconds);
            Wait.seconds(warm);
            Window window = window(lane, client, false);
            require(client.drained(10_000), lane, client, "streams did not end");
            return window;
        }
    }

    private Window saturate(Stage.Lane lane, Mode mode, int connections) {
        try (LoadClient client = lane.client()) {
            client.closedLoop(mode, connections, 500);
            Wait.seconds(warm);
            Window window = window(lane, client, mode instanceof Mode.Unary);
            client.stop();
            require(client.drained(10_000), lane, client, "answers did not end");
            return window;
        }
    }

    /**
     * Measures in slices of a second and keeps those in which the host left this machine its processors: on a shared host whole
     * seconds are lost to others (steal time of {@code /proc/stat}), and a p99 would tell of them and not of the gate.
     */
    private Window window(Stage.Lane lane, LoadClient client, boolean answers) {
        List<Slice> all = new ArrayList<>();
        for (double left = seconds; left > 1e-6; left -= 1) {
            all.add(slice(lane, client, answers, Math.min(1, left)));
        }
        List<Slice> quiet = quiet(all);
        long units = quiet.stream().mapToLong(Slice::units).sum();
        double wall = quiet.stream().mapToLong(Slice::wall).sum();
        double gate = quiet.stream().mapToLong(Slice::gate).sum();
        double own = quiet.stream().mapToLong(Slice::load).sum();
        require(units > 0, lane, client, "nothing arrived");
        Histogram first = new Histogram(3);
        Histogram transit = new Histogram(3);
        for (Slice slice : quiet) {
            first.add(slice.seen().firstContent());
            transit.add(slice.seen().transit());
        }
        double late = first.getTotalCount() == 0
                ? 0
                : (double) first.getCountBetweenValues(35_000_000, first.getHighestTrackableValue())
                        / first.getTotalCount();
        return new Window(
                lane.gate() == null ? Double.NaN : gate / 1e3 / units,
                quiet.stream().mapToLong(Slice::store).sum() / 1e3 / units,
                units / (wall / 1e9),
                gate / wall,
                own / wall,
                medianOf(quiet, 50),
                medianOf(quiet, 99),
                transit.getValueAtPercentile(99.9) / 1e3,
                first.getValueAtPercentile(50) / 1e3,
                first.getValueAtPercentile(99) / 1e3,
                first.getMaxValue() / 1e3,
                late,
                (double) quiet.size() / all.size());
    }

    /** At most one per cent stolen; where the host never was that quiet, the quietest third. */
    private static List<Slice> quiet(List<Slice> all) {
        List<Slice> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparingDouble(Slice::stolen));
        int enough = (all.size() + 2) / 3;
        int kept = 0;
        while (kept < sorted.size() && (kept < enough || sorted.get(kept).stolen() <= 0.01)) {
            kept++;
        }
        return sorted.subList(0, kept);
    }

    private static double medianOf(List<Slice> slices, double percentile) {
        return Results.median(slices.stream()
                .map(slice -> slice.seen().transit().getValueAtPercentile(percentile) / 1e3)
                .toList());
    }

    private Slice slice(Stage.Lane lane, LoadClient client, boolean answers, double length) {
        client.reset();
        Tally.Snapshot begin = client.snapshot();
        long gateBegin = lane.cpuNanos();
        long storeBegin = lane.storeNanos();
        long loadBegin = Proc.ownCpuNanos();
        long[] host = Proc.hostTicks();
        Wait.seconds(length);
        Tally.Snapshot end = client.snapshot();
        long gateUsed = lane.cpuNanos() - gateBegin;
        long storeUsed = lane.storeNanos() - storeBegin;
        long loadUsed = Proc.ownCpuNanos() - loadBegin;
        require(end.failed() == 0, lane, client, "wrong answers");
        long units = answers ? end.answers() - begin.answers() : end.events() - begin.events();
        return new Slice(units, end.at() - begin.at(), gateUsed, storeUsed, loadUsed, Proc.stolenSince(host), end);
    }

    /**
     * A second of a window.
     *
     * @param gate CPU of the process under test
     * @param store of it, what brings its records into the database, behind the calls
     * @param load CPU of the load process
     * @param stolen share of the machine's processor time that the host gave to others
     */
    private record Slice(long units, long wall, long gate, long store, long load, double stolen, Tally.Snapshot seen) {}

    private static void require(boolean holds, Stage.Lane lane, LoadClient client, String what) {
        Tally.Snapshot now = client.snapshot();
        if (!holds || now.failed() > 0) {
            throw new WrongAnswer(
                    lane.rung().label() + ": " + what + "; failed " + now.failed() + " " + now.errors() + ", answers "
                            + now.complete() + ", in progress " + client.active()
                            + (lane.gate() == null ? "" : "\n" + lane.gate().log()));
        }
    }

    /** The process under test did not deliver what the provider sent. */
    static final class WrongAnswer extends RuntimeException {
        WrongAnswer(String message) {
            super(message);
        }
    }
}
