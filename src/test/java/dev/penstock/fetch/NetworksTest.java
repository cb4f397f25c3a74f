// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.NetworkBlock;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses may be connected to, over the edges of every special-purpose network. */
final class NetworksTest {

    private static final Networks PUBLIC_ONLY = new Networks(List.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.0.3.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "203.0.114.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2600:1f18::1",
                "2a00:1450:4001::5",
                "2001:db7:ffff::1",
                "2001:db9::1"
            })
    void publicOnesMay(String address) throws Exception {
        assertThat(PUBLIC_ONLY.allow(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.0.0",
                "169.254.169.254",
                "169.254.170.2",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.0",
                "192.168.255.255",
                "198.18.0.0",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.7",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::2",
                "::127.0.0.1",
                "::10.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b::808:808",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:0:7f00:1::",
                "2001:2::1",
                "2001:10::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "2002:a9fe:a9fe::",
                "3fff::1",
                "4000::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1"
            })
    void allOthersMayNot(String address) throws Exception {
        assertThat(PUBLIC_ONLY.allow(InetAddress.getByName(address))).isFalse();
    }

    @Test
    void mappedAddressesMayNotHoweverTheyAreHeld() {
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 8;
        assertThat(PUBLIC_ONLY.allow(mapped)).isFalse();
        assertThat(new Networks(List.of(NetworkBlock.of("::/0"))).allow(mapped)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.0.0", "10.1.255.255", "127.0.0.1", "fd00:1::7", "::1", "100.64.1.1"})
    void aListedNetworkMay(String address) throws Exception {
        assertThat(listed().allow(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.255.255", "10.2.0.0", "fd00:2::7", "192.168.0.1", "fe80::1", "::2"})
    void itsNeighboursMayNot(String address) throws Exception {
        assertThat(listed().allow(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "169.254.169.254",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::127.0.0.1",
                "fe80::1",
                "ff02::1",
                "64:ff9b::a00:1",
                "2001::1",
                "2002:a00:1::"
            })
    void someMayNotWhateverIsListed(String address) throws Exception {
        Networks everything = new Networks(
                Stream.of("0.0.0.0/0", "::/0").map(NetworkBlock::of).toList());
        assertThat(everything.allow(InetAddress.getByName(address))).isFalse();
        assertThat(everything.allow(InetAddress.getByName("192.168.1.1"))).isTrue();
    }

    private static Networks listed() {
        return new Networks(Stream.of("10.1.0.0/16", "127.0.0.0/8", "fd00:1::/32", "::1/128", "100.64.0.0/10")
                .map(NetworkBlock::of)
                .toList());
    }
}
