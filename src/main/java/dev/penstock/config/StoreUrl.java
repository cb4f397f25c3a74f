// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.StorageConfig.Place;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * {@code sqlite:/path/to/file}, {@code postgresql://user:password@host/database} or {@code none}. Its text is without the password.
 *
 * @param place a path in it may still be relative
 */
record StoreUrl(Place place) {

    private static final int USUAL_PORT = 5432;

    static @Nullable StoreUrl parse(String text) {
        if (text.equals("none")) {
            return new StoreUrl(new Place.Nowhere());
        }
        if (text.startsWith("sqlite:")) {
            return sqlite(text.substring("sqlite:".length()));
        }
        boolean postgres = text.startsWith("postgresql://") || text.startsWith("postgres://");
        Place place = postgres ? postgres(text) : null;
        return place == null ? null : new StoreUrl(place);
    }

    /** How a value that may be wrong is shown: one with a user in it has a password in it too, perhaps in an odd place. */
    static String shown(String text) {
        return text.indexOf('@') >= 0 ? "a URL with user and password" : Binder.show(text);
    }

    private static @Nullable StoreUrl sqlite(String rest) {
        String path = rest.startsWith("//") ? rest.substring(2) : rest;
        if (path.isBlank() || path.startsWith(":") || path.endsWith("/")) {
            return null;
        }
        try {
            return new StoreUrl(new Place.SqliteFile(Path.of(path), true));
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static @Nullable Place postgres(String text) {
        try {
            URI uri = new URI(text);
            String path = uri.getRawPath() == null ? "" : uri.getRawPath();
            String database = path.startsWith("/") ? decoded(path.substring(1)) : "";
            boolean bare = uri.getRawFragment() == null && uri.getPort() != 0 && uri.getPort() <= 65535;
            if (uri.getHost() == null || database.isEmpty() || database.contains("/") || !bare) {
                return null;
            }
            String login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
            int colon = login.indexOf(':');
            String user = decoded(colon < 0 ? login : login.substring(0, colon));
            Secret password = colon < 0 ? null : Secret.of(decoded(login.substring(colon + 1)));
            int port = uri.getPort() < 0 ? USUAL_PORT : uri.getPort();
            return options(
                    new Place.Postgres(uri.getHost(), port, database, user, password, StorageConfig.Tls.PREFER, null),
                    uri.getRawQuery());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Place options(Place.Postgres place, @Nullable String query) {
        StorageConfig.Tls tls = place.tls();
        Path rootCert = null;
        for (String option : query == null ? new String[0] : query.split("&", -1)) {
            String value = decoded(option.substring(option.indexOf('=') + 1));
            if (option.startsWith("sslmode=")) {
                tls = tls(value);
            } else if (option.startsWith("sslrootcert=") && !value.isBlank()) {
                rootCert = Path.of(value);
            } else {
                return null;
            }
        }
        return tls == null
                ? null
                : new Place.Postgres(
                        place.host(), place.port(), place.database(), place.user(), place.password(), tls, rootCert);
    }

    private static StorageConfig.@Nullable Tls tls(String label) {
        for (StorageConfig.Tls tls : StorageConfig.Tls.values()) {
            if (tls.label().equals(label)) {
                return tls;
            }
        }
        return null;
    }

    /** A plus is a plus here, not a blank. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return place.toString();
    }
}
