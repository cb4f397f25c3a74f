// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.cluster.ClusterRoom.Node;
import dev.penstock.config.ClusterConfig;
import dev.penstock.config.ClusterConfig.Discovery;
import dev.penstock.config.NetworkBlock;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.FaultProxy;
import dev.penstock.resilience.BreakerNotice;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A cluster that falls apart and comes together again: proxies stand before every port that a node has. */
final class SplitTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void twoHalvesGoOnAloneAndAreOneAgainWhenTheNetworkIs() {
        List<Integer> ports = ClusterRoom.freePorts(4);
        try (ClusterRoom room = ClusterRoom.of(0);
                FaultProxy first = FaultProxy.to(ports.get(0));
                FaultProxy second = FaultProxy.to(ports.get(1));
                FaultProxy firstBus = FaultProxy.to(ports.get(2));
                FaultProxy secondBus = FaultProxy.to(ports.get(3))) {
            List<Integer> members = List.of(first.port(), second.port());
            Node a = room.start(
                    ClusterRoom.config("split", ports.get(0), ports.get(2), members, at(first), at(firstBus)));
            Node b = room.start(
                    ClusterRoom.config("split", ports.get(1), ports.get(3), members, at(second), at(secondBus)));
            ClusterRoom.await("both", () -> a.cluster.size() == 2 && b.cluster.size() == 2);
            a.opens("before");
            b.next("before");
            assertThat(a.mayProbe("target", LONG)).isTrue();

            List.of(first, second, firstBus, secondBus).forEach(FaultProxy::down);
            ClusterRoom.await(
                    "each alone",
                    () -> a.cluster.standing() == Standing.ALONE && b.cluster.standing() == Standing.ALONE);
            BreakerNotice apart = b.opens("apart");

            assertThat(b.mayProbe("target", LONG)).as("nobody can be asked").isTrue();

            List.of(first, second, firstBus, secondBus).forEach(FaultProxy::up);
            ClusterRoom.await("both again", () -> a.cluster.size() == 2 && b.cluster.size() == 2);
            ClusterRoom.await("what was said apart", () -> a.hasHeard(apart));
            BreakerNotice after = a.opens("after");
            ClusterRoom.await("what was said after", () -> b.hasHeard(after));
            ClusterRoom.await("one at a time again", () -> a.mayProbe("later", LONG) != b.mayProbe("later", LONG));
        }
    }

    @Test
    void theAddressesOfANameAreTheMembersAndANameWithoutAddressIsNobody() throws Exception {
        int port = ClusterRoom.freePorts(1).get(0);
        List<Boolean> known = new CopyOnWriteArrayList<>();
        NamedMembers.Resolver resolver = name -> {
            assertThat(name).isEqualTo("penstock-headless");
            if (known.isEmpty()) {
                throw new UnknownHostException(name);
            }
            return new InetAddress[] {InetAddress.getByName("127.0.0.1"), second()};
        };
        ClusterNode first = join(port, "127.0.0.1/32", Discovery.KUBERNETES, resolver);
        ClusterNode second = null;
        try {
            assertThat(first.standing()).isEqualTo(Standing.ALONE);
            known.add(true);

            second = join(port, LocalAddress.plain(second()) + "/32", Discovery.DNS, resolver);

            assertThat(second.standing()).isEqualTo(Standing.JOINED);
            ClusterRoom.await("both", () -> first.size() == 2);
        } finally {
            if (second != null) {
                second.crash();
                second.close();
            }
            first.crash();
            first.close();
        }
    }

    /** Another address of this machine: members that are found by a name have the same port. */
    private static InetAddress second() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                    .findFirst()
                    .orElseThrow();
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ClusterNode join(int port, String network, Discovery discovery, NamedMembers.Resolver resolver)
            throws ClusterFailed {
        return ClusterNode.join(
                new ClusterConfig(
                        true,
                        "named",
                        discovery,
                        List.of(),
                        "penstock-headless",
                        NetworkBlock.of(network),
                        port,
                        0,
                        null,
                        null,
                        true,
                        Duration.ofSeconds(20)),
                "host",
                Ticker.system(),
                ClusterRoom.QUICK,
                resolver);
    }

    private static InetSocketAddress at(FaultProxy proxy) {
        return InetSocketAddress.createUnresolved("127.0.0.1", proxy.port());
    }
}
