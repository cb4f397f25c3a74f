// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where a Redis server is. Only this may be printed of an address, which may hold a password. */
record RedisAddress(String host, int port, boolean tls) {

    private static final int PORT = 6379;

    /** @throws IllegalArgumentException when it is none; the message does not repeat it */
    static RedisAddress of(Secret url) {
        String flaw = flawOf(url);
        if (flaw != null) {
            throw new IllegalArgumentException("the address of Redis " + flaw);
        }
        URI uri = URI.create(url.reveal());
        return new RedisAddress(
                uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort(), "rediss".equals(uri.getScheme()));
    }

    /** Null where the address can be used. */
    static @Nullable String flawOf(Secret url) {
        URI uri;
        try {
            uri = new URI(url.reveal());
        } catch (URISyntaxException e) {
            return "is no URL (expected: redis://host:port, with user:password@ where needed, percent-encoded)";
        }
        if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
            return "begins with neither redis:// nor rediss://";
        }
        if (uri.getHost() == null) {
            return "has no host";
        }
        String path = Objects.requireNonNullElse(uri.getPath(), "");
        if (!path.matches("/?|/\\d{1,4}")) {
            return "ends with something else than the number of a database";
        }
        return null;
    }

    /** What may be said of a failure: not the text of a stranger, which may repeat what it was sent, but what kind it is. */
    static String told(Throwable failure) {
        String text = Objects.requireNonNullElse(failure.getMessage(), "");
        int end = 0;
        while (end < text.length() && end < 24 && text.charAt(end) >= 'A' && text.charAt(end) <= 'Z') {
            end++;
        }
        // An error of Redis begins with its name: WRONGPASS, NOAUTH, OOM, READONLY.
        boolean named = end >= 3 && (end == text.length() || text.charAt(end) == ' ');
        return named ? text.substring(0, end) : failure.getClass().getSimpleName();
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
