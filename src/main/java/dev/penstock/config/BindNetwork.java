// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Which of a machine's addresses to listen on: one of them, or the network that it lies in, so that the same file serves nodes
 * with different addresses. Never all of them.
 *
 * @param block the network; of one address, when an address was written
 */
record BindNetwork(NetworkBlock block) {

    static @Nullable BindNetwork parse(String text) {
        NetworkBlock block = text.indexOf('/') >= 0 ? NetworkBlock.parse(text) : single(text);
        return block == null || block.base().isMulticastAddress() || isWildcard(block) ? null : new BindNetwork(block);
    }

    /** All addresses at once, as opposed to one of them, whichever it is. */
    private static boolean isWildcard(NetworkBlock block) {
        return block.base().isAnyLocalAddress() && block.bits() == widest(block.base());
    }

    /** The network that holds this address and no other. */
    static @Nullable NetworkBlock single(String text) {
        InetAddress address = NetworkBlock.literal(text);
        return address == null ? null : new NetworkBlock(address, widest(address));
    }

    private static int widest(InetAddress address) {
        return address.getAddress().length * 8;
    }

    @Override
    public String toString() {
        return block.bits() == widest(block.base()) ? block.base().getHostAddress() : block.toString();
    }
}
