// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Right;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.exchange.Timeouts;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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

    private static final Set<String> OWN_AFFAIRS = Set.of(
            "server.port",
            "server.host",
            "server.admin",
            "cluster.members",
            "cluster.interface",
            "cluster.port",
            "cluster.bus_port",
            "cluster.public_address",
            "cluster.bus_public_address",
            "storage.url",
            "observability.audit.dir");

    private final Map<String, Value> lines = new LinkedHashMap<>();

    private Effective() {}

    static Map<String, Value> of(
            ServerConfig server,
            Map<String, ProviderConfig> providers,
            Map<String, ModelConfig> models,
            Map<String, StaticAnswer> statics,
            Map<String, AnswerRules> rules,
            FetchConfig fetch,
            ClusterConfig cluster,
            AccessConfig access,
            ObservabilityConfig observability) {
        Effective effective = new Effective();
        effective.server(server);
        server.tenants().forEach(effective::tenant);
        providers.forEach((name, provider) -> effective.provider(Paths.child("providers", name), provider));
        models.forEach((name, model) -> effective.model(Paths.child("models", name), model));
        statics.forEach((name, answer) -> effective.answer(Paths.child("static", name), answer));
        rules.forEach((name, list) -> effective.rules(Paths.child("rules", name), list));
        effective.fetch(fetch);
        effective.cluster(cluster);
        effective.limits(access.limits(), server.tenants(), providers);
        SwitchesSection.lines(access.switches()).forEach(effective::put);
        AuthSection.lines(access.auth()).forEach(effective::put);
        effective.secret("auth.pepper", access.auth().pepper());
        access.roles().roles().forEach((name, role) -> effective.role(Paths.child("roles", name), role));
        IdempotencySection.lines(access.idempotency()).forEach(effective::put);
        effective.storage(access.storage());
        LedgerSection.lines(observability.ledger()).forEach(effective::put);
        effective.audit(observability.audit());
        TelemetrySection.lines(observability.telemetry()).forEach(effective::put);
        TelemetrySection.secrets(observability.telemetry()).forEach(effective::secret);
        effective.alerts(observability.alerts());
        return effective.lines;
    }

    static Map<String, Value> of(Snapshot snapshot) {
        return of(
                snapshot.server(),
                snapshot.providers(),
                snapshot.models(),
                snapshot.statics(),
                snapshot.rules(),
                snapshot.fetch(),
                snapshot.cluster(),
                snapshot.access(),
                snapshot.observability());
    }

    /**
     * Twelve hex digits that are equal where all values are equal, wherever they were written. Where a node listens is its own
     * affair: two nodes on one machine have different ports and the same configuration.
     */
    static String version(Map<String, Value> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach((path, value) -> {
            if (!OWN_AFFAIRS.contains(path)) {
                text.append(path).append('\u0000').append(value.identity()).append('\n');
            }
        });
        return sha256(text.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 12);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void alerts(AlertsConfig alerts) {
        AlertsSection.lines(alerts).forEach(this::put);
        for (int i = 0; i < alerts.to().size(); i++) {
            AlertReceiver receiver = alerts.to().get(i);
            secret(AlertsSection.secretPath(i, receiver.type()), receiver.secret());
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
        list(
                "server.trusted_proxies",
                server.trustedProxies().stream().map(NetworkBlock::toString).toList());
        put("server.shed.lag", server.shed().lag());
        put("server.shed.heap", Share.of(server.shed().heap()));
        put("server.shed.exchanges", server.shed().exchanges());
    }

    private void tenant(TenantConfig tenant) {
        String path = Paths.child("tenants", tenant.name());
        if (!tenant.region().isEmpty()) {
            put(path + ".region", tenant.region());
        }
        ContentSection.lines(path, tenant.content()).forEach(this::put);
        for (int i = 0; i < tenant.keys().size(); i++) {
            TenantConfig.Key key = tenant.keys().get(i);
            put(path + ".keys[" + i + "].id", key.id());
            secret(path + ".keys[" + i + "].secret", key.secret());
            if (!key.role().isEmpty()) {
                put(path + ".keys[" + i + "].role", key.role());
            }
            put(path + ".keys[" + i + "].expires", key.expires());
            list(path + ".keys[" + i + "].models", key.models());
            list(path + ".keys[" + i + "].features", key.features());
            list(path + ".keys[" + i + "].ips", key.ips());
        }
    }

    /** The rights in the order of the enum, whatever order the file has. */
    private void role(String path, RolesConfig.Role role) {
        list(path + ".may", role.may().stream().sorted().map(Right::label).toList());
        list(path + ".models", role.models());
        list(path + ".features", role.features());
        list(path + ".tools", role.tools());
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
        for (int i = 0; i < model.choices().size(); i++) {
            String entry = path + ".targets[" + i + "]";
            target(model.choices(), i).forEach((key, value) -> put(entry + key, value));
        }
        put(path + ".strategy", model.balance().strategy());
        if (model.balance().strategy() == Strategy.STICKY) {
            put(path + ".sticky.by", model.balance().stickyBy());
        }
        Timeouts timeouts = model.timeouts();
        put(path + ".timeouts.connect", timeouts.connect());
        put(path + ".timeouts.first_token", timeouts.firstToken());
        put(path + ".timeouts.answer", timeouts.answer());
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
        ResilienceEntry.lines(model.resilience()).forEach((key, value) -> put(path + "." + key, value));
    }

    /**
     * What there is to say of one target beside its name, by keys that begin with a dot. Tiers and weights are only worth a
     * line where the targets do not simply follow each other.
     */
    static Map<String, Object> target(List<TargetChoice> choices, int index) {
        TargetChoice choice = choices.get(index);
        Map<String, Object> lines = new LinkedHashMap<>();
        if (!ModelConfig.isInOrder(choices)) {
            lines.put(".tier", choice.tier());
            lines.put(".weight", choice.weight());
        }
        if (choice.when() != null) {
            lines.put(".when", choice.when().text());
        }
        if (choice.contextWindow() > 0) {
            lines.put(".context_window", choice.contextWindow());
        }
        TargetCost cost = choice.cost();
        if (cost != null) {
            lines.put(".cost.input", Usd.ofNanos(cost.inputNanos()));
            lines.put(".cost.output", Usd.ofNanos(cost.outputNanos()));
        }
        TargetEdits edits = choice.edits();
        // A map without an order of its own: the version must not depend on it.
        new TreeMap<>(edits.set())
                .forEach((name, value) -> lines.put(Paths.child(".params", name), Params.text(value)));
        if (edits.dropTools()) {
            lines.put(".simplify.tools", ModelForm.Simplify.Tools.DROP);
        }
        if (edits.dropStructuredOutput()) {
            lines.put(".simplify.output", ModelForm.Simplify.Output.TEXT);
        }
        if (edits.maxTokens() > 0) {
            lines.put(".simplify.max_tokens", edits.maxTokens());
        }
        if (edits.history() > 0) {
            lines.put(".simplify.history", edits.history());
        }
        return lines;
    }

    private void answer(String path, StaticAnswer answer) {
        put(path + ".text", answer.text());
        if (answer.degraded()) {
            put(path + ".marker", "degraded");
        }
    }

    private void rules(String path, AnswerRules list) {
        int index = 0;
        for (AnswerRules.Rule rule : list.rules()) {
            String place = path + "[" + index++ + "]";
            put(place + ".when", rule.when() == null ? null : rule.when().text());
            put(place + ".answer", rule.answer().text());
        }
    }

    private void fetch(FetchConfig fetch) {
        list("fetch.hosts", fetch.hosts());
        put("fetch.max", new ByteSize(fetch.maxBytes()));
        put("fetch.timeout", fetch.timeout());
        list("fetch.private_networks", fetch.privateNetworks());
    }

    /** Of a node alone only that it is; the other keys would say nothing. */
    private void cluster(ClusterConfig cluster) {
        put("cluster.enabled", cluster.enabled());
        if (!cluster.enabled()) {
            return;
        }
        put("cluster.name", cluster.name());
        put("cluster.discovery", cluster.discovery().name().toLowerCase(Locale.ROOT));
        list(
                "cluster.members",
                cluster.members().stream().map(Effective::address).toList());
        if (!cluster.service().isEmpty()) {
            put("cluster.service", cluster.service());
        }
        put("cluster.interface", new BindNetwork(cluster.network()));
        put("cluster.port", cluster.port());
        put("cluster.bus_port", cluster.busPort());
        if (cluster.publicAddress() != null) {
            put("cluster.public_address", address(cluster.publicAddress()));
        }
        if (cluster.busPublicAddress() != null) {
            put("cluster.bus_public_address", address(cluster.busPublicAddress()));
        }
        put("cluster.required", cluster.required());
        put("cluster.join_timeout", cluster.joinTimeout());
    }

    private void limits(LimitsConfig limits, List<TenantConfig> tenants, Map<String, ProviderConfig> providers) {
        switch (limits.store()) {
            case LimitsConfig.Store.Cluster cluster -> put("limits.store", "cluster");
            case LimitsConfig.Store.Redis redis -> secret("limits.store", redis.url());
        }
        LimitLines.of(limits, tenants, providers).forEach(this::put);
        if (!limits.prices().file().isEmpty()) {
            lines.put(
                    "prices", new Value(limits.prices().file(), limits.prices().fingerprint()));
        }
    }

    private void storage(StorageConfig storage) {
        String place = storage.place().toString();
        Secret password = storage.place() instanceof StorageConfig.Place.Postgres postgres ? postgres.password() : null;
        String hash = password == null ? "" : sha256(password.reveal().getBytes(StandardCharsets.UTF_8));
        lines.put("storage.url", new Value(place, place + hash));
        if (storage.isKept()) {
            put("storage.migrate", storage.migrate());
            StorageConfig.Retention retention = storage.retention();
            put("storage.retention.requests", new Age(retention.requests()));
            put("storage.retention.minutes", new Age(retention.minutes()));
            put("storage.retention.hours", new Age(retention.hours()));
            put("storage.retention.days", new Age(retention.days()));
            put("storage.retention.audit", new Age(retention.audit()));
        }
    }

    private void audit(AuditConfig audit) {
        AuditSection.lines(audit).forEach(this::put);
        secret("observability.audit.anchor.secret", audit.anchor().secret());
        URI put = audit.anchor().put();
        secret("observability.audit.anchor.put", put == null ? null : Secret.of(put.toString()));
        AuditConfig.Bucket s3 = audit.anchor().s3();
        ProviderConfig.AwsKeys keys = s3 == null ? null : s3.keys();
        if (keys != null) {
            secret("observability.audit.anchor.s3.access_key_id", keys.accessKeyId());
            secret("observability.audit.anchor.s3.secret_access_key", keys.secretAccessKey());
            secret("observability.audit.anchor.s3.session_token", keys.sessionToken());
        }
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
