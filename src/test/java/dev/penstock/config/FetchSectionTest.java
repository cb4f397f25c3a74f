// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FetchSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void withoutAWordNothingIsFetched() {
        FetchConfig fetch = room.yaml("models: {chat: demo/demo}").snapshot().fetch();

        assertThat(fetch).isEqualTo(FetchConfig.NOTHING);
    }

    @Test
    void everyKeyIsRead() {
        room.yaml("""
                fetch:
                  hosts: [CDN.example.com, "*.images.example.com", "http://minio:9000", "[2001:db8::7]:8443"]
                  max: 2MiB
                  timeout: 2s
                  private_networks: [10.1.0.0/16, "fd00::/8"]
                """);

        FetchConfig fetch = room.snapshot().fetch();

        assertThat(fetch.hosts().stream().map(FetchHost::toString).collect(Collectors.joining(" ")))
                .isEqualTo("cdn.example.com *.images.example.com http://minio:9000 [2001:db8::7]:8443");
        assertThat(fetch.maxBytes()).isEqualTo(2 << 20);
        assertThat(fetch.timeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(fetch.privateNetworks())
                .extracting(NetworkBlock::toString)
                .containsExactly("10.1.0.0/16", "fd00:0:0:0:0:0:0:0/8");
        assertThat(room.settings())
                .containsEntry(
                        "fetch.hosts",
                        "[cdn.example.com, *.images.example.com, http://minio:9000, [2001:db8::7]:8443]"
                                + " # penstock.yaml:2")
                .containsEntry("fetch.max", "2MiB # penstock.yaml:3");
    }

    @Test
    void aChangeTakesEffectWithoutARestart() {
        Snapshot old = room.yaml("fetch: {hosts: [a.example.com]}").snapshot();
        Snapshot now = room.yaml("fetch: {hosts: [b.example.com]}").snapshot();

        ConfigDiff diff = ConfigDiff.between(old, now);

        assertThat(diff.changed()).containsExactly("fetch.hosts");
        assertThat(diff.restart()).isEmpty();
        assertThat(now.version()).isNotEqualTo(old.version());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "*.com",
                "*.1.2.3.4",
                "a.*.example.com",
                "*images.example.com",
                "http://",
                "ftp://a.example.com",
                "a.example.com/path",
                "user@a.example.com",
                "a.example.com:0",
                "a.example.com:65536",
                "a.example.com:x",
                "a..example.com",
                ".example.com",
                "example.com.",
                "-a.example.com",
                "a_b.example.com",
                "b\u00fccher.example",
                "127.1",
                "0x7f.0.0.1",
                "0177.0.0.1",
                "2130706433",
                "127.0.0.01",
                "256.0.0.1",
                "::1",
                "[127.0.0.1]",
                "[::1",
                "[fe80::1%eth0]",
                "[::ffff:127.0.0.1]"
            })
    void aHostThatIsNoneIsRefused(String host) {
        room.yaml("fetch: {hosts: [\"" + host + "\"]}");

        assertThat(room.problems())
                .singleElement()
                .asString()
                .startsWith("penstock.yaml:1:17  fetch.hosts[0]  ")
                .endsWith("; expected a host to fetch from, such as cdn.example.com, *.images.example.com or"
                        + " http://images.internal:8080");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0",
        "10.0.0.0/",
        "/8",
        "10.0.0/8",
        "010.0.0.0/8",
        "a.example.com/8",
        "fd00::1/8",
        "fd00::/129",
        "::ffff:10.0.0.0/104",
        "fe80::%eth0/64"
    })
    void aNetworkThatIsNoneIsRefused(String network) {
        room.yaml("fetch: {private_networks: [\"" + network + "\"]}");

        assertThat(room.problems())
                .singleElement()
                .asString()
                .startsWith("penstock.yaml:1:28  fetch.private_networks[0]  ")
                .endsWith("; expected the first address of a network and its length, such as 10.1.0.0/16");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"169.254.169.254/32", "0.0.0.0/32", "224.0.0.0/4", "255.255.255.255/32", "fe80::/64", "ff02::/16"
            })
    void aNetworkThatIsNeverConnectedToIsRefused(String network) {
        room.yaml("fetch: {private_networks: [\"" + network + "\"]}");

        assertThat(room.problems())
                .containsExactly("penstock.yaml:1:28  fetch.private_networks[0]  \"" + network
                        + "\"; expected a network that is neither link-local nor multicast nor reserved");
    }

    @Test
    void wrongKeysAndRangesAreToldWithTheirPlace() {
        room.yaml("fetch:\n  host: [a.example.com]\n  max: 1GiB\n  timeout: 0s");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:2:3  fetch.host  unknown key. Did you mean \"hosts\"?",
                        "penstock.yaml:3:8  fetch.max  \"1GiB\"; expected a size from 1KiB to 32MiB, such as 512KiB or"
                                + " 20MiB",
                        "penstock.yaml:4:12  fetch.timeout  \"0s\"; expected a duration from 1ms to 5m, such as 200ms,"
                                + " 30s, 2m or 1h");
    }

    @Test
    void blocksEndWhereTheyEnd() throws Exception {
        NetworkBlock block = NetworkBlock.of("172.16.0.0/12");
        assertThat(block.contains(InetAddress.getByName("172.31.255.255"))).isTrue();
        assertThat(block.contains(InetAddress.getByName("172.32.0.0"))).isFalse();
        assertThat(block.contains(InetAddress.getByName("::1"))).isFalse();
        assertThat(NetworkBlock.of("10.9.8.7/32").contains(InetAddress.getByName("10.9.8.7")))
                .isTrue();
        assertThat(NetworkBlock.of("0.0.0.0/0").contains(InetAddress.getByName("255.1.2.3")))
                .isTrue();
    }
}
