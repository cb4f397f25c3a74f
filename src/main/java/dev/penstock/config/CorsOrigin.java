// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** Who may call from a browser: {@code https://app.example.com}, or {@code *} for everyone. */
record CorsOrigin(String text) {

    static @Nullable CorsOrigin parse(String text) {
        if (text.equals("*")) {
            return new CorsOrigin(text);
        }
        try {
            URI uri = new URI(text);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            // An origin is scheme, host and port, and nothing after them (RFC 6454, section 6.2).
            boolean bare = uri.getRawPath() != null
                    && uri.getRawPath().isEmpty()
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null;
            return web && bare && uri.getHost() != null ? new CorsOrigin(text) : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
