// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A port that answers no SYN: a listening socket that never accepts, whose backlog is full. The kernel then drops further
 * SYNs, exactly as a firewall that drops packets would, and a connect hangs until its own timeout.
 */
public final class BlackHole implements AutoCloseable {

    /** Linux answers on loopback within the connect call; a connection that is not there by now is being dropped. */
    private static final long DROPPED_AFTER_MILLIS = 250;

    private final ServerSocket listener;
    private final List<SocketChannel> fillers = new ArrayList<>();

    private BlackHole(ServerSocket listener) {
        this.listener = listener;
    }

    public static BlackHole open() throws IOException {
        BlackHole hole = new BlackHole(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        hole.fill();
        return hole;
    }

    public int port() {
        return listener.getLocalPort();
    }

    private void fill() throws IOException {
        for (int i = 0; i < 64; i++) {
            SocketChannel filler = SocketChannel.open();
            fillers.add(filler);
            filler.configureBlocking(false);
            if (!filler.connect(new InetSocketAddress(listener.getInetAddress(), port())) && !connects(filler)) {
                return;
            }
        }
        throw new IOException("the backlog never filled");
    }

    private static boolean connects(SocketChannel filler) throws IOException {
        try (Selector selector = Selector.open()) {
            filler.register(selector, SelectionKey.OP_CONNECT);
            return selector.select(DROPPED_AFTER_MILLIS) > 0 && filler.finishConnect();
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel filler : fillers) {
            filler.close();
        }
        listener.close();
    }
}
