// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** One benchmark's outcome: what was measured, on which machine and commit, and the figures that the README's table shows. */
final class Results {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final String benchmark;
    private final Map<String, Object> body = new LinkedHashMap<>();
    private final List<Map<String, Object>> figures = new ArrayList<>();

    Results(String benchmark) {
        this.benchmark = benchmark;
        body.put("benchmark", benchmark);
        body.put("machine", machine());
    }

    Results put(String key, Object value) {
        body.put(key, value);
        return this;
    }

    /** A line of the goal table. */
    void figure(String id, String measured, boolean met) {
        Map<String, Object> figure = new LinkedHashMap<>();
        figure.put("id", id);
        figure.put("measured", measured);
        figure.put("met", met);
        figures.add(figure);
        System.out.printf("%-14s %s%s%n", id, measured, met ? "" : "   (goal not met)");
    }

    /** Writes {@code results/<benchmark>.json} and renews the README's tables. */
    void save() {
        body.put("figures", figures);
        try {
            Files.createDirectories(Bench.results());
            Path file = Bench.results().resolve(benchmark + ".json");
            Files.writeString(file, JSON.writeValueAsString(body) + "\n");
            System.out.println("wrote " + Bench.home().relativize(file));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        Report.write();
    }

    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Three significant digits: more would be invented. */
    static double round(double value) {
        if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
            return value;
        }
        double scale = Math.pow(10, 3 - Math.ceil(Math.log10(Math.abs(value))));
        return Math.round(value * scale) / scale;
    }

    static String text(double value) {
        double rounded = round(value);
        return Math.abs(rounded) >= 100
                ? String.format(Locale.ROOT, "%,.0f", rounded)
                : String.format(Locale.ROOT, "%s", rounded).replaceFirst("\\.0$", "");
    }

    private static Map<String, Object> machine() {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("cpu", field(Path.of("/proc/cpuinfo"), "model name"));
        machine.put(
                "cores", Integer.getInteger("bench.cores", Runtime.getRuntime().availableProcessors()));
        machine.put("memory", field(Path.of("/proc/meminfo"), "MemTotal"));
        machine.put(
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        machine.put("jdk", System.getProperty("java.vm.vendor") + " " + System.getProperty("java.runtime.version"));
        machine.put("flags", String.join(" ", Bench.jvmFlags()));
        machine.put("commit", Bench.commit());
        machine.put(
                "at",
                java.time.Instant.now()
                        .truncatedTo(java.time.temporal.ChronoUnit.SECONDS)
                        .toString());
        return machine;
    }

    private static String field(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> Arrays.asList(line.split(":", 2)).getLast().trim())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException | UncheckedIOException none) {
            return "unknown";
        }
    }
}
