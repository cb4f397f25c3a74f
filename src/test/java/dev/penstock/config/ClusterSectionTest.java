// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ClusterConfig.Discovery;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClusterSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void withoutAWordThereIsNoCluster() {
        ClusterConfig cluster =
                room.yaml("models: {chat: demo/demo}").snapshot().cluster();

        assertThat(cluster).isEqualTo(ClusterConfig.OFF);
        assertThat(room.settings()).containsEntry("cluster.enabled", "false # default");
        assertThat(room.settings()).doesNotContainKey("cluster.port");
    }

    @Test
    void everyKeyIsRead() {
        room.yaml("""
                cluster:
                  enabled: true
                  name: blue
                  discovery: tcp
                  members: ["10.0.0.1:5701", "node-b.internal:5711", "[fd00::1]:5701"]
                  interface: 10.0.0.0/8
                  port: 5711
                  bus_port: 0
                  public_address: "gw.example.com:15711"
                  bus_public_address: "gw.example.com:15712"
                  required: false
                  join_timeout: 5s
                """);

        ClusterConfig cluster = room.snapshot().cluster();

        assertThat(cluster.enabled()).isTrue();
        assertThat(cluster.name()).isEqualTo("blue");
        assertThat(cluster.discovery()).isEqualTo(Discovery.TCP);
        assertThat(cluster.members())
                .extracting(InetSocketAddress::getHostString)
                .containsExactly("10.0.0.1", "node-b.internal", "fd00::1");
        assertThat(cluster.members()).extracting(InetSocketAddress::getPort).containsExactly(5701, 5711, 5701);
        assertThat(cluster.network()).isEqualTo(NetworkBlock.of("10.0.0.0/8"));
        assertThat(cluster.port()).isEqualTo(5711);
        assertThat(cluster.busPort()).isZero();
        assertThat(cluster.publicAddress()).isEqualTo(InetSocketAddress.createUnresolved("gw.example.com", 15711));
        assertThat(cluster.busPublicAddress()).isEqualTo(InetSocketAddress.createUnresolved("gw.example.com", 15712));
        assertThat(cluster.required()).isFalse();
        assertThat(cluster.joinTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(room.settings())
                .containsEntry("cluster.interface", "10.0.0.0/8 # penstock.yaml:6")
                .containsEntry(
                        "cluster.members", "[10.0.0.1:5701, node-b.internal:5711, [fd00::1]:5701] # penstock.yaml:5");
    }

    @Test
    void whileAllMembersAreLoopbackItListensThereAndNowhereElse() throws Exception {
        ClusterConfig cluster = room.yaml("cluster: {enabled: true, members: [\"127.0.0.1:5701\", \"localhost:5702\"]}")
                .snapshot()
                .cluster();

        assertThat(cluster.network()).isEqualTo(NetworkBlock.of("127.0.0.1/32"));
        assertThat(cluster.network().contains(InetAddress.getByName("127.0.0.1")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "discovery: tcp, members: [\"127.0.0.1:5701\", \"10.0.0.1:5701\"]",
                "discovery: tcp, members: [\"node-b:5701\"]",
                "discovery: kubernetes, service: penstock-headless",
                "discovery: dns, service: nodes.internal",
                "discovery: multicast"
            })
    void otherMachinesNeedANamedInterface(String how) {
        room.yaml("cluster: {enabled: true, " + how + "}");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:10  cluster.interface  missing; expected the address of this node that"
                                + " others reach, or the network that it lies in, such as 10.0.0.0/8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "eth0", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/32"})
    void whatIsNoAddressOfOneMachineIsRefusedAsInterface(String bind) {
        room.yaml("cluster: {enabled: true, members: [\"10.0.0.1:5701\"], interface: \"" + bind + "\"}");

        assertThat(room.problems())
                .singleElement()
                .asString()
                .startsWith("penstock.yaml:1:65  cluster.interface  ")
                .endsWith("; expected an address of this machine or a network that it lies in, such as 10.1.2.3 or"
                        + " 10.0.0.0/8");
    }

    @Test
    void whomToFindMustBeSaid() {
        room.yaml("cluster: {enabled: true}");
        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:10  cluster.members  missing; expected a list of host:port, where other"
                                + " nodes may be");

        room.yaml("cluster: {enabled: true, discovery: kubernetes, interface: 10.0.0.0/8}");
        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:10  cluster.service  missing; expected the name whose addresses are the"
                                + " nodes, such as penstock-headless");
    }

    @Test
    void whatAnotherDiscoveryWouldUseIsAMistake() {
        room.yaml("""
                cluster:
                  enabled: true
                  discovery: dns
                  service: nodes.internal
                  members: ["10.0.0.1:5701"]
                  interface: 10.0.0.0/8
                """);
        assertThat(room.problems())
                .containsExactly("penstock.yaml:5:3  cluster.members  is not used; it belongs to discovery: tcp");

        room.yaml("cluster: {enabled: true, members: [\"127.0.0.1:1\"], service: nodes}");
        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:52  cluster.service  is not used; it belongs to discovery: kubernetes or dns");
    }

    @Test
    void wrongKeysPortsAndRangesAreToldWithTheirPlace() {
        room.yaml("""
                cluster:
                  enabled: true
                  member: []
                  members: ["127.0.0.1:0", "127.0.0.1"]
                  discovery: tpc
                  join_timeout: 100ms
                """);

        assertThat(room.problems())
                .containsExactlyInAnyOrder(
                        "penstock.yaml:3:3  cluster.member  unknown key. Did you mean \"members\"?",
                        "penstock.yaml:4:13  cluster.members[0]  \"127.0.0.1:0\"; expected a port from 1 to 65535",
                        "penstock.yaml:4:28  cluster.members[1]  \"127.0.0.1\"; expected host:port, such as"
                                + " 127.0.0.1:9090",
                        "penstock.yaml:5:14  cluster.discovery  \"tpc\"; expected tcp or kubernetes or dns or multicast."
                                + " Did you mean \"tcp\"?",
                        "penstock.yaml:6:17  cluster.join_timeout  \"100ms\"; expected a duration from 1s to 10m, such"
                                + " as 200ms, 30s, 2m or 1h");
    }

    @Test
    void everyChangeNeedsARestart() {
        Snapshot old = room.yaml("cluster: {enabled: true, members: [\"127.0.0.1:1\"]}")
                .snapshot();
        Snapshot now = room.yaml("cluster: {enabled: true, name: blue, members: [\"127.0.0.1:2\"]}")
                .snapshot();

        ConfigDiff diff = ConfigDiff.between(old, now);

        assertThat(diff.changed()).containsExactly("cluster.members", "cluster.name");
        assertThat(diff.restart()).containsExactlyInAnyOrder("cluster.members", "cluster.name");
    }

    @Test
    void nodesThatListenElsewhereHaveTheSameVersion() {
        String one = room.yaml("""
                        server: {port: 8080, admin: "127.0.0.1:9090"}
                        cluster: {enabled: true, members: ["127.0.0.1:2"], port: 1, bus_port: 0, interface: 127.0.0.1}
                        """).snapshot().version();
        String other = room.yaml("""
                        server: {port: 8081, admin: "127.0.0.1:9091"}
                        cluster: {enabled: true, members: ["127.0.0.1:1"], port: 2, bus_port: 9, interface: 127.0.0.2}
                        """).snapshot().version();
        String different = room.yaml("""
                        server: {port: 8080, admin: "127.0.0.1:9090", drain: 1s}
                        cluster: {enabled: true, members: ["127.0.0.1:2"], port: 1, bus_port: 0, interface: 127.0.0.1}
                        """).snapshot().version();

        assertThat(other).isEqualTo(one);
        assertThat(different).isNotEqualTo(one);
    }
}
