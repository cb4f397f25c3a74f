// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Timeouts;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as lines of key and value. One list serves what is printed, what is compared on a reload and what the version
 * is a hash of, so that no key can be in one of them and missing in another.
 */
final class Effective {

    /**
     * One value.
     *
     * @param display for a person, secrets hidden
     * @param identity for comparison, secrets hashed
     */
    record Value(String display, String identity) {}

    private final Map<String, Value> lines = new LinkedHashMap<>();

    private Effective() {}

    static Map<String, Value> of(
            ServerConfig server,
            Map<String, ProviderConfig> providers,
            Map<String, ModelConfig> models,
            Map<String, StaticAnswer> statics,
            FetchConfig fetch) {
        Effective effective = new Effective();
        effective.server(server);
        providers.forEach((name, provider) -> effective.provider(Paths.child("providers", name), provider));
        models.forEach((name, model) -> effective.model(Paths.child("models", name), model));
        statics.forEach((name, answer) -> effective.answer(Paths.child("static", name), answer));
        effective.fetch(fetch);
        return effective.lines;
    }

    static Map<String, Value> of(Snapshot snapshot) {
        return of(snapshot.server(), snapshot.providers(), snapshot.models(), snapshot.statics(), snapshot.fetch());
    }

    /** Twelve hex digits that are equal where all values are equal, wherever they were written. */
    static String version(Map<String, Value> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach((path, value) ->
                text.append(path).append('\u0000').append(value.identity()).append('\n'));
        return sha256(text.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 12);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void server(ServerConfig server) {
        put("server.port", server.api().getPort());
        put("server.host", server.api().getHostString());
        put("server.admin", address(server.admin()));
        secret("server.admin_token", server.adminToken());
        secret("server.api_key", server.apiKey());
        if (server.tls() != null) {
            put("server.tls.cert", server.tls().cert());
            put("server.tls.key", server.tls().key());
        }
        put("server.max_body", new ByteSize(server.maxBodyBytes()));
        put("server.max_headers", new ByteSize(server.maxHeaderBytes()));
        put("server.head_timeout", server.headTimeout());
        put("server.body_timeout", server.bodyTimeout());
        put("server.min_body_rate", new ByteSize(server.minBodyRate()));
        put("server.drain_delay", server.drainDelay());
        put("server.drain", server.drain());
        list("server.cors", server.cors());
        put("server.loops", server.loops());
    }

    private static String address(InetSocketAddress address) {
        return new HostPort(new Host(address.getHostString()), address.getPort()).toString();
    }

    private void provider(String path, ProviderConfig provider) {
        put(path + ".type", provider.type());
        if (provider.type().usesNetwork()) {
            put(path + ".base_url", provider.baseUrl());
            secret(path + ".api_key", provider.apiKey());
            provider.apiKeys().forEach(key -> apiKey(Paths.child(path + ".api_keys", key.name()), key));
            put(path + ".http", http(provider.http()));
            put(path + ".pool", provider.pool());
            if (provider.schema() == ApiSchema.OPENAI_CHAT) {
                put(path + ".usage_in_stream", provider.usageInStream());
                put(path + ".responses", provider.extras().responses());
            }
            put(path + ".ca", provider.ca());
            extras(path, provider.extras());
        }
        list(path + ".models", provider.models());
        if (provider.type() == ProviderConfig.Type.DEMO) {
            put(path + ".tokens_per_second", provider.tokensPerSecond());
        }
    }

    private void apiKey(String path, ProviderConfig.ApiKey key) {
        secret(path + ".key", key.secret());
        put(path + ".weight", key.weight());
    }

    private void extras(String path, ProviderConfig.Extras extras) {
        if (!extras.apiVersion().isEmpty()) {
            put(path + ".api_version", extras.apiVersion());
        }
        if (extras.defaultMaxTokens() > 0) {
            put(path + ".default_max_tokens", extras.defaultMaxTokens());
        }
        if (!extras.region().isEmpty()) {
            put(path + ".region", extras.region());
        }
        ProviderConfig.Vertex vertex = extras.vertex();
        if (vertex != null) {
            put(path + ".project", vertex.project());
            put(path + ".location", vertex.location());
        }
        switch (extras.login()) {
            case AwsLogin aws
            when aws.profile().only() -> put(path + ".profile", aws.profile().name());
            case GoogleLogin google -> put(path + ".credentials", google.keyFile());
            case null, default -> {}
        }
        ProviderConfig.AwsKeys keys = extras.awsKeys();
        if (keys != null) {
            secret(path + ".access_key_id", keys.accessKeyId());
            secret(path + ".secret_access_key", keys.secretAccessKey());
            secret(path + ".session_token", keys.sessionToken());
        }
    }

    private static String http(ProviderConfig.Http http) {
        return switch (http) {
            case AUTO -> "auto";
            case HTTP_1_1 -> "1.1";
            case HTTP_2 -> "2";
        };
    }

    private void model(String path, ModelConfig model) {
        if (!model.name().equals("*")) {
            list(path + ".targets", model.targets());
        }
        Timeouts timeouts = model.timeouts();
        put(path + ".timeouts.connect", timeouts.connect());
        put(path + ".timeouts.first_token", timeouts.firstToken());
        put(path + ".timeouts.idle", timeouts.idle());
        put(path + ".timeouts.total", timeouts.total());
        StreamPolicy stream = model.stream();
        put(path + ".keep_alive", stream.keepAlive());
        put(path + ".early_commit", stream.earlyCommit());
        put(path + ".on_disconnect", stream.onDisconnect());
        put(path + ".write_stall", stream.writeStall());
        put(path + ".unsupported_params", model.unsupportedParams());
        put(path + ".max_event", new ByteSize(stream.maxEventBytes()));
        put(path + ".max_response", new ByteSize(stream.maxResponseBytes()));
    }

    private void answer(String path, StaticAnswer answer) {
        put(path + ".text", answer.text());
        if (answer.degraded()) {
            put(path + ".marker", "degraded");
        }
    }

    private void fetch(FetchConfig fetch) {
        list("fetch.hosts", fetch.hosts());
        put("fetch.max", new ByteSize(fetch.maxBytes()));
        put("fetch.timeout", fetch.timeout());
        list("fetch.private_networks", fetch.privateNetworks());
    }

    private void list(String path, List<?> values) {
        if (!values.isEmpty()) {
            put(path, values);
        }
    }

    private void put(String path, @Nullable Object value) {
        if (value != null) {
            String text = value instanceof Duration duration ? Durations.format(duration) : Binder.display(value);
            lines.put(path, new Value(text, text));
        }
    }

    private void secret(String path, @Nullable Secret secret) {
        if (secret != null) {
            String hash = sha256(secret.reveal().getBytes(StandardCharsets.UTF_8));
            lines.put(path, new Value(secret.toString(), hash));
        }
    }
}
