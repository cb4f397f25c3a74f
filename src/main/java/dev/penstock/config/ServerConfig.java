// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ShedSettings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Listeners and limits of the edge.
 *
 * @param api address of the OpenAI-compatible API
 * @param admin address of health, metrics and the admin API; loopback unless a token is set
 * @param adminToken bearer token of the admin API
 * @param apiKey the one key that callers must send until virtual keys exist, or null when the API is open
 * @param tls certificate of the API listener, or null for cleartext
 * @param maxBodyBytes largest request body
 * @param maxHeaderBytes largest header block of a request
 * @param headTimeout from the connection's first byte to the end of the request head
 * @param bodyTimeout from the head to the last byte of the body; a slower body must keep {@code minBodyRate}
 * @param minBodyRate bytes per second a request body must keep on average after its first two seconds
 * @param drainDelay on SIGTERM: time between "not ready" and closing the listener
 * @param drain on SIGTERM: time that live streams get to finish
 * @param cors origins that browsers may call from
 * @param loops event loops; 0 means one per core
 * @param tenants the customers, whose keys open the API beside {@code apiKey}
 * @param shed when new requests are turned away
 * @param trustedProxies networks that are believed when they say for whom they forward a request
 */
public record ServerConfig(
        InetSocketAddress api,
        InetSocketAddress admin,
        @Nullable Secret adminToken,
        @Nullable Secret apiKey,
        @Nullable TlsConfig tls,
        long maxBodyBytes,
        int maxHeaderBytes,
        Duration headTimeout,
        Duration bodyTimeout,
        long minBodyRate,
        Duration drainDelay,
        Duration drain,
        List<String> cors,
        int loops,
        List<TenantConfig> tenants,
        ShedSettings shed,
        List<NetworkBlock> trustedProxies) {

    public ServerConfig {
        cors = List.copyOf(cors);
        tenants = List.copyOf(tenants);
        trustedProxies = List.copyOf(trustedProxies);
    }

    /** Without tenants and proxies. */
    public ServerConfig(
            InetSocketAddress api,
            InetSocketAddress admin,
            @Nullable Secret adminToken,
            @Nullable Secret apiKey,
            @Nullable TlsConfig tls,
            long maxBodyBytes,
            int maxHeaderBytes,
            Duration headTimeout,
            Duration bodyTimeout,
            long minBodyRate,
            Duration drainDelay,
            Duration drain,
            List<String> cors,
            int loops,
            ShedSettings shed) {
        this(
                api,
                admin,
                adminToken,
                apiKey,
                tls,
                maxBodyBytes,
                maxHeaderBytes,
                headTimeout,
                bodyTimeout,
                minBodyRate,
                drainDelay,
                drain,
                cors,
                loops,
                List.of(),
                shed,
                List.of());
    }

    /** Whether callers must send a key. */
    public boolean needsKey() {
        return apiKey != null
                || tenants.stream().anyMatch(tenant -> !tenant.keys().isEmpty());
    }

    public static ServerConfig defaults() {
        return new ServerConfig(
                InetSocketAddress.createUnresolved("127.0.0.1", 8080),
                InetSocketAddress.createUnresolved("127.0.0.1", 9090),
                null,
                null,
                null,
                32L << 20,
                32 << 10,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                1024,
                Duration.ofSeconds(5),
                Duration.ofSeconds(120),
                List.of(),
                0,
                ShedSettings.DEFAULT);
    }
}
