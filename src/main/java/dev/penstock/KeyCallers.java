// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AdminAccess;
import dev.penstock.admin.AdminCaller;
import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.Verdict;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Right;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Callers of the admin API by their keys: the same keys that open the other listener, and what their roles say. */
final class KeyCallers implements AdminAccess.Callers {

    /**
     * Keys of one configuration.
     *
     * @param version of that, a hash of all its values
     */
    private record Known(String version, GatewayKey keys) {}

    private final VirtualKeys virtual;
    private final Supplier<Snapshot> config;
    private volatile Known known;

    KeyCallers(VirtualKeys virtual, Supplier<Snapshot> config) {
        this.virtual = virtual;
        this.config = config;
        this.known = read(config.get());
    }

    private Known read(Snapshot now) {
        return new Known(
                now.version(),
                GatewayKey.of(
                        now.server().apiKey(),
                        now.server().tenants(),
                        now.access().roles(),
                        virtual));
    }

    @Override
    public @Nullable AdminCaller of(String key, Supplier<@Nullable String> address) {
        Snapshot now = config.get();
        Known current = known;
        if (!current.version().equals(now.version())) {
            current = read(now);
            known = current;
        }
        return switch (current.keys().owner(key, address)) {
            case Verdict.Allowed allowed -> new AdminCaller(actor(allowed.who()), rights(allowed));
            case Verdict.Refused refused
            when refused.error().kind() == GatewayError.Kind.FORBIDDEN -> new AdminCaller("", Set.of());
            case Verdict.Refused refused -> null;
        };
    }

    private static String actor(Identity who) {
        return who.keyId().isEmpty() ? "server.api_key" : "key " + who.keyId();
    }

    private static Set<Right> rights(Verdict.Allowed allowed) {
        return Arrays.stream(Right.values()).filter(allowed.grant()::may).collect(Collectors.toSet());
    }
}
