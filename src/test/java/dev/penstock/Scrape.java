// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** One reading of {@code /metrics}: sample by sample, as a scraper sees it. */
record Scrape(List<String> samples) {

    static Scrape of(InProcess gateway) {
        return new Scrape(gateway.admin("GET", "/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList());
    }

    /** Outcome to number of exchanges of that model alias. */
    Map<String, Integer> requestsOf(String alias) {
        Map<String, Integer> byOutcome = new TreeMap<>();
        matching("penstock_requests_total{", line -> line.contains("model=\"" + alias + "\""))
                .forEach(line -> byOutcome.merge(label(line, "outcome"), (int) value(line), Integer::sum));
        return byOutcome;
    }

    /** Error kind to number of exchanges, zeros left out. */
    Map<String, Integer> errors() {
        Map<String, Integer> byKind = new TreeMap<>();
        matching("penstock_errors_total{", line -> value(line) > 0)
                .forEach(line -> byKind.put(label(line, "kind"), (int) value(line)));
        return byKind;
    }

    int errors(String kind) {
        return errors().getOrDefault(kind, 0);
    }

    int activeStreams() {
        return (int) value(matching("penstock_active_streams", line -> true).get(0));
    }

    private List<String> matching(String prefix, Predicate<String> wanted) {
        return samples.stream()
                .filter(line -> line.startsWith(prefix) && wanted.test(line))
                .toList();
    }

    private static String label(String line, String name) {
        int from = line.indexOf(name + "=\"") + name.length() + 2;
        return line.substring(from, line.indexOf('"', from));
    }

    private static double value(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }
}
