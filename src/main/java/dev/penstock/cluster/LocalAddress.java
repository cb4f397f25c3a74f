// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import dev.penstock.config.NetworkBlock;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/** Finds the one address of this machine that was meant by a network. */
final class LocalAddress {

    private LocalAddress() {}

    static InetAddress in(NetworkBlock network) throws ClusterFailed {
        List<InetAddress> all = all();
        return all.stream()
                .filter(network::contains)
                .findFirst()
                .orElseThrow(() -> new ClusterFailed("cluster.interface: no address of this machine lies in " + network
                        + "; it has "
                        + String.join(
                                ", ", all.stream().map(LocalAddress::plain).toList())));
    }

    /** Without the name of the interface that Java appends to link-local ones. */
    static String plain(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    private static List<InetAddress> all() throws ClusterFailed {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (SocketException e) {
            throw new ClusterFailed("cluster.interface: the addresses of this machine cannot be listed: " + e);
        }
    }
}
