// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.config.ServerConfig;
import dev.penstock.config.TlsConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The API listener as Vert.x options: HTTP/1.1 and HTTP/2, by ALPN over TLS and with prior knowledge in cleartext, sized for
 * a load balancer that puts many callers on one connection. Compression and decompression are off: an answer is many small
 * events, and a compressed body is a bomb. Silence is not watched here but by {@link ConnectionIdle}.
 */
public final class ServerOptions {

    /** Skips the outbound queue, since every write comes from the connection's own loop. */
    static final boolean STRICT_THREADS = true;

    /**
     * A client whose network is gone acknowledges nothing. Without this the kernel sends again for a quarter of an hour, and the small
     * tokens of an answer never fill its buffer, so no reader seems slow. On a silent stream the next comment finds it out.
     */
    private static final int UNACKNOWLEDGED_MILLIS = 15_000;

    /**
     * Few enough that a load balancer opens several connections, and so spreads over the event loops; Vert.x's own default
     * is 100.
     */
    static final int MAX_STREAMS = 250;

    /** What all streams together may have sent and nobody consumed: one slow upload must not stop the others. */
    static final int CONNECTION_WINDOW = 16 << 20;

    static final int STREAM_WINDOW = 256 << 10;

    /**
     * Resets, by the client or forced upon us, that one connection may cause. Vert.x's default of 200 in 30 s is reached by
     * 200 people who press "stop" behind one load balancer, and ends everybody's stream; 20,000 means that each of 250
     * streams is given up within 0.4 s for half a minute, which only an attack does (CVE-2023-44487, CVE-2025-8671).
     */
    static final int MAX_RESETS = 20_000;

    static final int RESET_WINDOW_SECONDS = 30;

    private ServerOptions() {}

    public static HttpServerOptions of(ServerConfig config) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(config.api().getHostString())
                .setPort(config.api().getPort())
                // Checked by the guard with its own errors; the codec's limits only must not be smaller.
                .setMaxInitialLineLength(EdgeLimits.MAX_LINE + 64)
                .setMaxHeaderSize(config.maxHeaderBytes() + 64)
                .setMaxChunkSize(64 << 10)
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(MAX_STREAMS)
                        .setInitialWindowSize(STREAM_WINDOW)
                        .setMaxHeaderListSize(config.maxHeaderBytes()))
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW)
                .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS)
                .setHttp2RstFloodWindowDuration(RESET_WINDOW_SECONDS)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setHandle100ContinueAutomatically(false)
                .setCompressionSupported(false)
                .setDecompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setTracingPolicy(TracingPolicy.IGNORE)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setTcpUserTimeout(UNACKNOWLEDGED_MILLIS)
                .setReuseAddress(true)
                .setAcceptBacklog(4096)
                .setStrictThreadMode(STRICT_THREADS);
        TlsConfig tls = config.tls();
        return tls == null ? options : tls(options, tls);
    }

    /** One certificate, no SNI: Vert.x 5.0 keeps an unbounded cache of contexts by name (CVE-2026-6860). */
    private static HttpServerOptions tls(HttpServerOptions options, TlsConfig tls) {
        return options.setSsl(true)
                .setUseAlpn(true)
                .setSni(false)
                .setSslHandshakeTimeout(10)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(tls.cert().toString())
                        .addKeyPath(tls.key().toString()));
    }
}
