// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.config.ServerConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.FastThreadLocal;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerImpl;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.impl.NetServerImpl;
import io.vertx.core.net.impl.NetServerInternal;
import org.jspecify.annotations.Nullable;

/**
 * Makes the HTTP server of the API listener: an ordinary Vert.x server with a {@link RequestGuard} in front of its codec.
 *
 * <p>{@code HttpServer.connectionHandler} is too late for that: in cleartext Vert.x decides between HTTP/1.x and HTTP/2 by
 * the first bytes and calls it only when the first request has already been decoded. The one moment before any byte is
 * read is {@code NetServerImpl.initChannel}, so this class overrides it (Vert.x 5.0.8, internal API, no reflection): the
 * compiler finds out when an upgrade changes it, and {@code RequestGuardTest} when it is no longer called.
 */
public final class EdgeServer {

    /** Flushes that one read batch may hold back on HTTP/2, where many streams share a connection. */
    private static final int MAX_HELD_FLUSHES = 256;

    /**
     * Bytes that the kernel takes for a client beyond those on their way to it. Left to itself, Linux lets the send buffer of
     * a client that reads nothing grow to 4 MiB (tcp_wmem); a fixed size instead would limit what can be on its way, and with
     * it the speed of distant readers.
     */
    private static final long MAX_UNSENT = 32 << 10;

    private EdgeServer() {}

    public static HttpServer create(Vertx vertx, ServerConfig config, EdgeListener listener) {
        return create(vertx, ServerOptions.of(config), EdgeLimits.of(config), listener);
    }

    static HttpServer create(Vertx vertx, HttpServerOptions options, EdgeLimits limits, EdgeListener listener) {
        return new HttpServerImpl(new GuardedVertx((VertxInternal) vertx, limits, listener), options);
    }

    private static final class GuardedVertx extends VertxWrapper {

        private final EdgeLimits limits;
        private final EdgeListener listener;

        GuardedVertx(VertxInternal delegate, EdgeLimits limits, EdgeListener listener) {
            super(delegate);
            this.limits = limits;
            this.listener = listener;
        }

        @Override
        public NetServerInternal createNetServer(NetServerOptions options) {
            return new GuardedNetServer(delegate, options, limits, listener);
        }
    }

    private static final class GuardedNetServer extends NetServerImpl {

        private final EdgeLimits limits;
        private final EdgeListener listener;
        private final boolean cleartextHttp2;
        private final FastThreadLocal<RequestHead> heads;

        GuardedNetServer(VertxInternal vertx, NetServerOptions options, EdgeLimits limits, EdgeListener listener) {
            super(vertx, options);
            this.limits = limits;
            this.listener = listener;
            this.cleartextHttp2 = ((HttpServerOptions) options).isHttp2ClearTextEnabled();
            this.heads = new FastThreadLocal<>() {
                @Override
                protected RequestHead initialValue() {
                    return new RequestHead(limits.maxHeadBytes(), limits.maxFields());
                }
            };
        }

        @Override
        protected void initChannel(ChannelPipeline pipeline, boolean tls) {
            // True or false; transports other than epoll do not know the option and go without it.
            pipeline.channel().config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, MAX_UNSENT);
            pipeline.addLast("connectionIdle", new ConnectionIdle(limits));
            if (tls && isHttp2(pipeline)) {
                consolidateFlushes(pipeline);
            } else {
                Runnable onPreface = !tls && cleartextHttp2 ? () -> consolidateFlushes(pipeline) : null;
                pipeline.addLast("guard", new RequestGuard(limits, listener, heads.get(), onPreface));
            }
            super.initChannel(pipeline, tls);
        }

        private static boolean isHttp2(ChannelPipeline pipeline) {
            @Nullable SslHandler handler = pipeline.get(SslHandler.class);
            return handler != null && "h2".equals(handler.applicationProtocol());
        }

        /** One flush per loop turn and connection instead of one per stream. */
        private static void consolidateFlushes(ChannelPipeline pipeline) {
            pipeline.addAfter("connectionIdle", "flushes", new FlushConsolidationHandler(MAX_HELD_FLUSHES, true));
        }
    }
}
