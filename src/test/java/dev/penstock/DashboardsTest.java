// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Header;
import dev.penstock.kit.OtlpReceiver;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What is shipped for Prometheus, Grafana and Elasticsearch, against a gateway that has had some traffic: each metric and each label of
 * every expression is there, and each field of a line of the log has its place in the index.
 */
final class DashboardsTest {

    private static final Path CONF =
            Path.of(System.getProperty("penstock.basedir", ".")).resolve("conf");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What Prometheus adds to each sample. */
    private static final Set<String> OF_THE_SCRAPE = Set.of("job", "instance");

    /** Of each metric its labels, over all of its samples. */
    private static final Map<String, Set<String>> LIVE = new TreeMap<>();

    private static final List<JsonNode> LINES = new ArrayList<>();
    private static ProviderSimulator first;
    private static ProviderSimulator second;
    private static OtlpReceiver collector;
    private static InProcess gateway;

    @TempDir
    static Path data;

    @BeforeAll
    static void traffic() {
        first = ProviderSimulator.start();
        first.enqueue(Answers.error(500, "server_error", "No.", null), Answers.error(401, "auth", "No.", null))
                .otherwise(Answers.chat(3));
        second = ProviderSimulator.start();
        second.otherwise(Answers.chat(3));
        collector = OtlpReceiver.open();
        gateway = InProcess.start("providers:\n  one: {type: openai, api_keys: {a: k1, b: k2}, base_url: \""
                + first.baseUrl() + "\"}\n  two: {type: openai, base_url: \"" + second.baseUrl() + "\"}\n"
                + "models:\n"
                + "  chat: {targets:"
                + " [one/m,"
                + " two/gpt-4o],"
                + " breaker:"
                + " {consecutive:"
                + " 1}}\n"
                + "tenants:\n"
                + "  acme: {keys:"
                + " [{id: web,"
                + " secret:"
                + " \"acme-web-key-0123456789\"}],"
                + " budget: {usd: 5,"
                + " per: month}}\n"
                + "storage:"
                + " \"sqlite:" + data.resolve("kept.db") + "\"\n"
                + "observability: {traces: {otlp: \"" + collector.url() + "\", sample: 100%}}\n");
        for (int i = 0; i < 4; i++) {
            ask("{\"model\":\"chat\",\"stream\":" + (i % 2 == 0)
                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
            LINES.add(gateway.awaitSettlement());
        }
        ask("{\"model\":\"nobody\",\"messages\":[]}");
        LINES.add(gateway.awaitSettlement());
        try (RawClient broken = RawClient.connect(gateway.port())) {
            broken.send("BREW / HTTP/9.9\r\n\r\n").response();
        } catch (RuntimeException cut) {
            // Whether it hears an answer or only the end is not what is asked here.
        }
        System.gc();
        String scraped;
        long deadline = System.nanoTime() + java.util.concurrent.TimeUnit.SECONDS.toNanos(20);
        do {
            scraped = gateway.admin("GET", "/metrics").body();
        } while (!scraped.contains("penstock_edge_refusals_total{") && System.nanoTime() < deadline);
        scraped.lines().forEach(DashboardsTest::sample);
    }

    private static void ask(String body) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            client.post("/v1/chat/completions", body, new Header("authorization", "Bearer acme-web-key-0123456789"))
                    .readResponse();
        }
    }

    private static void sample(String line) {
        Matcher found =
                Pattern.compile("^([a-zA-Z_:][\\w:]*)(?:\\{(.*)\\})? \\S+$").matcher(line);
        if (!line.startsWith("#") && found.matches()) {
            Set<String> labels = LIVE.computeIfAbsent(found.group(1), name -> new TreeSet<>());
            if (found.group(2) != null) {
                Matcher label =
                        Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"").matcher(found.group(2));
                while (label.find()) {
                    labels.add(label.group(1));
                }
            }
        }
    }

    @AfterAll
    static void stop() {
        gateway.close();
        collector.close();
        first.close();
        second.close();
    }

    private static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    private static Object yaml(String file) throws IOException {
        return new Load(LoadSettings.builder().build()).loadFromString(Files.readString(CONF.resolve(file)));
    }

    private static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(CONF.resolve("grafana"))) {
            return files.sorted().toList();
        }
    }

    /** Where each expression stands. */
    private static Map<String, String> expressions() throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        for (Path file : dashboards()) {
            JsonNode board = json(file);
            board.at("/panels").forEach(panel -> panel.at("/targets")
                    .forEach(target -> all.put(
                            file.getFileName() + ": " + panel.at("/title").asText() + " "
                                    + target.at("/refId").asText(),
                            target.at("/expr").asText())));
            board.at("/templating/list").forEach(variable -> {
                String query = variable.at("/query/query").asText();
                if (query.startsWith("label_values(")) {
                    int comma = query.lastIndexOf(',');
                    // Grafana's own word: of that series the values of that label.
                    all.put(
                            file.getFileName() + ": variable "
                                    + variable.at("/name").asText(),
                            "sum by ("
                                    + query.substring(comma + 1, query.length() - 1)
                                            .trim() + ") (" + query.substring("label_values(".length(), comma) + ")");
                }
            });
        }
        rules().forEach(rule ->
                all.put("rules.yml: " + rule.getOrDefault("alert", rule.get("record")), (String) rule.get("expr")));
        return all;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rules() throws IOException {
        Map<String, Object> file = (Map<String, Object>) yaml("prometheus/rules.yml");
        List<Map<String, Object>> all = new ArrayList<>();
        ((List<Map<String, Object>>) file.get("groups"))
                .forEach(group -> all.addAll((List<Map<String, Object>>) group.get("rules")));
        return all;
    }

    @Test
    void everyMetricAndEveryLabelOfEveryExpressionIsThere() throws IOException {
        Map<String, Set<String>> recorded = new TreeMap<>();
        for (Map<String, Object> rule : rules()) {
            if (rule.containsKey("record")) {
                recorded.put(
                        (String) rule.get("record"),
                        PromQl.of((String) rule.get("expr")).labelsOfResult());
            }
        }
        Map<String, Set<String>> known = new TreeMap<>(LIVE);
        known.putAll(recorded);
        known.put("up", Set.of());
        Map<String, String> missing = new LinkedHashMap<>();
        expressions().forEach((where, expression) -> {
            PromQl parsed = PromQl.of(expression);
            assertThat(parsed.selectors()).as(where).isNotEmpty();
            Set<String> ofAny = new TreeSet<>(OF_THE_SCRAPE);
            parsed.selectors().forEach((metric, labels) -> {
                Set<String> there = known.get(metric);
                if (there == null) {
                    missing.put(where, metric);
                } else {
                    ofAny.addAll(there);
                    labels.stream()
                            .filter(label -> !there.contains(label) && !OF_THE_SCRAPE.contains(label))
                            .forEach(label -> missing.put(where, metric + "{" + label + "}"));
                }
            });
            parsed.groupings().stream()
                    .filter(label -> !ofAny.contains(label))
                    .forEach(label -> missing.put(where, "by (" + label + ")"));
        });

        assertThat(missing).isEmpty();
    }

    @Test
    void everyDashboardCanBeImported() throws IOException {
        assertThat(dashboards())
                .extracting(Path::getFileName)
                .extracting(Path::toString)
                .containsExactly("money.json", "providers.json", "service.json");
        Set<String> uids = new TreeSet<>();
        for (Path file : dashboards()) {
            JsonNode board = json(file);
            assertThat(board.has("id")).as("Grafana gives numbers itself").isFalse();
            assertThat(uids.add(board.at("/uid").asText())).isTrue();
            assertThat(board.at("/templating/list/0/type").asText()).isEqualTo("datasource");
            assertThat(board.at("/templating/list/0/query").asText()).isEqualTo("prometheus");
            Set<Integer> ids = new TreeSet<>();
            boolean[][] taken = new boolean[400][24];
            board.at("/panels").forEach(panel -> {
                assertThat(ids.add(panel.at("/id").asInt())).isTrue();
                JsonNode at = panel.at("/gridPos");
                for (int y = at.at("/y").asInt();
                        y < at.at("/y").asInt() + at.at("/h").asInt();
                        y++) {
                    for (int x = at.at("/x").asInt();
                            x < at.at("/x").asInt() + at.at("/w").asInt();
                            x++) {
                        assertThat(taken[y][x])
                                .as(file + " " + panel.at("/title"))
                                .isFalse();
                        taken[y][x] = true;
                    }
                }
                if (!panel.at("/type").asText().equals("row")) {
                    assertThat(panel.at("/datasource/uid").asText()).isEqualTo("${datasource}");
                    assertThat(panel.at("/targets")).isNotEmpty();
                    assertThat(panel.at("/fieldConfig/defaults/unit").asText()).isNotEmpty();
                }
            });
        }
    }

    @Test
    void everyAlertSaysHowBadItIsAndWhatToDo() throws IOException {
        List<Map<String, Object>> alerts =
                rules().stream().filter(rule -> rule.containsKey("alert")).toList();

        assertThat(alerts).hasSizeGreaterThan(8).allSatisfy(alert -> {
            assertThat(alert.get("labels")).asString().containsPattern("severity=(critical|warning|info)");
            assertThat(alert.get("annotations")).asString().contains("summary=", "runbook=");
        });
    }

    @Test
    void prometheusReadsTheRulesAndTheDoorOfTheAdminListener() throws IOException {
        Map<?, ?> file = (Map<?, ?>) yaml("prometheus/prometheus.yml");

        assertThat(file.get("rule_files")).isEqualTo(List.of("rules.yml"));
        Map<?, ?> job = (Map<?, ?>) ((List<?>) file.get("scrape_configs")).get(0);
        assertThat(job.get("job_name")).isEqualTo("penstock");
        assertThat(job.get("metrics_path")).isEqualTo("/metrics");
        String monitor = Files.readString(CONF.resolve("k8s/monitoring/servicemonitor.yaml"));
        assertThat(monitor).contains("path: /metrics");
    }

    @Test
    void everyFieldOfALineHasItsPlaceInTheIndexAndThePipelineKnowsNoOther() throws IOException {
        Set<String> mapped = new TreeSet<>();
        properties(json(CONF.resolve("elk/index-template.json")).at("/template/mappings/properties"), "", mapped);
        Set<String> written = new TreeSet<>();
        LINES.forEach(line -> fields(line, "", written));
        JsonNode pipeline = json(CONF.resolve("elk/pipeline.json"));
        Set<String> used = new TreeSet<>();
        for (String list : List.of("/processors", "/on_failure")) {
            pipeline.at(list).forEach(processor -> processor.elements().forEachRemaining(one -> {
                Stream.of("field", "copy_from")
                        .map(one::path)
                        .filter(JsonNode::isTextual)
                        .forEach(n -> used.add(n.asText()));
                Matcher script = Pattern.compile("ctx((?:\\??\\.\\w+)+)")
                        .matcher(one.path("source").asText() + " "
                                + one.path("if").asText());
                while (script.find()) {
                    used.add(script.group(1).replace("?", "").substring(1));
                }
            }));
        }

        assertThat(written).contains("penstock.tries.target", "span.id", "error.type", "penstock.key_id");
        assertThat(mapped).containsAll(written).containsAll(used);
        assertThat(yaml("elk/filebeat.yml")).asString().contains("pipeline=penstock-request");
    }

    private static void properties(JsonNode of, String prefix, Set<String> into) {
        of.properties().forEach(entry -> {
            JsonNode inner = entry.getValue().path("properties");
            if (inner.isMissingNode()) {
                into.add(prefix + entry.getKey());
            } else {
                properties(inner, prefix + entry.getKey() + ".", into);
            }
        });
    }

    private static void fields(JsonNode of, String prefix, Set<String> into) {
        of.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (value.isObject()) {
                fields(value, prefix + entry.getKey() + ".", into);
            } else if (value.isArray() && value.path(0).isObject()) {
                value.forEach(each -> fields(each, prefix + entry.getKey() + ".", into));
            } else {
                into.add(prefix + entry.getKey());
            }
        });
    }
}
