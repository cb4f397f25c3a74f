// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What does each step from a bare pass-through to the default product cost, per streamed event, per call and in added time?
 *
 * <p>{@code benchmarks/run ladder}. All rungs are up at once and take turns: every round runs each kind of load on each rung, so
 * that a slow minute of the machine falls on all of them. Ratios are taken inside a round and the median over rounds is published.
 */
final class Ladder {
    private static final int STREAMS = 1_000;
    private static final int RATE = 20;
    private static final List<Integer> FIRST = List.of(1, 10, 100);

    private final Map<String, Map<Rung, List<Load.Window>>> windows = new LinkedHashMap<>();
    private final List<Rung> rungs;
    /** Empty for all; a part of them is for looking, and is not published. */
    private final List<String> scenarios = Arrays.stream(
                    System.getProperty("bench.scenarios", "").split(","))
            .map(String::trim)
            .filter(name -> !name.isEmpty())
            .toList();

    private final int rounds;
    private final Load load;
    private final double seconds;

    private Ladder(List<Rung> rungs, int rounds, double warm, double seconds) {
        this.rungs = rungs;
        this.rounds = rounds;
        this.seconds = seconds;
        this.load = new Load(warm, seconds);
    }

    public static void main(String[] args) {
        List<Rung> rungs = new ArrayList<>();
        for (String label : System.getProperty(
                        "bench.rungs",
                        "direct,bare,penstock-direct,penstock-bus,penstock-unrecorded,penstock,penstock-limits,penstock-translated,nginx")
                .split(",")) {
            Rung rung = Rung.of(label.trim());
            if (rung != Rung.NGINX || Bench.installed("nginx")) {
                rungs.add(rung);
            }
        }
        int rounds = Integer.getInteger("bench.rounds", 3);
        double seconds = Double.parseDouble(System.getProperty("bench.seconds", "8"));
        new Ladder(rungs, rounds, Math.max(1, seconds / 4), seconds).run();
        System.exit(0);
    }

    private void run() {
        try (Stage stage = new Stage()) {
            Map<Rung, Stage.Lane> lanes = new EnumMap<>(Rung.class);
            for (Rung rung : rungs) {
                lanes.put(rung, stage.lane(rung, Gate.Options.heap("-Xms512m", "-Xmx512m")));
            }
            for (Rung rung : rungs) {
                Load.warmUp(lanes.get(rung), 150_000, 30);
            }
            for (int round = 0; round < rounds; round++) {
                System.out.println("round " + (round + 1) + " of " + rounds);
                turn("unary", lanes, load::unary);
                turn("single", lanes, load::single);
                turn("burst", lanes, load::burst);
                turn("packed", lanes, load::packed);
                turn("paced", lanes, lane -> load.paced(lane, STREAMS, RATE));
                for (int streams : FIRST) {
                    turn("ttft_" + streams, lanes, lane -> load.firstContent(lane, streams));
                }
            }
        }
        if (scenarios.isEmpty()) {
            publish();
        }
    }

    private void turn(String scenario, Map<Rung, Stage.Lane> lanes, Function<Stage.Lane, Load.Window> measure) {
        if (!scenarios.isEmpty() && !scenarios.contains(scenario)) {
            return;
        }
        for (Rung rung : rungs) {
            Load.Window window = measure.apply(lanes.get(rung));
            windows.computeIfAbsent(scenario, s -> new EnumMap<>(Rung.class))
                    .computeIfAbsent(rung, r -> new ArrayList<>())
                    .add(window);
            System.out.printf(
                    Locale.ROOT,
                    "  %-9s %-19s %7.2f us CPU (%6.2f store)  %9.0f/s  gate %3.0f %%  load %3.0f %%  transit p50 %6.0f p99 %7.0f us  ttft p50 %6.0f p99 %7.0f us  quiet %3.0f %%%n",
                    scenario,
                    rung.label(),
                    window.cpuMicros(),
                    window.storeMicros(),
                    window.perSecond(),
                    window.gateShare() * 100,
                    window.loadShare() * 100,
                    window.p50(),
                    window.p99(),
                    window.first50(),
                    window.first99(),
                    window.quiet() * 100);
        }
    }

    private void publish() {
        Results results = new Results("ladder");
        results.put("rounds", rounds).put("seconds_per_window", seconds);
        Map<String, Object> scenarios = new LinkedHashMap<>();
        windows.forEach((scenario, byRung) -> {
            Map<String, Object> lines = new LinkedHashMap<>();
            byRung.forEach((rung, all) -> lines.put(rung.label(), line(scenario, rung, all)));
            scenarios.put(scenario, lines);
        });
        results.put("scenarios", scenarios);
        if (rungs.contains(Rung.PENSTOCK) && rungs.contains(Rung.BARE)) {
            ratio(results, "cpu_burst", "burst", 0.6);
            ratio(results, "cpu_paced", "paced", 1.05);
            ratio(results, "cpu_unary", "unary", 1.4);
            if (rungs.contains(Rung.PENSTOCK_TRANSLATED)) {
                translatedFigure(results);
            }
            if (rungs.contains(Rung.PENSTOCK_UNRECORDED)) {
                ledgerFigure(results);
            }
            if (rungs.contains(Rung.PENSTOCK_LIMITS)) {
                double limits = added("unary", Rung.PENSTOCK_LIMITS, Rung.PENSTOCK, Load.Window::onTheWay);
                results.figure("cpu_limits", signed(limits) + " us", limits <= 5);
            }
            double p50 = added("paced", Rung.PENSTOCK, Rung.BARE, Load.Window::p50);
            double p99 = added("paced", Rung.PENSTOCK, Rung.BARE, Load.Window::p99);
            results.figure("added_event", signed(p50) + " / " + signed(p99) + " us", p50 <= 5 && p99 <= 20);
        }
        if (rungs.contains(Rung.PENSTOCK) && rungs.contains(Rung.DIRECT)) {
            firstContentFigure(results);
        }
        results.save();
    }

    private void firstContentFigure(Results results) {
        StringBuilder text = new StringBuilder();
        boolean met = true;
        for (int streams : FIRST) {
            String scenario = "ttft_" + streams;
            double p99 = added(scenario, Rung.PENSTOCK, Rung.DIRECT, Load.Window::first99);
            double late = median(scenario, Rung.PENSTOCK, Load.Window::late);
            met &= p99 <= 1_000 && late <= 0.01;
            text.append(text.isEmpty() ? "" : ", ")
                    .append(signed(p99))
                    .append(" us at ")
                    .append(streams);
            if (late > 0.01) {
                text.append(" (").append(Math.round(late * 100)).append(" % later than 35 ms)");
            }
        }
        results.figure("added_ttft", text.toString(), met);
    }

    /** What translating an event costs beyond passing it on, in the same rounds. */
    private void translatedFigure(Results results) {
        double burst = added("burst", Rung.PENSTOCK_TRANSLATED, Rung.PENSTOCK, Load.Window::cpuMicros);
        double paced = added("paced", Rung.PENSTOCK_TRANSLATED, Rung.PENSTOCK, Load.Window::cpuMicros);
        String text = String.format(
                Locale.ROOT,
                "%s us in bursts, %s us paced; against the bare pass-through %.2f and %.2f",
                signed(burst),
                signed(paced),
                ratio("burst", Rung.PENSTOCK_TRANSLATED),
                ratio("paced", Rung.PENSTOCK_TRANSLATED));
        results.figure("cpu_translated", text, burst <= 2.5 && paced <= 2.5);
    }

    /** What recording costs: on the way of a call and in the journal, and apart from it in the database behind. */
    private void ledgerFigure(Results results) {
        double journal = added("unary", Rung.PENSTOCK, Rung.PENSTOCK_UNRECORDED, Load.Window::onTheWay);
        double event = added("burst", Rung.PENSTOCK, Rung.PENSTOCK_UNRECORDED, Load.Window::onTheWay);
        double store = median("unary", Rung.PENSTOCK, Load.Window::storeMicros);
        String text = String.format(
                Locale.ROOT,
                "%s us with the journal, %s us behind it in the database; %s us for an event",
                signed(journal),
                signed(store),
                signed(event));
        results.figure("cpu_ledger", text, journal <= 3);
    }

    private void ratio(Results results, String id, String scenario, double goal) {
        double ratio = ratio(scenario, Rung.PENSTOCK);
        double own = median(scenario, Rung.PENSTOCK, Load.Window::cpuMicros);
        double bare = median(scenario, Rung.BARE, Load.Window::cpuMicros);
        String text = String.format(Locale.ROOT, "%.2f (%s / %s us)", ratio, Results.text(own), Results.text(bare));
        if (scenario.equals("burst")) {
            text += String.format(
                    Locale.ROOT,
                    "; one event per write %.2f, 64 per write %.2f",
                    ratio("single", Rung.PENSTOCK),
                    ratio("packed", Rung.PENSTOCK));
        }
        if (rungs.contains(Rung.NGINX)) {
            text += String.format(Locale.ROOT, "; nginx %.2f", ratio(scenario, Rung.NGINX));
        }
        results.figure(id, text, ratio <= goal);
    }

    private Map<String, Object> line(String scenario, Rung rung, List<Load.Window> all) {
        Map<String, Object> out = new LinkedHashMap<>();
        if (rung != Rung.DIRECT) {
            out.put("cpu_us", Results.round(median(scenario, rung, Load.Window::cpuMicros)));
            if (rungs.contains(Rung.BARE)) {
                out.put("ratio_to_bare", Results.round(ratio(scenario, rung)));
            }
        }
        out.put("transit_p50_us", Results.round(median(scenario, rung, Load.Window::p50)));
        out.put("transit_p99_us", Results.round(median(scenario, rung, Load.Window::p99)));
        out.put("ttft_p50_us", Results.round(median(scenario, rung, Load.Window::first50)));
        out.put("ttft_p99_us", Results.round(median(scenario, rung, Load.Window::first99)));
        out.put("rounds", all.stream().map(Load.Window::json).toList());
        return out;
    }

    private double ratio(String scenario, Rung rung) {
        List<Load.Window> own = windows.get(scenario).get(rung);
        List<Load.Window> bare = windows.get(scenario).get(Rung.BARE);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < own.size(); round++) {
            ratios.add(own.get(round).cpuMicros() / bare.get(round).cpuMicros());
        }
        return Results.median(ratios);
    }

    private double added(String scenario, Rung rung, Rung below, ToDoubleFunction<Load.Window> value) {
        List<Load.Window> own = windows.get(scenario).get(rung);
        List<Load.Window> base = windows.get(scenario).get(below);
        List<Double> differences = new ArrayList<>();
        for (int round = 0; round < own.size(); round++) {
            differences.add(value.applyAsDouble(own.get(round)) - value.applyAsDouble(base.get(round)));
        }
        return Results.median(differences);
    }

    private double median(String scenario, Rung rung, ToDoubleFunction<Load.Window> value) {
        return Results.median(windows.get(scenario).get(rung).stream()
                .map(value::applyAsDouble)
                .toList());
    }

    private static String signed(double value) {
        return (value >= 0 ? "+" : "") + Results.text(value);
    }
}
