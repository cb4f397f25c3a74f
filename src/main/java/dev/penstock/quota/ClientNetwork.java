// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.NetworkBlock;
import java.net.InetAddress;

/**
 * What limits at the client's address count by: an IPv4 address by itself, of IPv6 the network of 64 bits, because whoever has one
 * address of such a network has all 2^64 (RFC 4291 section 2.5.1, RFC 6177).
 */
final class ClientNetwork {

    private static final int NETWORK_BYTES = 8;

    private ClientNetwork() {}

    /** @param address as text; what is none stands for itself */
    static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        InetAddress parsed = NetworkBlock.address(address);
        if (parsed == null) {
            return address;
        }
        byte[] bytes = parsed.getAddress();
        if (bytes.length == 4) {
            return parsed.getHostAddress();
        }
        StringBuilder network = new StringBuilder(24);
        for (int i = 0; i < NETWORK_BYTES; i += 2) {
            network.append(Integer.toHexString((bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff)))
                    .append(':');
        }
        return network.append(":/64").toString();
    }
}
