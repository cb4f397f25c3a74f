// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is left of the goodput when more comes than fits?
 *
 * <p>{@code benchmarks/run overload}. An open loop offers half of what the node can do up to three times as much. What is accepted
 * must stay whole and prompt, what is refused must be refused at once, and soon after it nothing may be left of it.
 */
final class Overload {
    private static final double[] FACTORS = {0.5, 0.8, 1, 1.5, 2, 3};
    private static final Mode ANSWER = new Mode.Burst(1_024, 4);
    /** {@code server.shed.lag}, as shipped unless said. */
    private static final int LAG_MILLIS = Integer.getInteger("bench.lag", 25);
    /** An answer's way has several turns of the loop: request, connection, first bytes. */
    private static final double BOUND_MILLIS = 4 * LAG_MILLIS;

    private Overload() {}

    /** One load and what came of it; rates per second, times in milliseconds. */
    private record Point(
            double factor,
            double offered,
            double goodput,
            double refused,
            double first50,
            double first99,
            double refusal99) {

        Map<String, Object> json() {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put("factor", factor);
            out.put("offered_per_second", Results.round(offered));
            out.put("goodput_per_second", Results.round(goodput));
            out.put("refused_per_second", Results.round(refused));
            out.put("first_p50_ms", Results.round(first50));
            out.put("first_p99_ms", Results.round(first99));
            out.put("refusal_p99_ms", Results.round(refusal99));
            return out;
        }
    }

    public static void main(String[] args) {
        double seconds = Double.parseDouble(System.getProperty("bench.seconds", "10"));
        Results results = new Results("overload");
        try (Stage stage = new Stage()) {
            Stage.Lane lane = stage.lane(
                    Rung.of(System.getProperty("bench.rungs", Rung.PENSTOCK.label())),
                    Gate.Options.heap("-Xmx512m").server("shed: {lag: " + LAG_MILLIS + "ms}\n"));
            Load.warmUp(lane, 40_000, Math.min(30, 3 * seconds));
            // The better of two: a neighbour on the machine who takes one of them away would make every factor smaller
            // than it says.
            double peak = Math.max(peak(lane, seconds), peak(lane, seconds));
            results.put("shed_lag_ms", LAG_MILLIS);
            results.put("peak_per_second", Results.round(peak));
            List<Point> points = new ArrayList<>();
            for (double factor : FACTORS) {
                points.add(measure(lane, peak, factor, factor == 3 ? 6 * seconds : seconds));
                System.out.println(points.getLast());
            }
            results.put("points", points.stream().map(Point::json).toList());
            judge(points, peak, results);
            recovery(lane, peak, seconds, results);
            priorities(lane, peak, seconds, results);
            results.save();
            Gate.write(Bench.results().resolve("overload.svg"), plot(points, peak));
        }
        System.exit(0);
    }

    /** The short form: at more than any machine serves, everything ends as a whole answer or as a 503. */
    static boolean holds(Stage.Lane lane) {
        try (LoadClient client = lane.client().refusable()) {
            client.openLoop(ANSWER, 3_000, 2);
            boolean drained = client.drained(30_000);
            Tally.Snapshot seen = client.snapshot();
            System.out.println("overload " + seen.complete() + " whole, " + seen.refused() + " refused, "
                    + seen.failed() + " failed " + seen.errors());
            return drained && seen.failed() == 0 && seen.complete() > 0;
        }
    }

    private static double peak(Stage.Lane lane, double seconds) {
        try (LoadClient client = lane.client()) {
            client.closedLoop(ANSWER, 16, 500);
            Wait.seconds(2);
            client.reset();
            Wait.seconds(seconds);
            double peak = client.snapshot().answers() / seconds;
            client.stop();
            require(client.drained(20_000), client, "the closed loop did not end");
            return peak;
        }
    }

    private static Point measure(Stage.Lane lane, double peak, double factor, double seconds) {
        double warm = 2;
        try (LoadClient client = lane.client().refusable()) {
            client.openLoop(ANSWER, factor * peak, warm + seconds);
            Wait.seconds(warm);
            client.reset();
            Wait.seconds(seconds);
            Tally.Snapshot seen = client.snapshot();
            client.stop();
            require(client.drained(30_000), client, "answers did not end");
            return new Point(
                    factor,
                    factor * peak,
                    seen.answers() / seconds,
                    seen.refused() / seconds,
                    seen.firstContent().getValueAtPercentile(50) / 1e6,
                    seen.firstContent().getValueAtPercentile(99) / 1e6,
                    seen.refusal().getValueAtPercentile(99) / 1e6);
        }
    }

    private static void judge(List<Point> points, double peak, Results results) {
        Point light = points.getFirst();
        Point heavy = points.getLast();
        double best =
                Math.max(peak, points.stream().mapToDouble(Point::goodput).max().orElse(peak));
        results.figure(
                "overload_goodput",
                Results.text(100 * heavy.goodput() / best) + " % (" + Results.text(heavy.goodput()) + " of "
                        + Results.text(best) + " streams of 1,024 events per second)",
                heavy.goodput() >= 0.9 * best);
        results.figure(
                "overload_delay",
                Results.text(heavy.first99()) + " / " + Results.text(light.first99()) + " ms",
                heavy.first99() <= 2 * light.first99() + BOUND_MILLIS);
        results.figure("overload_refusal", Results.text(heavy.refusal99()) + " ms", heavy.refusal99() <= 10);
    }

    private static void recovery(Stage.Lane lane, double peak, double seconds, Results results) {
        try (LoadClient before = lane.client().refusable();
                LoadClient after = lane.client().refusable()) {
            before.openLoop(ANSWER, 3 * peak, seconds);
            Wait.seconds(seconds);
            before.stop();
            after.openLoop(ANSWER, 0.5 * peak, 15);
            int second = 0;
            boolean quiet = false;
            while (!quiet && second < 14) {
                after.reset();
                Wait.seconds(1);
                second++;
                quiet = after.snapshot().refused() == 0;
            }
            after.stop();
            require(after.drained(30_000), after, "answers did not end");
            results.figure(
                    "overload_recovery", quiet ? (second - 1) + " s" : "more than 14 s", quiet && second - 1 <= 5);
        }
    }

    private static void priorities(Stage.Lane lane, double peak, double seconds, Results results) {
        try (LoadClient interactive = lane.client().refusable();
                LoadClient batch = lane.client().refusable().batch()) {
            batch.openLoop(ANSWER, 2.7 * peak, seconds + 2);
            interactive.openLoop(ANSWER, 0.3 * peak, seconds + 2);
            Wait.seconds(2);
            interactive.reset();
            batch.reset();
            Wait.seconds(seconds);
            Tally.Snapshot seen = interactive.snapshot();
            Tally.Snapshot other = batch.snapshot();
            interactive.stop();
            batch.stop();
            require(interactive.drained(30_000) && batch.drained(30_000), interactive, "answers did not end");
            double served = 100.0 * seen.answers() / Math.max(1, seen.answers() + seen.refused());
            results.figure(
                    "overload_priority",
                    Results.text(served) + " % of interactive; of batch "
                            + Results.text(100.0 * other.answers() / Math.max(1, other.answers() + other.refused()))
                            + " %",
                    served >= 99);
        }
    }

    private static void require(boolean holds, LoadClient client, String what) {
        Tally.Snapshot now = client.snapshot();
        if (!holds || now.failed() > 0) {
            throw new Load.WrongAnswer(what + "; failed " + now.failed() + " " + now.errors());
        }
    }

    /** The table of the README. */
    static String table(@Nullable JsonNode result) {
        if (result == null) {
            return "Not measured yet.\n";
        }
        StringBuilder table = new StringBuilder(
                "| load | offered / s | goodput / s | refused / s | first content p50 / p99 ms | refusal p99 ms |\n"
                        + "|--:|--:|--:|--:|--:|--:|\n");
        for (JsonNode point : result.path("points")) {
            table.append("| ")
                    .append(Results.text(point.path("factor").asDouble()))
                    .append("x | ");
            for (String field : List.of("offered_per_second", "goodput_per_second", "refused_per_second")) {
                table.append(Results.text(point.path(field).asDouble())).append(" | ");
            }
            table.append(Results.text(point.path("first_p50_ms").asDouble()))
                    .append(" / ")
                    .append(Results.text(point.path("first_p99_ms").asDouble()))
                    .append(" | ")
                    .append(Results.text(point.path("refusal_p99_ms").asDouble()))
                    .append(" |\n");
        }
        return table.toString();
    }

    /** Goodput against offered load, both in multiples of the peak. */
    private static String plot(List<Point> points, double peak) {
        StringBuilder line = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (Point point : points) {
            double x = 60 + 160 * point.factor();
            double y = 260 - 200 * point.goodput() / peak;
            line.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
            dots.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#06c\"/><text x=\"%.1f\" y=\"%.1f\">%.2f</text>%n",
                    x,
                    y,
                    x - 10,
                    y - 10,
                    point.goodput() / peak));
        }
        StringBuilder marks = new StringBuilder();
        for (int i = 0; i <= 3; i++) {
            marks.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"280\">%dx</text>%n", 52 + 160 * i, i));
        }
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="580" height="310" font-family="sans-serif" font-size="12">
                <rect width="580" height="310" fill="white"/>
                <path d="M60 20V260H560" stroke="black" fill="none"/>
                <path d="M60 260L220 60H560" stroke="#999" stroke-dasharray="4" fill="none"/>
                <polyline points="%s" stroke="#06c" stroke-width="2" fill="none"/>
                %s%s<text x="20" y="64">1x</text>
                <text x="200" y="302">offered load, multiples of what fits</text>
                <text x="66" y="16">goodput, the same (dashed: ideal)</text>
                </svg>
                """.formatted(line.toString().strip(), dots, marks);
    }
}
