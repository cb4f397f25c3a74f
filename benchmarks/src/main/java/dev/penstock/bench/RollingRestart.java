// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Can two nodes behind a load balancer be restarted for ever without losing one answer?
 *
 * <p>{@code benchmarks/run rolling}. HAProxy polls {@code /readyz} of two gateways while an open loop of streams runs through it;
 * one node after the other gets SIGTERM, drains, exits 0, comes back on the same port and is put back by the load balancer. Every
 * stream must arrive complete and exact. Skipped, and said so, where HAProxy is not installed.
 */
final class RollingRestart {
    private static final int EVENTS = 40;
    private static final int RATE = 20;
    private static final double STARTS_PER_SECOND = 50;

    private RollingRestart() {}

    public static void main(String[] args) throws InterruptedException {
        int restarts = Integer.getInteger("bench.rounds", 50);
        if (!Bench.installed("haproxy")) {
            System.out.println("skipped: needs haproxy");
            System.exit(0);
        }
        boolean ok = run(restarts);
        System.exit(ok ? 0 : 1);
    }

    private static boolean run(int restarts) throws InterruptedException {
        Results results = new Results("rolling");
        Gate.Options options = Gate.Options.heap("-Xmx256m").free().server("drain_delay: 1s\ndrain: 30s\n");
        int[] ports = {Gate.freePort(), Gate.freePort()};
        int front = Gate.freePort();
        List<Double> exits = new ArrayList<>();
        int badExits = 0;
        try (Stage stage = new Stage()) {
            Gate[] nodes = {
                Gate.start(Rung.PENSTOCK, stage.provider().port(), options, ports[0]),
                Gate.start(Rung.PENSTOCK, stage.provider().port(), options, ports[1])
            };
            Process balancer = balancer(front, ports);
            try (LoadClient client = new LoadClient(stage.loop(), front, Rung.PENSTOCK.prefix())) {
                if (!Wait.until(10_000, () -> Gate.status(front, "/readyz") == 200)) {
                    throw new IllegalStateException("the load balancer found no node");
                }
                client.openLoop(new Mode.Paced(EVENTS, RATE), STARTS_PER_SECOND, 24 * 3600);
                Wait.seconds(2);
                for (int i = 0; i < restarts; i++) {
                    int which = i % 2;
                    long begin = System.nanoTime();
                    nodes[which].terminate();
                    boolean left = nodes[which].process().waitFor(60, TimeUnit.SECONDS);
                    exits.add((System.nanoTime() - begin) / 1e9);
                    if (!left || nodes[which].process().exitValue() != 0) {
                        badExits++;
                        System.out.println("node did not leave well: "
                                + (left ? nodes[which].process().exitValue() : "still there") + "\n"
                                + nodes[which].log());
                    }
                    nodes[which].close();
                    nodes[which] = Gate.start(Rung.PENSTOCK, stage.provider().port(), options, ports[which]);
                    Wait.seconds(1.0);
                    Tally.Snapshot now = client.snapshot();
                    System.out.printf(
                            "restart %d: exit after %.1f s, %d streams complete, %d lost %s%n",
                            i + 1, exits.getLast(), now.answers(), now.failed(), now.errors());
                }
                client.stop();
                boolean drained = client.drained(15_000);
                Tally.Snapshot end = client.snapshot();
                results.put("restarts", restarts);
                results.put("streams", end.answers());
                results.put("lost", end.failed());
                results.put("errors", end.errors());
                results.put("bad_exits", badExits);
                results.put("exit_seconds_median", Results.round(Results.median(exits)));
                boolean met = end.failed() == 0 && drained && badExits == 0 && end.answers() > restarts;
                results.figure(
                        "rolling",
                        end.failed() + " of " + (end.answers() + end.failed()) + " streams lost over " + restarts
                                + " restarts" + (badExits == 0 ? "" : ", " + badExits + " bad exits"),
                        met && restarts >= 50);
                results.save();
                return met;
            } finally {
                Gate.kill(balancer);
                for (Gate node : nodes) {
                    node.close();
                }
            }
        }
    }

    private static Process balancer(int front, int[] ports) {
        Path config = Bench.work().resolve("haproxy-" + front + ".cfg");
        Gate.write(config, """
                global
                  maxconn 4000
                  nbthread 1
                defaults
                  mode http
                  timeout connect 1s
                  timeout check 2s
                  timeout client 60s
                  timeout server 60s
                  retries 3
                  option redispatch
                  retry-on conn-failure empty-response
                frontend in
                  bind 127.0.0.1:%d
                  default_backend nodes
                backend nodes
                  balance roundrobin
                  option httpchk GET /readyz
                  default-server check inter 100ms fall 2 rise 2
                  server a 127.0.0.1:%d
                  server b 127.0.0.1:%d
                """.formatted(front, ports[0], ports[1]));
        List<String> command = new ArrayList<>(Bench.unpin());
        command.addAll(List.of(Bench.program("haproxy"), "-db", "-f", config.toString()));
        return Gate.spawn(command, Bench.work().resolve("haproxy-" + front + ".log"));
    }
}
