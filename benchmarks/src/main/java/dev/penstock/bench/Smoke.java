// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Is every stream exact, every departure noticed, and nothing absurdly dear?
 *
 * <p>{@code benchmarks/run smoke}, about a minute on two cores, for continuous integration: short windows of each load on the bare
 * pass-through and on the default product. Wrong bytes, errors and departures that are not passed on fail it; noise does not, only a
 * ratio that no noise explains.
 */
final class Smoke {
    /** Paced windows are steady even on a busy machine; the others depend on how far the compilers got. */
    private static final double ABSURD_PACED = 2.0;

    private static final double ABSURD = 8.0;

    private Smoke() {}

    public static void main(String[] args) {
        boolean ok = false;
        try {
            ok = run();
        } catch (Load.WrongAnswer | IllegalStateException wrong) {
            System.out.println("FAILED: " + wrong.getMessage());
        }
        System.exit(ok ? 0 : 1);
    }

    private static boolean run() {
        Rung own = Rung.of(System.getProperty("bench.rungs", Rung.PENSTOCK.label()));
        Results results = new Results("smoke");
        Load load = new Load(0.5, 2);
        boolean sane = true;
        try (Stage stage = new Stage()) {
            Stage.Lane bare = stage.lane(Rung.BARE, Gate.Options.heap("-Xmx512m"));
            Stage.Lane gate = stage.lane(own, Gate.Options.heap("-Xmx512m"));
            Load.warmUp(bare, 40_000, 5);
            Load.warmUp(gate, 40_000, 5);
            Map<String, Object> ratios = new LinkedHashMap<>();
            sane &= compare("unary", load.unary(bare), load.unary(gate), ABSURD, ratios);
            sane &= compare("burst", load.burst(bare), load.burst(gate), ABSURD, ratios);
            sane &= compare("packed", load.packed(bare), load.packed(gate), ABSURD, ratios);
            sane &= compare("paced", load.paced(bare, 400, 20), load.paced(gate, 400, 20), ABSURD_PACED, ratios);
            Load.Window first = load.firstContent(gate, 10);
            results.put("ratios", ratios);
            results.put("first_content", first.json());
            if (first.late() > 0.5) {
                System.out.println("most first tokens came later than 35 ms");
                sane = false;
            }
            sane &= own == Rung.BARE || Overload.holds(gate);
            sane &= own == Rung.BARE || Disconnects.measure(stage, gate, 100, results);
        }
        System.out.println(sane ? "smoke: all streams exact" : "smoke: FAILED");
        return sane;
    }

    private static boolean compare(
            String name, Load.Window bare, Load.Window own, double absurd, Map<String, Object> ratios) {
        double ratio = own.cpuMicros() / bare.cpuMicros();
        ratios.put(name, Results.round(ratio));
        System.out.printf(
                "%-7s %7.2f us against %7.2f us bare: %.2f%n", name, own.cpuMicros(), bare.cpuMicros(), ratio);
        return ratio <= absurd;
    }
}
