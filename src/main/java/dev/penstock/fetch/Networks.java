// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import dev.penstock.config.NetworkBlock;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses may be connected to: public ones, and those that the configuration lists. After the special-purpose registries
 * of IANA for IPv4 (RFC 6890) and IPv6; of IPv6, only what is global unicast by now is public, so that what may come later is not.
 */
final class Networks {

    /** Not to be allowed by any list: they reach the machine's own services, everyone, or IPv4 under another name. */
    private static final List<NetworkBlock> NEVER = blocks(
            "0.0.0.0/8", // this network; Linux takes 0.0.0.0 for itself
            "169.254.0.0/16", // link-local, where clouds hand out keys
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
            "::/128", // any
            "64:ff9b::/96", // NAT64
            "64:ff9b:1::/48", // NAT64 of a site
            "2001::/32", // Teredo
            "2002::/16", // 6to4
            "fe80::/10", // link-local
            "ff00::/8"); // multicast

    private static final List<NetworkBlock> NOT_PUBLIC = blocks(
            "10.0.0.0/8",
            "100.64.0.0/10", // carrier-grade NAT
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "2001::/23", // protocol assignments
            "2001:db8::/32", // documentation
            "3fff::/20"); // documentation

    private static final NetworkBlock GLOBAL_UNICAST = NetworkBlock.of("2000::/3");

    /** The first 96 bits of {@code ::1.2.3.4}, the retired "compatible" form of IPv4; only {@code ::1} means something else. */
    private static final NetworkBlock COMPATIBLE = NetworkBlock.of("::/96");

    private static final NetworkBlock LOOPBACK = NetworkBlock.of("::1/128");

    private final List<NetworkBlock> listed;

    Networks(List<NetworkBlock> listed) {
        this.listed = List.copyOf(listed);
    }

    boolean allow(InetAddress address) {
        return allow(address.getAddress());
    }

    /** Of four or sixteen bytes; Java itself turns mapped IPv4 into IPv4, a resolver of another make may not. */
    boolean allow(byte[] address) {
        boolean never = in(NEVER, address)
                || isMapped(address)
                || (COMPATIBLE.contains(address) && !LOOPBACK.contains(address));
        return !never && (isPublic(address) || in(listed, address));
    }

    /** {@code ::ffff:1.2.3.4}; no block can hold it, because Java makes an IPv4 address of it. */
    private static boolean isMapped(byte[] address) {
        if (address.length != 16 || address[10] != -1 || address[11] != -1) {
            return false;
        }
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPublic(byte[] address) {
        return !in(NOT_PUBLIC, address) && (address.length == 4 || GLOBAL_UNICAST.contains(address));
    }

    private static boolean in(List<NetworkBlock> blocks, byte[] address) {
        for (NetworkBlock block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static List<NetworkBlock> blocks(String... texts) {
        return Stream.of(texts).map(NetworkBlock::of).toList();
    }
}
