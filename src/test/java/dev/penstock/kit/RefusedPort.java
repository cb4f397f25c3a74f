// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/** A port that refuses connections and stays reserved: bound, so that nobody else gets it, and never listening. */
public final class RefusedPort implements AutoCloseable {

    private final SocketChannel bound;
    private final int port;

    private RefusedPort(SocketChannel bound) throws IOException {
        this.bound = bound;
        this.port = ((InetSocketAddress) bound.getLocalAddress()).getPort();
    }

    public static RefusedPort open() throws IOException {
        return new RefusedPort(SocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }

    public int port() {
        return port;
    }

    @Override
    public void close() throws IOException {
        bound.close();
    }
}
