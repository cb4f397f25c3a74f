// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Renews the tables of {@code benchmarks/README.md} from {@code results/*.json}; everything outside the markers stays. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String[]> GOALS = goals();

    private Report() {}

    public static void main(String[] args) {
        write();
    }

    static void write() {
        Path readme = Bench.home().resolve("README.md");
        try {
            if (!Files.exists(readme)) {
                return;
            }
            Map<String, JsonNode> results = read();
            String text = Files.readString(readme);
            text = replace(text, "figures", figures(results));
            text = replace(text, "ladder", ladder(results));
            text = replace(text, "jmh", jmh(results));
            text = replace(text, "overload", Overload.table(results.get("overload")));
            text = replace(text, "quota", Quota.table(results.get("quota")));
            Files.writeString(readme, text);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static Map<String, JsonNode> read() throws IOException {
        Map<String, JsonNode> results = new LinkedHashMap<>();
        if (!Files.isDirectory(Bench.results())) {
            return results;
        }
        try (Stream<Path> files = Files.list(Bench.results())) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                results.put(file.getFileName().toString().replace(".json", ""), JSON.readTree(Files.readString(file)));
            }
        }
        return results;
    }

    private static String replace(String text, String name, String table) {
        String open = "<!-- " + name + ":begin -->";
        String close = "<!-- " + name + ":end -->";
        int from = text.indexOf(open);
        int to = text.indexOf(close);
        if (from < 0 || to < from) {
            return text;
        }
        return text.substring(0, from + open.length()) + "\n" + table + text.substring(to);
    }

    private static String figures(Map<String, JsonNode> results) {
        Map<String, JsonNode> measured = new LinkedHashMap<>();
        List<String> sources = new ArrayList<>();
        results.forEach((name, result) -> {
            JsonNode machine = result.path("machine");
            if (machine.isMissingNode() || name.equals("smoke")) {
                return;
            }
            result.path("figures")
                    .forEach(figure -> measured.put(figure.path("id").asText(), figure));
            sources.add("`" + name + "`: " + machine.path("cpu").asText() + ", "
                    + machine.path("cores").asText() + " cores, "
                    + machine.path("jdk").asText() + ", commit "
                    + machine.path("commit").asText() + ", "
                    + machine.path("at").asText());
        });
        allocation(results.get("jmh")).ifPresent(figure -> measured.put("allocation", figure));
        StringBuilder table = new StringBuilder("| figure | goal | measured | met |\n|---|---|---|---|\n");
        GOALS.forEach((id, goal) -> {
            JsonNode figure = measured.get(id);
            table.append("| ").append(goal[0]).append(" | ").append(goal[1]).append(" | ");
            table.append(
                            figure == null
                                    ? "not measured yet"
                                    : figure.path("measured").asText())
                    .append(" | ");
            table.append(figure == null ? "" : figure.path("met").asBoolean() ? "yes" : "**no**")
                    .append(" |\n");
        });
        sources.forEach(source -> table.append("\n").append(source).append("\n"));
        return table.toString();
    }

    /** What the pipe leaves on the heap per event, by the number of events in a read; the goal is for a lone event and for a burst. */
    private static Optional<JsonNode> allocation(@Nullable JsonNode runs) {
        double worst = -1;
        List<String> parts = new ArrayList<>();
        for (JsonNode run : runs == null ? JSON.createArrayNode() : runs) {
            if (run.path("benchmark").asText().endsWith("StreamPipeBenchmark.read")) {
                int events = run.path("params").path("events").asInt();
                double bytes = Math.round(run.path("secondaryMetrics")
                                .path("gc.alloc.rate.norm")
                                .path("score")
                                .asDouble()
                        / events);
                double nanos = run.path("primaryMetric").path("score").asDouble() / events;
                worst = Math.max(worst, bytes);
                parts.add(Results.text(bytes) + " B and " + Results.text(nanos) + " ns with " + events + " per read");
            }
        }
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(JSON.createObjectNode()
                .put("measured", String.join("; ", parts))
                .put("met", worst <= 200));
    }

    private static String ladder(Map<String, JsonNode> results) {
        JsonNode scenarios =
                results.containsKey("ladder") ? results.get("ladder").path("scenarios") : JSON.createObjectNode();
        StringBuilder table = new StringBuilder(
                "| rung | unary: us CPU per call (ratio) | burst, 1 event per write: us CPU per event (ratio) |"
                        + " burst, 4 per write (ratio) | burst, 64 per write (ratio) | paced: us CPU per event (ratio) |"
                        + " paced: transit p50 / p99 us | TTFT p99 us at 1 / 10 / 100 streams |\n"
                        + "|---|--:|--:|--:|--:|--:|--:|--:|\n");
        for (Rung rung : Rung.values()) {
            if (scenarios.path("unary").has(rung.label())) {
                table.append("| ").append(rung.label()).append(" | ");
                for (String scenario : List.of("unary", "single", "burst", "packed", "paced")) {
                    table.append(cpu(scenarios.path(scenario).path(rung.label())))
                            .append(" | ");
                }
                JsonNode paced = scenarios.path("paced").path(rung.label());
                table.append(number(paced, "transit_p50_us"))
                        .append(" / ")
                        .append(number(paced, "transit_p99_us"))
                        .append(" | ");
                for (int streams : List.of(1, 10, 100)) {
                    table.append(streams == 1 ? "" : " / ")
                            .append(number(scenarios.path("ttft_" + streams).path(rung.label()), "ttft_p99_us"));
                }
                table.append(" |\n");
            }
        }
        return table.toString();
    }

    private static String cpu(JsonNode line) {
        if (!line.has("cpu_us")) {
            return "";
        }
        String ratio = line.has("ratio_to_bare")
                ? " (" + Results.text(line.path("ratio_to_bare").asDouble()) + ")"
                : "";
        return Results.text(line.path("cpu_us").asDouble()) + ratio;
    }

    private static String number(JsonNode line, String field) {
        return line.has(field) ? Results.text(line.path(field).asDouble()) : "";
    }

    /** JMH's own format: an array of runs. */
    private static String jmh(Map<String, JsonNode> results) {
        StringBuilder table = new StringBuilder(
                "| benchmark | parameters | score | bytes allocated per operation |\n|---|---|--:|--:|\n");
        JsonNode runs = results.get("jmh");
        if (runs == null || !runs.isArray()) {
            return table.toString();
        }
        for (JsonNode run : runs) {
            String name = run.path("benchmark").asText().replaceFirst("^dev\\.penstock\\.bench\\.(jmh\\.)?", "");
            List<String> parameters = new ArrayList<>();
            run.path("params")
                    .properties()
                    .forEach(p -> parameters.add(p.getKey() + "=" + p.getValue().asText()));
            JsonNode metric = run.path("primaryMetric");
            JsonNode bytes = run.path("secondaryMetrics").path("gc.alloc.rate.norm");
            table.append("| ")
                    .append(name)
                    .append(" | ")
                    .append(String.join(", ", parameters))
                    .append(" | ");
            table.append(Results.text(metric.path("score").asDouble()))
                    .append(" ")
                    .append(metric.path("scoreUnit").asText());
            table.append(" | ")
                    .append(
                            bytes.isMissingNode()
                                    ? ""
                                    : Results.text(bytes.path("score").asDouble()))
                    .append(" |\n");
        }
        return table.toString();
    }

    private static Map<String, String[]> goals() {
        Map<String, String[]> goals = new LinkedHashMap<>();
        goals.put(
                "cpu_burst",
                new String[] {"CPU per streamed event, burst, default product / bare pass-through", "<= 0.6"});
        goals.put("cpu_paced", new String[] {
            "CPU per streamed event, paced (1,000 streams x 20 events/s), default product / bare", "<= 1.05"
        });
        goals.put(
                "cpu_unary",
                new String[] {"CPU per unary request (1 KB in, 1 KB out), default product / bare", "<= 1.4"});
        goals.put("cpu_translated", new String[] {
            "CPU per translated event (chat to Messages), beyond an event that is passed on", "<= 2.5 us"
        });
        goals.put("cpu_ledger", new String[] {
            "CPU of the ledger per call, on the call's way and in the journal", "<= 3 us, 0 for an event"
        });
        goals.put("cpu_limits", new String[] {"CPU of a tenant's key and five limits that apply, per call", "<= 5 us"});
        goals.put("added_event", new String[] {
            "added time per event, p50 / p99, paced at half load, against bare", "<= +5 us / <= +20 us"
        });
        goals.put(
                "added_ttft",
                new String[] {"added TTFT p99 against direct, 1 to 100 streams", "<= 1 ms, no 40 ms step"});
        goals.put(
                "allocation",
                new String[] {"allocation per passed-through event (JMH gc profiler, sse + streaming)", "<= 200 B"});
        goals.put("rss_idle", new String[] {"RSS per idle open stream, 8,000 streams", "<= 40 KiB"});
        goals.put(
                "stalled",
                new String[] {"5,000 stalled readers on a flooding upstream, -Xmx512m", "no OOM, others' p99 <= 1.2x"});
        goals.put(
                "startup",
                new String[] {"start to first streamed answer, jar, no archive / with archive", "< 2 s / < 1 s"});
        goals.put(
                "disconnects",
                new String[] {"1,000 disconnects at four stages: upstream cancelled", "100 % within 1 s"});
        goals.put(
                "overload_goodput",
                new String[] {"goodput at 3x the load that fits, for a minute", ">= 90 % of the peak"});
        goals.put("overload_delay", new String[] {
            "time to first content p99 of what is accepted at 3x / at 0.5x", "<= 2x + four times server.shed.lag"
        });
        goals.put("overload_refusal", new String[] {"refusals at 3x, p99", "<= 10 ms"});
        goals.put(
                "overload_recovery", new String[] {"after a minute at 3x: nothing is refused any more", "within 5 s"});
        goals.put(
                "overload_priority", new String[] {"interactive requests served beside batch, 3x together", ">= 99 %"});
        goals.put("rolling", new String[] {
            "50 rolling restarts of two nodes behind a load balancer under streaming load", "nothing lost"
        });
        goals.put("crash", new String[] {
            "acknowledged calls that the ledger lacks or has twice after 200 SIGKILL and 50 SIGTERM", "0"
        });
        goals.put("slow_store", new String[] {
            "what calls feel while the ledger's PostgreSQL takes 5 s, is killed, comes back; records lost or double",
            "p99 + 5 ms; 0"
        });
        goals.put("chaos", new String[] {
            "broken promises (lost or double settlement, silent truncation, wrong text, hang) in a minute of chaos", "0"
        });
        goals.put("node_loss", new String[] {"calls lost later than 1 s after kill -9 of a node", "<= 0.1 %"});
        goals.put("member_gone", new String[] {"until the other members know that one is gone", "<= 3 s, <= 12 s"});
        goals.put(
                "partition", new String[] {"until a healed partition is one cluster again", "<= 15 s, no call fails"});
        goals.put("cluster_down", new String[] {"what calls feel while members cannot reach each other", "p99 + 5 ms"});
        goals.put("fallback_refused", new String[] {"added by a fallback from a target that refuses", "p99 <= 50 ms"});
        goals.put("fallback_hole", new String[] {
            "whole call with a fallback from a target that swallows SYNs, connect timeout 1 s", "<= 1.2 s"
        });
        goals.put("fallback_silent", new String[] {
            "whole call with a fallback from a target that says nothing, first_token 1 s", "<= 1.1 s"
        });
        goals.put(
                "failover", new String[] {"new calls that fail after the breaker of a dead provider has opened", "0"});
        goals.put("quota_alone", new String[] {
            "admitted of a limit per minute at three times the load, one node", "0.97 to 1.02 of it"
        });
        goals.put("quota_three", new String[] {"the same, three nodes", "0.97 to 1.02 of it"});
        goals.put("quota_parted", new String[] {"the same while one of three is cut off", "<= 110 %"});
        goals.put("quota_refusal", new String[] {"a refusal by a limit, as the client sees it, p99", "<= 5 ms"});
        goals.put("quota_strict", new String[] {
            "strict budget, 200 callers on three nodes, half of the streams given up", "one call more at most"
        });
        goals.put("quota_leased", new String[] {"the same, not strict", "1 % more at most"});
        goals.put("quota_phantoms", new String[] {"places of ended calls are free, the same callers", "<= 5 s"});
        goals.put("quota_killed", new String[] {"places of a node that was killed are free", "<= 30 s"});
        goals.put("usage_sqlite", new String[] {
            "slowest usual question about a million calls in the ledger, SQLite, median", "< 100 ms"
        });
        goals.put("usage_postgresql", new String[] {"the same, PostgreSQL", "< 100 ms"});
        goals.put("breaker_spread", new String[] {"until every other node knows of an open breaker", "<= 500 ms"});
        return goals;
    }
}
