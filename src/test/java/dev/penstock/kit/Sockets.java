// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;

/** Ways to end a Vert.x socket that its public interface does not offer. */
final class Sockets {

    private Sockets() {}

    /** RST: closes with SO_LINGER 0, past the TLS handler, so that no close_notify makes it look orderly. */
    static void reset(NetSocket socket) {
        Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
        channel.eventLoop().execute(() -> {
            if (channel.isActive()) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.unsafe().close(channel.voidPromise());
        });
    }

    /** FIN without a TLS close_notify. */
    static void finish(NetSocket socket) {
        Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
        channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
    }

    /** Whether this is what a socket reports when the other side sent RST. */
    static boolean isReset(Throwable t) {
        String message = String.valueOf(t.getMessage());
        return t instanceof java.io.IOException && message.contains("Connection reset");
    }
}
