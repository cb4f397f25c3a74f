// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import io.netty.channel.ChannelConfig;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP clients of one shard. Providers with the same transport settings share one, so a usual installation has exactly one
 * per event loop; a provider with its own certificate authority or HTTP version gets its own. Never shared between shards:
 * Vert.x would lend a connection of another event loop and every chunk would cross threads.
 */
final class UpstreamClients {

    /** Several streams share an HTTP/2 connection; one paused reader must not use up the window of the others. */
    private static final int H2_CONNECTION_WINDOW = 32 << 20;

    private static final int H2_STREAM_WINDOW = 64 << 10;

    /**
     * Idle HTTP/1.1 connections are closed before common model servers do it (uvicorn, which serves vLLM, closes after five
     * seconds): a request that crosses the server's close would fail without having been read.
     */
    private static final int H1_KEEP_ALIVE_SECONDS = 4;

    /**
     * What the kernel may take in for a stream whose reader has paused it. Left to itself, Linux lets the buffer of a flooding
     * provider grow to 6 MiB (tcp_rmem), which 5,000 stalled readers would multiply. On HTTP/2 the stream window does this.
     */
    private static final int H1_RECEIVE_BUFFER = 128 << 10;

    private static final int H2_KEEP_ALIVE_SECONDS = 60;

    /**
     * A provider whose machine or network is gone says nothing more, not even that. Its kernel is asked after ten silent seconds and
     * then every five; a model that thinks for a minute answers these, because its kernel does. So a connection to nobody lives for 25
     * seconds, whatever the timeouts of the model are.
     */
    private static final int PROBE_AFTER_SECONDS = 10;

    private static final int PROBE_EVERY_SECONDS = 5;
    private static final int PROBES = 3;

    /** Pool sizes multiply as ints inside Vert.x: keep the product far below 2^31. */
    private static final int H2_POOL = 16;

    private final Vertx vertx;
    private final Map<Key, HttpClient> clients = new HashMap<>();
    private final List<HttpClient> retired = new ArrayList<>();

    UpstreamClients(Vertx vertx) {
        this.vertx = vertx;
    }

    /** What makes two providers need different clients. */
    record Key(
            boolean tls,
            ProviderConfig.Http http,
            int pool,
            @Nullable Path ca) {

        static Key of(ProviderConfig config) {
            boolean tls =
                    config.baseUrl() != null && "https".equals(config.baseUrl().getScheme());
            return new Key(tls, config.http(), config.pool(), config.ca());
        }

        boolean http2() {
            return http == ProviderConfig.Http.HTTP_2 || (http == ProviderConfig.Http.AUTO && tls);
        }
    }

    HttpClient client(Key key) {
        return clients.computeIfAbsent(key, this::create);
    }

    /** Forgets clients that no provider uses any more; they are closed with the shard, after their last stream. */
    void retire(Set<Key> wanted) {
        Iterator<Map.Entry<Key, HttpClient>> all = clients.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Key, HttpClient> entry = all.next();
            if (!wanted.contains(entry.getKey())) {
                retired.add(entry.getValue());
                all.remove();
            }
        }
    }

    Future<?> close() {
        List<Future<?>> closing = new ArrayList<>();
        clients.values().forEach(c -> closing.add(c.close()));
        retired.forEach(c -> closing.add(c.close()));
        clients.clear();
        retired.clear();
        return Future.join(closing);
    }

    private HttpClient create(Key key) {
        HttpClientOptions options = new HttpClientOptions()
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setTcpUserTimeout((PROBE_AFTER_SECONDS + PROBES * PROBE_EVERY_SECONDS) * 1_000)
                .setDecompressionSupported(false)
                .setKeepAliveTimeout(H1_KEEP_ALIVE_SECONDS)
                .setHttp2KeepAliveTimeout(H2_KEEP_ALIVE_SECONDS)
                .setMaxHeaderSize(64 << 10)
                .setMaxChunkSize(64 << 10)
                .setTracingPolicy(io.vertx.core.tracing.TracingPolicy.IGNORE)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        if (key.tls()) {
            options.setSsl(true).setVerifyHost(true);
            if (key.ca() != null) {
                options.setTrustOptions(
                        new PemTrustOptions().addCertPath(key.ca().toString()));
            }
        }
        if (key.http2()) {
            options.setProtocolVersion(HttpVersion.HTTP_2)
                    .setUseAlpn(key.tls())
                    .setHttp2ClearTextUpgrade(false)
                    .setHttp2ConnectionWindowSize(H2_CONNECTION_WINDOW)
                    .setInitialSettings(new Http2Settings()
                            .setInitialWindowSize(H2_STREAM_WINDOW)
                            .setMaxHeaderListSize(Http2CodecUtil.DEFAULT_HEADER_LIST_SIZE * 8L)
                            .setPushEnabled(false));
        } else {
            options.setReceiveBufferSize(H1_RECEIVE_BUFFER);
        }
        PoolOptions pool = new PoolOptions().setHttp1MaxSize(key.pool()).setHttp2MaxSize(H2_POOL);
        return vertx.httpClientBuilder()
                .with(options)
                .with(pool)
                .withConnectHandler(UpstreamClients::probe)
                .build();
    }

    /** Transports other than epoll do not know these options and go without them. */
    private static void probe(HttpConnection connection) {
        if (connection instanceof ConnectionBase base) {
            ChannelConfig socket = base.channel().config();
            socket.setOption(EpollChannelOption.TCP_KEEPIDLE, PROBE_AFTER_SECONDS);
            socket.setOption(EpollChannelOption.TCP_KEEPINTVL, PROBE_EVERY_SECONDS);
            socket.setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
        }
    }
}
