// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ShedSettings;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** From {@code server} in the file to {@link ServerConfig}, secure by default. */
final class ServerSection {

    private final FileForm.Server form;
    private final Map<String, FileForm.Tenant> tenants;
    private final Binder binder;
    private final Map<String, String> env;
    private final @Nullable Secret generatedKey;
    private final Problems problems;
    private final Map<String, String> origins;

    ServerSection(
            FileForm.Server form,
            Map<String, FileForm.Tenant> tenants,
            Binder binder,
            Map<String, String> env,
            @Nullable Secret generatedKey,
            Problems problems,
            Map<String, String> origins) {
        this.form = form;
        this.tenants = tenants;
        this.binder = binder;
        this.env = env;
        this.generatedKey = generatedKey;
        this.problems = problems;
        this.origins = origins;
    }

    ServerConfig assemble(boolean realProviders) {
        Secret apiKey = secret("server.api_key", form.apiKey(), "PENSTOCK_API_KEY", generatedKey);
        Secret adminToken = secret("server.admin_token", form.adminToken(), "PENSTOCK_ADMIN_TOKEN", null);
        refuseOpenDoor(apiKey, realProviders);
        List<TenantConfig> customers = new TenantSection(tenants, apiKey, binder, problems).assemble();
        refuseOpenAdmin(adminToken);
        refuseSharedAddress();
        return new ServerConfig(
                InetSocketAddress.createUnresolved(form.host().name(), form.port()),
                InetSocketAddress.createUnresolved(
                        form.admin().host().name(), form.admin().port()),
                adminToken,
                apiKey,
                tls(),
                form.maxBody().bytes(),
                (int) form.maxHeaders().bytes(),
                form.headTimeout(),
                form.bodyTimeout(),
                form.minBodyRate().bytes(),
                form.drainDelay(),
                form.drain(),
                form.cors().stream()
                        .filter(o -> o != null)
                        .map(CorsOrigin::text)
                        .toList(),
                form.loops(),
                customers,
                new ShedSettings(form.shed().lag(), form.shed().heap().value(), (int)
                        form.shed().exchanges().value()),
                form.trustedProxies().stream().filter(Objects::nonNull).toList());
    }

    private @Nullable Secret secret(
            String path, @Nullable Secret written, String variable, @Nullable Secret otherwise) {
        if (written != null || binder.has(path)) {
            return written;
        }
        String value = env.get(variable);
        if (value != null) {
            origins.put(path, variable);
            // An empty variable is refused rather than ignored: it would silently open the door that it was meant to
            // close.
            return Binder.isSendable(value, Source.of(variable), path, problems) ? Secret.of(value) : null;
        }
        if (otherwise != null) {
            origins.put(path, "--generate-key");
        }
        return otherwise;
    }

    private void refuseOpenDoor(@Nullable Secret apiKey, boolean realProviders) {
        boolean keyMeant = apiKey != null
                || binder.has("server.api_key")
                || env.containsKey("PENSTOCK_API_KEY")
                || binder.has("auth.oidc")
                || (binder.has("auth.issuers") && !binder.isNothing("auth.issuers"))
                || binder.has("auth.session")
                || tenants.values().stream().anyMatch(tenant -> !tenant.keys().isEmpty());
        if (keyMeant
                || form.open()
                || !realProviders
                || Host.isLoopback(form.host().name())) {
            return;
        }
        problems.unexpected(
                binder.at("server.host"),
                "server.host",
                binder.shown("server.host")
                        + " can be reached from the network, a provider is configured and callers need no key",
                "one of: a key in server.api_key or PENSTOCK_API_KEY; a new one by penstock serve --generate-key;"
                        + " server.open: true to serve everyone");
    }

    private void refuseOpenAdmin(@Nullable Secret adminToken) {
        boolean tokenMeant =
                adminToken != null || binder.has("server.admin_token") || env.containsKey("PENSTOCK_ADMIN_TOKEN");
        if (!tokenMeant && !Host.isLoopback(form.admin().host().name())) {
            problems.unexpected(
                    binder.at("server.admin"),
                    "server.admin",
                    binder.shown("server.admin") + " can be reached from the network and has no token",
                    "a loopback address, or a token in server.admin_token or PENSTOCK_ADMIN_TOKEN");
        }
    }

    private void refuseSharedAddress() {
        if (form.port() != 0
                && form.port() == form.admin().port()
                && form.host().equals(form.admin().host())) {
            problems.unexpected(
                    binder.at(binder.has("server.admin") ? "server.admin" : "server.port"),
                    "server.admin",
                    "the address of the API",
                    "an address of its own");
        }
    }

    private @Nullable TlsConfig tls() {
        FileForm.Tls tls = form.tls();
        if (tls == null || tls.cert() == null || tls.key() == null) {
            return null;
        }
        return new TlsConfig(
                readable("server.tls.cert", tls.cert(), binder, problems),
                readable("server.tls.key", tls.key(), binder, problems));
    }

    /** A relative path starts at the folder of the file that names it. */
    static Path readable(String path, Path value, Binder binder, Problems problems) {
        Source source = binder.at(path);
        Path file = source.resolve(value);
        if (!Files.isReadable(file)) {
            problems.unexpected(source, path, binder.shown(path), "a file that can be read");
        }
        return file;
    }
}
