// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** What tests of several gateways in one cluster share. Each gateway has two ports, that of its member and that of its bus. */
final class Peers {

    private Peers() {}

    /** The section of one of them, all of which know all. */
    static String section(String name, List<Integer> ports, int index) {
        return section(name, ports, ports.get(2 * index), ports.get(2 * index + 1));
    }

    /** The section of one that knows those with these ports. */
    static String section(String name, List<Integer> ports, int port, int busPort) {
        List<String> members = IntStream.range(0, ports.size())
                .filter(i -> i % 2 == 0)
                .mapToObj(i -> "\"127.0.0.1:" + ports.get(i) + "\"")
                .toList();
        return "cluster: {enabled: true, name: " + name + ", members: " + members + ", port: " + port + ", bus_port: "
                + busPort + "}\n";
    }

    /** What a gateway says of its cluster to whoever asks whether it is ready. */
    static String check(InProcess gateway) {
        return new JsonObject(gateway.admin("GET", "/readyz?verbose").body())
                .getJsonObject("checks")
                .getJsonObject("cluster")
                .getString("detail");
    }

    static void awaitJoined(Duration patience, List<InProcess> gateways) {
        await("joined", patience, () -> gateways.stream()
                .allMatch(each -> check(each).equals("joined, " + gateways.size() + " members")));
    }

    /** Looks again and again; no longer than anybody would wait. */
    static void await(String what, Duration patience, BooleanSupplier holds) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within " + patience);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
