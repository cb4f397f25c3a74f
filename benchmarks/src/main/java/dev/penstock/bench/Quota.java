// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How much is admitted of what is offered?
 *
 * <p>{@code benchmarks/run quota}: one gateway by itself and three in a cluster, at the same time. An open loop offers tenants a half to
 * three times their requests per minute, calls in turn to all nodes; windows are whole minutes of UTC, so the run waits for one to
 * begin, and {@code SECONDS} says how long it goes on (two minutes; five tenants at three times the limit make ten windows of it). In the minute
 * after it one node is cut off. Then 200 callers at once spend budgets, half of them leaving in mid-answer; and places of calls at a
 * time are counted after such callers and after SIGKILL of the node that held them.
 */
final class Quota {
    private static final int LIMIT = 300;
    private static final int AT_THREE = 5;
    private static final int CALLERS = 200;
    private static final int PLACES = 30;
    private static final long MINUTE = 60_000;
    /** In which a cluster that was parted counts as one again. */
    private static final int HEALED_SECONDS = 15;
    /** Nobody asks around the end of a window, so that each call is in one for sure. */
    private static final long GAP_MILLIS = 400;

    /** A dollar is a thousand tokens. */
    private static final double STRICT_USD = 5;

    private static final double LEASED_USD = 20;
    /** Prompt and 60 tokens, the most that one call may cost. */
    private static final double CALL_USD = 0.09;

    /** What nobody uses goes back to the others after two seconds; longer than that, and nothing moves any more. */
    private static final long QUIET_NANOS = 6_000_000_000L;

    private static final long LONGEST_NANOS = 180_000_000_000L;

    private final QuotaNodes nodes;
    private final QuotaCaller caller = new QuotaCaller();
    private final Results results = new Results("quota");

    private Quota(QuotaNodes nodes) {
        this.nodes = nodes;
    }

    /** How much a tenant is offered. */
    private record Demand(String tenant, double factor) {}

    /** What came of one tenant's calls in one window. */
    private static final class Count {
        private final LongAdder offered = new LongAdder();
        private final LongAdder admitted = new LongAdder();
        private final LongAdder failed = new LongAdder();
    }

    /** One window of one tenant. */
    private record Window(String nodes, double factor, long offered, long admitted, long failed) {
        double ratio() {
            return (double) admitted / LIMIT;
        }

        Map<String, Object> json() {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put("nodes", nodes);
            out.put("factor", factor);
            out.put("offered", offered);
            out.put("admitted", admitted);
            out.put("failed", failed);
            out.put("admitted_to_limit", Results.round(ratio()));
            return out;
        }
    }

    public static void main(String[] args) {
        int minutes = Math.max(1, Integer.getInteger("bench.chaosSeconds", 120) / 60);
        try (QuotaNodes nodes = QuotaNodes.start(tenants())) {
            Quota quota = new Quota(nodes);
            try (quota.caller) {
                quota.run(minutes);
            }
        }
        System.exit(0);
    }

    private void run(int minutes) {
        warmUp();
        List<Window> windows = new ArrayList<>();
        Map<String, ConcurrentLinkedQueue<Long>> refusals = refusals();
        long begin = (System.currentTimeMillis() / MINUTE + 1) * MINUTE;
        for (int i = 0; i < minutes; i++) {
            windows.addAll(window(begin + i * MINUTE, () -> {}, refusals));
        }
        List<Window> parted =
                window(begin + minutes * MINUTE, () -> nodes.mesh().isolate(List.of("c")), refusals());
        nodes.mesh().heal();
        windows.forEach(window -> System.out.println(window));
        parted.forEach(window -> System.out.println("parted " + window));
        results.put("limit_per_minute", LIMIT);
        results.put("windows", windows.stream().map(Window::json).toList());
        results.put("parted", parted.stream().map(Window::json).toList());
        results.put("lease_share", "a tenth of the limit for all nodes together, a 30th for each");
        judgeRate("quota_alone", windows, QuotaNodes.ALONE);
        judgeRate("quota_three", windows, "three");
        double worst = parted.stream()
                .filter(window -> window.nodes.equals("three"))
                .mapToDouble(Window::ratio)
                .max()
                .orElse(0);
        results.figure("quota_parted", Results.text(100 * worst) + " % of the limit at most", worst <= 1.1);
        judgeRefusals(refusals);
        if (!nodes.awaitMembers(3, QuotaNodes.THREE)) {
            throw new IllegalStateException("the cluster did not heal");
        }
        // Halves that have met keep to their shares until each is sure of the others again.
        Wait.seconds(HEALED_SECONDS);
        budget("quota_strict", "strict", STRICT_USD, CALL_USD, 3 * CALL_USD);
        budget("quota_leased", "leased", LEASED_USD, 0.01 * LEASED_USD + CALL_USD, 3 * CALL_USD);
        phantoms();
        killed();
        results.save();
        Gate.write(Bench.results().resolve("quota.svg"), plot(windows));
    }

    private static Map<String, ConcurrentLinkedQueue<Long>> refusals() {
        return Map.of(QuotaNodes.ALONE, new ConcurrentLinkedQueue<>(), "three", new ConcurrentLinkedQueue<>());
    }

    /** By group and together: the client, all nodes and their provider share the machine, so the node alone shows best what a refusal takes. */
    private void judgeRefusals(Map<String, ConcurrentLinkedQueue<Long>> refusals) {
        ConcurrentLinkedQueue<Long> all = new ConcurrentLinkedQueue<>();
        refusals.values().forEach(all::addAll);
        for (String group : List.of(QuotaNodes.ALONE, "three", "all")) {
            ConcurrentLinkedQueue<Long> some = group.equals("all") ? all : refusals.get(group);
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("count", some.size());
            figures.put("p50_ms", Results.round(percentile(some, 0.5)));
            figures.put("p90_ms", Results.round(percentile(some, 0.9)));
            figures.put("p99_ms", Results.round(percentile(some, 0.99)));
            System.out.println("refusals " + group + " " + figures);
            results.put("refusals_" + group, figures);
        }
        double p99 = percentile(all, 0.99);
        results.figure("quota_refusal", Results.text(p99) + " ms", p99 <= 5);
    }

    private static List<Demand> demands() {
        List<Demand> demands =
                new ArrayList<>(List.of(new Demand("half", 0.5), new Demand("one", 1), new Demand("two", 2)));
        for (int i = 0; i < AT_THREE; i++) {
            demands.add(new Demand("three" + i, 3));
        }
        return demands;
    }

    private static String tenants() {
        StringBuilder text = new StringBuilder();
        demands().forEach(demand -> tenant(text, demand.tenant, "limits: {rpm: " + LIMIT + "}"));
        tenant(text, "warm", "limits: {rpm: 100000}");
        tenant(text, "spent", "limits: {rpm: 1}");
        tenant(text, "strict", "budget: {usd: " + STRICT_USD + ", per: total, strict: true}");
        tenant(text, "leased", "budget: {usd: " + LEASED_USD + ", per: total}");
        tenant(text, "places", "limits: {concurrent: " + PLACES + "}");
        tenant(text, "orphans", "limits: {concurrent: " + PLACES + "}");
        return text.toString();
    }

    private static void tenant(StringBuilder text, String name, String limit) {
        text.append(name)
                .append(":\n  ")
                .append(limit)
                .append("\n  keys: [{id: ")
                .append(name)
                .append(", secret: \"")
                .append(QuotaCaller.secret(name))
                .append("\"}]\n");
    }

    private String node(String group, int call) {
        return group.equals(QuotaNodes.ALONE) ? QuotaNodes.ALONE : QuotaNodes.THREE.get(call % QuotaNodes.THREE.size());
    }

    private void warmUp() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 3_000; i++) {
                int call = i;
                threads.execute(() -> {
                    caller.ask(nodes.port(node("three", call)), "warm", "warm " + call);
                    caller.ask(nodes.port(QuotaNodes.ALONE), "warm", "warm " + call);
                    caller.ask(nodes.port(node("three", call)), "spent", "spent " + call);
                    caller.ask(nodes.port(QuotaNodes.ALONE), "spent", "spent " + call);
                });
                Wait.seconds(0.002);
            }
        }
    }

    /** @param after what is done a sixth into the window */
    private List<Window> window(long begin, Runnable after, Map<String, ConcurrentLinkedQueue<Long>> refusals) {
        Map<String, Map<Demand, Count>> counts = new ConcurrentHashMap<>();
        Wait.until(2 * MINUTE, () -> System.currentTimeMillis() >= begin + GAP_MILLIS);
        System.out.println("-- window " + begin);
        try (ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String group : List.of(QuotaNodes.ALONE, "three")) {
                Map<Demand, Count> byDemand = new ConcurrentHashMap<>();
                counts.put(group, byDemand);
                for (Demand demand : demands()) {
                    Count count = new Count();
                    byDemand.put(demand, count);
                    threads.execute(() -> offer(calls, group, demand, begin, count, refusals.get(group)));
                }
            }
            threads.execute(() -> {
                Wait.until(MINUTE, () -> System.currentTimeMillis() >= begin + MINUTE / 6);
                after.run();
            });
        }
        List<Window> windows = new ArrayList<>();
        counts.forEach((group, byDemand) -> byDemand.forEach((demand, count) -> windows.add(
                new Window(group, demand.factor, count.offered.sum(), count.admitted.sum(), count.failed.sum()))));
        return windows;
    }

    private void offer(
            ExecutorService calls,
            String group,
            Demand demand,
            long begin,
            Count count,
            ConcurrentLinkedQueue<Long> refusals) {
        double perSecond = demand.factor * LIMIT / ((MINUTE - 3.0 * GAP_MILLIS) / 1e3);
        // Each tenant at moments of its own: sixteen calls at once would measure the callers' queue.
        double phase = new Random(group.hashCode() * 31L + demand.tenant.hashCode()).nextDouble();
        long from = System.nanoTime();
        for (int i = 0; ; i++) {
            Wait.seconds((from + (i + phase) * 1e9 / perSecond - System.nanoTime()) / 1e9);
            if (System.currentTimeMillis() >= begin + MINUTE - 2 * GAP_MILLIS || i >= demand.factor * LIMIT) {
                return;
            }
            int call = i;
            count.offered.increment();
            calls.execute(() -> {
                QuotaCaller.Reply reply = caller.ask(nodes.port(node(group, call)), demand.tenant, "q" + call);
                if (reply.admitted()) {
                    count.admitted.increment();
                } else if (reply.refused()) {
                    refusals.add(reply.nanos());
                } else {
                    count.failed.increment();
                }
            });
        }
    }

    private void judgeRate(String id, List<Window> windows, String group) {
        double[] ratios = windows.stream()
                .filter(window -> window.nodes.equals(group) && window.factor == 3)
                .mapToDouble(Window::ratio)
                .sorted()
                .toArray();
        results.figure(
                id,
                String.format(Locale.ROOT, "%.3f to %.3f", ratios[0], ratios[ratios.length - 1]) + " of the limit in "
                        + ratios.length + " windows",
                ratios[0] >= 0.97 && ratios[ratios.length - 1] <= 1.02);
    }

    /**
     * Spends a budget by 200 callers on three nodes; half of the streams are given up. Who is refused comes back: money that others have only
     * reserved is given back when their calls end. It is spent when nobody has been admitted and nothing was under way for a while.
     *
     * @param more that may be spent beyond it
     * @param less that may be left: too little for a call at each node
     */
    private void budget(String id, String tenant, double usd, double more, double less) {
        AtomicInteger number = new AtomicInteger();
        AtomicInteger admitted = new AtomicInteger();
        AtomicInteger underWay = new AtomicInteger();
        AtomicLong moved = new AtomicLong(System.nanoTime());
        long end = System.nanoTime() + LONGEST_NANOS;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                int port = nodes.port(QuotaNodes.THREE.get(i % 3));
                threads.execute(() -> {
                    while (System.nanoTime() < end
                            && (underWay.get() > 0 || System.nanoTime() - moved.get() < QUIET_NANOS)) {
                        int call = number.incrementAndGet();
                        QuotaCaller.Reply reply = caller.stream(
                                port,
                                tenant,
                                "budget " + call,
                                call % 2 == 0,
                                () -> {
                                    admitted.incrementAndGet();
                                    underWay.incrementAndGet();
                                },
                                () -> {
                                    moved.set(System.nanoTime());
                                    underWay.decrementAndGet();
                                });
                        if (!reply.admitted()) {
                            Wait.seconds(reply.comeBackSeconds());
                        }
                    }
                });
            }
        }
        boolean cutShort = System.nanoTime() >= end;
        // The last lines of the logs.
        Wait.seconds(2);
        double spent = nodes.nanoUsd(QuotaNodes.THREE, tenant) / 1e9;
        results.put(
                id + "_usd",
                Map.of(
                        "budget",
                        usd,
                        "spent",
                        spent,
                        "admitted",
                        admitted.get(),
                        "calls",
                        number.get(),
                        "cut_short",
                        cutShort));
        results.figure(
                id,
                Results.text(spent) + " of " + Results.text(usd) + " USD spent by " + admitted + " calls",
                !cutShort && spent <= usd + more && spent >= usd - less);
    }

    private void phantoms() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                int first = i;
                threads.execute(() -> {
                    for (int round = 0; round < 10; round++) {
                        caller.stream(
                                nodes.port(QuotaNodes.THREE.get((first + round) % 3)),
                                "places",
                                "place " + first + " " + round,
                                (first + round) % 2 == 0);
                    }
                });
            }
        }
        long seconds = untilAllAreFree("places", 30);
        results.figure(
                "quota_phantoms",
                seconds < 0 ? "more than 30 s" : "at most " + seconds + " s",
                seconds >= 0 && seconds <= 5);
    }

    private void killed() {
        List<QuotaCaller.Open> held = new ArrayList<>();
        for (int i = 0; i < PLACES; i++) {
            held.add(caller.hold(nodes.port("c"), "orphans"));
        }
        long held200 = held.stream().filter(open -> open.status() == 200).count();
        nodes.kill("c");
        long seconds = untilAllAreFree("orphans", 60);
        held.forEach(QuotaCaller.Open::close);
        results.figure(
                "quota_killed",
                (seconds < 0 ? "more than 60 s" : "at most " + seconds + " s") + ", " + held200 + " places held",
                seconds >= 0 && seconds <= 30 && held200 == PLACES);
    }

    /** At the same time: one after the other, the streams' own slow beginnings would be counted. */
    private List<QuotaCaller.Open> holdAll(String tenant) {
        Collection<QuotaCaller.Open> all = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < PLACES; i++) {
                threads.execute(() -> all.add(caller.hold(nodes.port("a"), tenant)));
            }
        }
        return List.copyOf(all);
    }

    /** Takes all places at once, again and again with a second between: so that what a node holds ahead is no hindrance for long. */
    private long untilAllAreFree(String tenant, int most) {
        long from = System.nanoTime();
        long passed = 0;
        while (passed <= most) {
            List<QuotaCaller.Open> all = holdAll(tenant);
            long free = all.stream().filter(open -> open.status() == 200).count();
            passed = (System.nanoTime() - from + 999_999_999) / 1_000_000_000;
            all.forEach(QuotaCaller.Open::close);
            System.out.println("   " + free + " of " + PLACES + " places after " + passed + " s");
            if (free == PLACES) {
                return passed;
            }
            Wait.seconds(1);
        }
        return -1;
    }

    private static double percentile(ConcurrentLinkedQueue<Long> nanos, double share) {
        long[] sorted = nanos.stream().flatMapToLong(LongStream::of).sorted().toArray();
        return sorted.length == 0 ? -1 : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
    }

    /** The table of the README. */
    static String table(@Nullable JsonNode result) {
        if (result == null) {
            return "Not measured yet.\n";
        }
        StringBuilder table = new StringBuilder(
                "| nodes | offered / limit | windows | admitted / limit, least to most |\n|---|--:|--:|--:|\n");
        for (String group : List.of(QuotaNodes.ALONE, "three")) {
            for (double factor : new double[] {0.5, 1, 2, 3}) {
                row(table, group, factor, result.path("windows"), "");
            }
            row(
                    table,
                    group,
                    3,
                    result.path("parted"),
                    group.equals("three") ? ", one of them cut off" : ", beside it");
        }
        return table.toString();
    }

    private static void row(StringBuilder table, String group, double factor, JsonNode windows, String more) {
        double least = Double.MAX_VALUE;
        double most = 0;
        int count = 0;
        for (JsonNode window : windows) {
            if (window.path("nodes").asText().equals(group)
                    && window.path("factor").asDouble() == factor) {
                double ratio = window.path("admitted").asDouble() / LIMIT;
                least = Math.min(least, ratio);
                most = Math.max(most, ratio);
                count++;
            }
        }
        if (count > 0) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %s%s | %s | %d | %.3f to %.3f |%n",
                    group,
                    more,
                    Results.text(factor),
                    count,
                    least,
                    most));
        }
    }

    /** Admitted against offered, both in multiples of the limit; one dot for each window. */
    private static String plot(List<Window> windows) {
        StringBuilder dots = new StringBuilder();
        for (Window window : windows) {
            boolean alone = window.nodes.equals(QuotaNodes.ALONE);
            dots.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\" fill-opacity=\"0.6\"/>%n",
                    60 + 160.0 * window.offered / LIMIT + (alone ? -5 : 5),
                    260 - 200 * window.ratio(),
                    alone ? "#c60" : "#06c"));
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
                %s%s<text x="20" y="64">1x</text>
                <text x="200" y="302">offered, multiples of the limit</text>
                <text x="66" y="16">admitted, the same (blue: three nodes, orange: one; dashed: ideal)</text>
                </svg>
                """.formatted(dots, marks);
    }
}
