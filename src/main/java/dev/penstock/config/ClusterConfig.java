// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How this node finds others and what it tells them. Nothing of it changes while the process runs.
 *
 * @param enabled whether there is a cluster at all
 * @param name nodes with another name are refused; no secret
 * @param discovery how others are found
 * @param members where others may be, for {@link Discovery#TCP}
 * @param service the name whose addresses are the others, or empty
 * @param network the address to listen on lies in it
 * @param port where members speak to each other; with a discovery by name it is the same on all nodes
 * @param busPort where announcements arrive; 0 lets the system choose
 * @param publicAddress what others connect to instead of address and port, or null
 * @param busPublicAddress the same for announcements, or null
 * @param required whether a node that cannot start its part of the cluster ends instead of serving alone
 * @param joinTimeout for finding the others and joining them
 */
public record ClusterConfig(
        boolean enabled,
        String name,
        Discovery discovery,
        List<InetSocketAddress> members,
        String service,
        NetworkBlock network,
        int port,
        int busPort,
        @Nullable InetSocketAddress publicAddress,
        @Nullable InetSocketAddress busPublicAddress,
        boolean required,
        Duration joinTimeout) {

    /** How others are found. */
    public enum Discovery {
        /** Their addresses are listed. */
        TCP,
        /** The pods behind a headless service. */
        KUBERNETES,
        /** All addresses that a name has. */
        DNS,
        /** Whoever hears us on this network. */
        MULTICAST
    }

    /** This machine and nobody else. */
    static final NetworkBlock LOOPBACK = NetworkBlock.of("127.0.0.1/32");

    /** A node that knows of no other. */
    public static final ClusterConfig OFF = new ClusterConfig(
            false,
            "penstock",
            Discovery.TCP,
            List.of(),
            "",
            LOOPBACK,
            5701,
            5702,
            null,
            null,
            true,
            Duration.ofSeconds(20));

    public ClusterConfig {
        members = List.copyOf(members);
    }
}
