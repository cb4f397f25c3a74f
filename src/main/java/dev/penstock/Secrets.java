// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The keys that callers send to this installation and that it sends to providers: those that a person may paste into a prompt. */
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
        Stream<Secret> providers = snapshot.providers().values().stream()
                .flatMap(provider -> Stream.concat(
                        Stream.ofNullable(provider.apiKey()),
                        provider.apiKeys().stream().map(key -> key.secret())));
        return Stream.of(own, tenants, providers).flatMap(all -> all).distinct().toList();
    }
}
