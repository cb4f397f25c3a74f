// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.admin.MetricsText;
import dev.penstock.config.TelemetryConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import dev.penstock.resilience.BreakerState;
import dev.penstock.streaming.StreamMeter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MetricsTest {

    private final Metrics metrics = new Metrics("1.2.3", "abc1234");

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void countsAnExchangeUnderTheNamesThatOperatorsRead() {
        metrics.configured(Endings.configWithModels("chat"));

        metrics.settled(Endings.ok("chat"));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_requests_total{feature=\"none\",model=\"chat\",outcome=\"ok\",provider=\"openai\",tenant=\"none\"}"
                                + " 1.0",
                        "penstock_request_duration_seconds_bucket{model=\"chat\",outcome=\"ok\",le=\"1.0\"} 0",
                        "penstock_request_duration_seconds_bucket{model=\"chat\",outcome=\"ok\",le=\"2.5\"} 1",
                        "penstock_request_duration_seconds_count{model=\"chat\",outcome=\"ok\"} 1",
                        "penstock_overhead_seconds_bucket{stage=\"total\",le=\"1.0E-4\"} 0",
                        "penstock_overhead_seconds_bucket{stage=\"total\",le=\"2.5E-4\"} 1",
                        "penstock_overhead_seconds_bucket{stage=\"route\",le=\"1.0E-5\"} 1",
                        "penstock_tokens_total{feature=\"none\",model=\"chat\",provider=\"openai\",tenant=\"none\",type=\"input\"}"
                                + " 812.0",
                        "penstock_tokens_total{feature=\"none\",model=\"chat\",provider=\"openai\",tenant=\"none\",type=\"output\"}"
                                + " 221.0",
                        "penstock_token_parts_total{feature=\"none\",model=\"chat\",provider=\"openai\",tenant=\"none\",type=\"cached_input\"}"
                                + " 100.0",
                        "penstock_token_parts_total{feature=\"none\",model=\"chat\",provider=\"openai\",tenant=\"none\",type=\"reasoning\"}"
                                + " 20.0");
    }

    @Test
    void saysWhatIsRunning() {
        assertThat(metrics.scrape().lines())
                .anyMatch(line -> line.startsWith("penstock_build_info{commit=\"abc1234\",java=\"")
                        && line.endsWith("version=\"1.2.3\"} 1"));
    }

    @Test
    void eachTimerHasItsOwnErrorSeriesFromTheStart() {
        metrics.settled(Endings.failed("chat", Endings.GPT, Outcome.TIMEOUT, GatewayError.Kind.IDLE_TIMEOUT));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_errors_total{kind=\"idle_timeout\"} 1.0",
                        "penstock_errors_total{kind=\"first_token_timeout\"} 0.0",
                        "penstock_errors_total{kind=\"connect_timeout\"} 0.0",
                        "penstock_errors_total{kind=\"total_timeout\"} 0.0");
    }

    @Test
    void namesThatNobodyKnowsShareOneLabel() {
        metrics.settled(Endings.failed("gpt-17", null, Outcome.CLIENT_ERROR, GatewayError.Kind.MODEL_NOT_FOUND));
        metrics.settled(Endings.failed(null, null, Outcome.CLIENT_ERROR, GatewayError.Kind.INVALID_REQUEST));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_requests_total{feature=\"none\",model=\"__other__\",outcome=\"client_error\",provider=\"none\",tenant=\"none\"}"
                                + " 2.0")
                .noneMatch(line -> line.contains("gpt-17"));
    }

    @Test
    void aRawNameBecomesALabelOnceAProviderAnsweredItAndAtMostTwoHundredDo() {
        metrics.settled(
                Endings.failed("openai/wrong", Endings.GPT, Outcome.UPSTREAM_ERROR, GatewayError.Kind.PROVIDER_ERROR));
        for (int i = 0; i < 250; i++) {
            metrics.settled(Endings.ok("openai/model-" + i));
        }

        String scrape = metrics.scrape();
        assertThat(scrape).doesNotContain("openai/wrong");
        assertThat(scrape.lines()
                        .filter(line ->
                                line.startsWith("penstock_requests_total{feature=\"none\",model=\"openai/model-")))
                .hasSize(200);
        assertThat(scrape.lines())
                .contains(
                        "penstock_requests_total{feature=\"none\",model=\"__other__\",outcome=\"ok\",provider=\"openai\",tenant=\"none\"}"
                                + " 50.0",
                        "penstock_requests_total{feature=\"none\",model=\"__other__\",outcome=\"upstream_error\",provider=\"openai\",tenant=\"none\"}"
                                + " 1.0");
    }

    @Test
    void namesOfTheConfigurationAreLabelsHoweverManyRawOnesThereAre() {
        for (int i = 0; i < 250; i++) {
            metrics.settled(Endings.ok("openai/model-" + i));
        }
        metrics.configured(Endings.configWithModels("chat", "*"));

        metrics.settled(Endings.ok("chat"));
        metrics.settled(Endings.ok("*"));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_requests_total{feature=\"none\",model=\"chat\",outcome=\"ok\",provider=\"openai\",tenant=\"none\"}"
                                + " 1.0")
                .noneMatch(line -> line.contains("model=\"*\""));
    }

    @Test
    void aHostileNameCannotBreakTheFormat() {
        String hostile = "openai/x\"} 1\npenstock_requests_total{model=\"forged";

        metrics.settled(Endings.ok(hostile));

        assertThat(metrics.scrape().lines())
                .noneMatch(line -> line.startsWith("penstock_requests_total{model=\"forged"))
                .contains("penstock_requests_total{feature=\"none\",model=\"openai/x\\\"} 1\\n"
                        + "penstock_requests_total{model=\\\"forged\",outcome=\"ok\",provider=\"openai\",tenant=\"none\"}"
                        + " 1.0");
    }

    @Test
    void sumsTheStreamsOfAllEventLoops() {
        metrics.configured(Endings.configWithModels("chat"));
        ShardMeters one = metrics.shard();
        ShardMeters two = metrics.shard();
        one.streamOpened();
        two.streamOpened();
        two.streamOpened();
        two.streamClosed();

        one.forStream("chat", "openai").firstToken(Duration.ofMillis(30).toNanos());
        StreamMeter meter = two.forStream("chat", "openai");
        meter.firstToken(Duration.ofMillis(50).toNanos());
        meter.gap(Duration.ofMillis(20).toNanos());
        meter.gap(Duration.ofSeconds(100).toNanos());

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_active_streams 2.0",
                        "penstock_time_to_first_token_seconds_bucket{model=\"chat\",provider=\"openai\",le=\"0.025\"}"
                                + " 0",
                        "penstock_time_to_first_token_seconds_bucket{model=\"chat\",provider=\"openai\",le=\"0.05\"} 2",
                        "penstock_time_to_first_token_seconds_count{model=\"chat\",provider=\"openai\"} 2",
                        "penstock_time_to_first_token_seconds_sum{model=\"chat\",provider=\"openai\"} 0.08",
                        "penstock_inter_token_seconds_bucket{model=\"chat\",provider=\"openai\",le=\"0.025\"} 1",
                        "penstock_inter_token_seconds_bucket{model=\"chat\",provider=\"openai\",le=\"50.0\"} 1",
                        "penstock_inter_token_seconds_bucket{model=\"chat\",provider=\"openai\",le=\"+Inf\"} 2");
    }

    @Test
    void aStreamOfARawNameIsMeasuredUnderItFromItsFirstTokenOn() {
        ShardMeters shard = metrics.shard();
        StreamMeter refused = shard.forStream("openai/made-up", "openai");
        StreamMeter answered = shard.forStream("openai/gpt-4o", "openai");

        answered.firstToken(1);
        answered.gap(1);
        refused.gap(1);

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_time_to_first_token_seconds_count{model=\"openai/gpt-4o\",provider=\"openai\"} 1",
                        "penstock_inter_token_seconds_count{model=\"openai/gpt-4o\",provider=\"openai\"} 1")
                .noneMatch(line -> line.contains("made-up"));
    }

    @Test
    void eventLoopsThatCountAtTheSameTimeLoseNothing() throws Exception {
        metrics.configured(Endings.configWithModels("chat"));
        int loops = 4;
        int exchanges = 5_000;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(loops);
        for (int i = 0; i < loops; i++) {
            ShardMeters shard = metrics.shard();
            pool.submit(() -> {
                start.await();
                StreamMeter meter = shard.forStream("chat", "openai");
                for (int n = 0; n < exchanges; n++) {
                    meter.gap(n);
                    metrics.settled(Endings.ok("chat"));
                }
                return null;
            });
        }

        start.countDown();
        pool.shutdown();

        assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_requests_total{feature=\"none\",model=\"chat\",outcome=\"ok\",provider=\"openai\",tenant=\"none\"}"
                                + " 20000.0",
                        "penstock_inter_token_seconds_count{model=\"chat\",provider=\"openai\"} 20000");
    }

    @Test
    void tellsTenantsAndFeaturesApartUpToTheCap() {
        metrics.use(new TelemetryConfig.Metrics(
                EnumSet.allOf(TelemetryConfig.Label.class), 2, true, null, Duration.ofSeconds(60)));
        metrics.configured(Endings.configWithModels("chat"));

        for (String tenant : List.of("acme", "globex", "initech", "acme")) {
            metrics.settled(Endings.by(tenant, "search", 1_500_000_000L));
        }

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_requests_total{feature=\"search\",model=\"chat\",outcome=\"ok\",provider=\"openai\",tenant=\"acme\"}"
                                + " 2.0",
                        "penstock_requests_total{feature=\"search\",model=\"chat\",outcome=\"ok\",provider=\"openai\",tenant=\"__other__\"}"
                                + " 1.0",
                        "penstock_cost_usd_total{feature=\"search\",model=\"chat\",provider=\"openai\",tenant=\"acme\"}"
                                + " 3.0")
                .noneMatch(line -> line.contains("initech"));
    }

    @Test
    void hasOnlyTheLabelsThatAreWanted() {
        metrics.use(new TelemetryConfig.Metrics(
                EnumSet.of(TelemetryConfig.Label.MODEL), 2, true, null, Duration.ofSeconds(60)));
        metrics.configured(Endings.configWithModels("chat"));

        metrics.settled(Endings.by("acme", "search", -1));
        metrics.settled(Endings.by("globex", "", -1));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_requests_total{model=\"chat\",outcome=\"ok\"} 2.0",
                        "penstock_unpriced_total{model=\"chat\"} 2.0",
                        "penstock_cost_usd_total{model=\"chat\"} 0.0");
    }

    @Test
    void combinationsHaveAnEndToo() {
        metrics.use(new TelemetryConfig.Metrics(
                EnumSet.allOf(TelemetryConfig.Label.class), 10_000, true, null, Duration.ofSeconds(60)));
        metrics.configured(Endings.configWithModels("chat"));

        for (int i = 0; i < 6_000; i++) {
            metrics.settled(Endings.by("t" + i, "", -1));
        }

        List<String> lines = metrics.scrape().lines().toList();
        assertThat(lines.stream().filter(line -> line.startsWith("penstock_requests_total{")))
                .hasSize(5_001);
        assertThat(lines)
                .contains(
                        "penstock_requests_total{feature=\"__other__\",model=\"chat\",outcome=\"ok\",provider=\"openai\",tenant=\"__other__\"}"
                                + " 1000.0");
    }

    @Test
    void saysWhoTookWhosePlaceAndWhy() {
        metrics.configured(Endings.configWithModels("chat"));

        metrics.settled(Endings.fellBack("chat"));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_fallbacks_total{from=\"openai\",model=\"chat\",reason=\"connect_failed\",to=\"azure\"}"
                                + " 1.0");
    }

    @Test
    void showsHowBreakersStand() {
        metrics.configured(Endings.configWithModels("chat"));
        assertThat(metrics.scrape().lines())
                .contains("penstock_breaker_state{model=\"gpt-4o\",provider=\"openai\"} 0.0");

        metrics.breakerMoved(Endings.GPT, BreakerState.OPEN);

        assertThat(metrics.scrape().lines())
                .contains("penstock_breaker_state{model=\"gpt-4o\",provider=\"openai\"} 2.0");
    }

    @Test
    void aSlowBucketLeadsToATraceWhereTheScraperTakesExemplars() {
        metrics.configured(Endings.configWithModels("chat"));
        metrics.settled(Endings.ok("chat"));

        MetricsText.Text plain = metrics.scrape("text/plain");
        MetricsText.Text open = metrics.scrape("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");

        assertThat(plain.type()).startsWith("text/plain; version=0.0.4");
        assertThat(plain.body()).doesNotContain("trace_id");
        assertThat(open.type()).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(open.body()).endsWith("# EOF\n");
        assertThat(open.body().lines())
                .anyMatch(line -> line.startsWith(
                                "penstock_request_duration_seconds_bucket{model=\"chat\",outcome=\"ok\",le=\"2.5\"} 1"
                                        + " # {")
                        && line.contains("trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"")
                        && line.contains("span_id=\"" + Endings.TRACE.spanId() + "\""));
    }

    @Test
    void theConventionsCountTriesAndCalls() {
        metrics.configured(Endings.configWithModels("chat"));

        metrics.settled(Endings.fellBack("chat"));

        String call = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"azure\",gen_ai_request_model=\"gpt-4o\"";
        assertThat(metrics.scrape().lines())
                .contains(
                        "gen_ai_client_token_usage_count{" + call + ",gen_ai_token_type=\"input\"} 1",
                        "gen_ai_client_token_usage_sum{" + call + ",gen_ai_token_type=\"output\"} 221.0",
                        "gen_ai_client_token_usage_bucket{" + call + ",gen_ai_token_type=\"output\",le=\"64.0\"} 0",
                        "gen_ai_client_token_usage_bucket{" + call + ",gen_ai_token_type=\"output\",le=\"256.0\"} 1",
                        "gen_ai_client_operation_time_to_first_chunk_seconds_count{" + call + "} 1",
                        "gen_ai_server_request_duration_seconds_count{error_type=\"\"," + call + "} 1",
                        "gen_ai_server_time_to_first_token_seconds_count{" + call + "} 1",
                        "gen_ai_server_time_per_output_token_seconds_count{" + call + "} 1")
                .anyMatch(line -> line.startsWith(
                        "gen_ai_client_operation_duration_seconds_count{error_type=\"connect_failed\""));
    }

    @Test
    void aLookupOfKnownNamesAllocatesNothing() {
        CappedLabels labels = new CappedLabels(100);
        LongTable<String> table = new LongTable<>();
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        java.util.function.LongFunction<String> make = key -> "meters";
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            sum += table.get(labels.idOf("acme") + 1L, make).length();
        }
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
        for (int i = 0; i < 10_000; i++) {
            sum += table.get(labels.idOf("acme") + 1L, make).length();
        }
        long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());

        assertThat(sum).isPositive();
        assertThat(after - before).isLessThan(10_000);
    }

    @Test
    void estimatedTokensCountToo() {
        metrics.configured(Endings.configWithModels("chat"));

        metrics.settled(Endings.ending(
                "req_1",
                "chat",
                new Target("vllm", "qwen"),
                Outcome.CANCELLED,
                GatewayError.Kind.CLIENT_GONE,
                Usage.estimated(10, 3)));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_tokens_total{feature=\"none\",model=\"chat\",provider=\"vllm\",tenant=\"none\",type=\"output\"}"
                                + " 3.0");
    }

    @Test
    void readsFiguresOfOtherPartsAtTheScrape() {
        metrics.counter("penstock_request_log_dropped_total", "Lines.", () -> 7);
        metrics.gauge("penstock_body_bytes", "Bytes.", () -> 42);

        assertThat(metrics.scrape().lines())
                .contains("penstock_request_log_dropped_total 7.0", "penstock_body_bytes 42.0");
    }

    @Test
    void showsTheProcessToo() {
        assertThat(metrics.scrape())
                .contains("jvm_memory_used_bytes{")
                .contains("jvm_gc_memory_allocated_bytes_total")
                .contains("process_files_open_files")
                .contains("process_uptime_seconds")
                .contains("penstock_network_buffers_bytes");
    }

    @Test
    void operationsListsEveryOwnNameAndNoOther() throws Exception {
        metrics.configured(Endings.configWithModels("chat"));
        metrics.counter("penstock_request_log_dropped_total", "Lines.", () -> 0);
        metrics.gauge("penstock_queue_waiting", "Attempts.", () -> 0);
        metrics.gauge("penstock_breakers_open", "Targets.", () -> 0);
        metrics.gauge("penstock_switches_disabled", "Objects.", () -> 0);
        metrics.gauge("penstock_store_down", "1 or 0.", () -> 0);
        for (String what : List.of("records", "dropped", "failures", "anchor_failures", "notices_refused")) {
            metrics.counter("penstock_audit_" + what + "_total", "Records.", () -> 0);
        }
        metrics.gauge("penstock_audit_down", "1 or 0.", () -> 0);
        metrics.gauge("penstock_audit_signed_age_seconds", "Seconds.", () -> 0);
        metrics.gauge("penstock_store_pending", "Rows.", () -> 0);
        for (String counted : List.of("records", "lost", "damaged", "content_dropped")) {
            metrics.counter("penstock_ledger_" + counted + "_total", "Records.", () -> 0);
        }
        for (String level : List.of("waiting", "behind_records", "behind_bytes", "behind_seconds", "stopped")) {
            metrics.gauge("penstock_ledger_" + level, "Records.", () -> 0);
        }
        metrics.durations("penstock_ledger_fsync_seconds", "Time.").accept(1);
        metrics.counter("penstock_traces_sent_total", "Exchanges.", () -> 0);
        metrics.counter("penstock_traces_dropped_total", "Exchanges.", () -> 0);
        metrics.counter("penstock_metrics_export_failures_total", "Readings.", () -> 0);
        metrics.levels("penstock_budget_used_ratio", "Part.", List.of("scope"), () -> Map.of(List.of("tenant"), 0.5));
        metrics.limits(new Alerts(Ticker.system(), metrics.alerts()));
        metrics.gauge("penstock_cluster_members", "Nodes.", () -> 1);
        for (String notices : List.of("sent", "received", "refused")) {
            metrics.counter("penstock_cluster_notices_" + notices + "_total", "Notices.", () -> 0);
        }
        metrics.counter("penstock_cluster_unanswered_total", "Questions.", () -> 0);
        metrics.breakerMoved(Endings.GPT, BreakerState.OPEN);
        metrics.alerts();
        metrics.notices();
        metrics.settled(Endings.fellBack("chat"));
        metrics.edge().onRefused(400, "bad_host");
        metrics.setAside("openai", "main");
        metrics.shard().forStream("chat", "openai").firstToken(1);
        metrics.lag(0, Ticker.system(), (delay, task) -> () -> {});

        Set<String> scraped = matches("^# TYPE (penstock_\\w+)", metrics.scrape());
        scraped.removeIf(name -> name.endsWith("_max"));
        Path operations = Path.of(System.getProperty("penstock.basedir", "."), "src/site/markdown/operations.md");

        assertThat(matches("^\\| `(penstock_\\w+)` \\|", Files.readString(operations)))
                .isEqualTo(scraped);
    }

    @Test
    void aCounterOfAnotherPartGoesOnAfterACollection() {
        metrics.counter("penstock_request_log_dropped_total", "Lines.", new AtomicLong(7)::get);
        System.gc();
        assertThat(metrics.scrape()).contains("penstock_request_log_dropped_total 7.0");
    }

    private static Set<String> matches(String pattern, String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @Test
    void everyOwnNameFollowsTheRulesOfPrometheus() {
        metrics.settled(Endings.ok("chat"));

        assertThat(metrics.scrape().lines().filter(line -> line.startsWith("# TYPE penstock_")))
                .allSatisfy(line -> {
                    String[] parts = line.split(" ");
                    switch (parts[3]) {
                        case "counter" -> assertThat(parts[2]).endsWith("_total");
                        case "histogram" -> assertThat(parts[2]).endsWith("_seconds");
                        default -> assertThat(parts[3]).isEqualTo("gauge");
                    }
                })
                .isNotEmpty();
    }
}
