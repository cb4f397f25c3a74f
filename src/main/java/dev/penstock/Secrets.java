// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.AuditConfig;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The keys that callers send to this installation, and those that it shows to others: whatever of it a person may paste into a prompt. */
final class Secrets {

    private Secrets() {}

    static List<Secret> of(Snapshot snapshot) {
        ServerConfig server = snapshot.server();
        Stream<Secret> own = Stream.of(
                        server.adminToken(),
                        server.apiKey(),
                        snapshot.access().auth().pepper())
                .filter(Objects::nonNull);
        Stream<Secret> tenants = server.tenants().stream()
                .flatMap(tenant -> tenant.keys().stream().map(key -> key.secret()));
        Stream<Secret> providers = snapshot.providers().values().stream().flatMap(provider -> Stream.of(
                        Stream.ofNullable(provider.apiKey()),
                        provider.apiKeys().stream().map(key -> key.secret()),
                        aws(provider.extras().awsKeys()))
                .flatMap(all -> all));
        AuditConfig.Anchor anchor = snapshot.observability().audit().anchor();
        AuditConfig.Bucket bucket = anchor.s3();
        Stream<Secret> anchors =
                Stream.concat(Stream.ofNullable(anchor.secret()), bucket == null ? Stream.of() : aws(bucket.keys()));
        Stream<Secret> alerts = snapshot.observability().alerts().to().stream()
                .flatMap(receiver -> Stream.ofNullable(receiver.secret()));
        return Stream.of(own, tenants, providers, anchors, alerts)
                .flatMap(all -> all)
                .distinct()
                .toList();
    }

    private static Stream<Secret> aws(@Nullable AwsKeys keys) {
        return keys == null
                ? Stream.of()
                : Stream.of(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken())
                        .filter(Objects::nonNull);
    }
}
