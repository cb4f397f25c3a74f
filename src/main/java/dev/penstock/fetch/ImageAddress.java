// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import dev.penstock.config.FetchConfig;
import dev.penstock.config.NetworkBlock;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An address that a client wrote, taken apart once: what is judged here is what is looked up and called later. Anything that two
 * readers could take for two different hosts is no address at all.
 *
 * @param host in lower case; an IPv6 address in brackets
 * @param url the whole, in one spelling
 */
record ImageAddress(boolean tls, String host, int port, URI url) {

    private static final int LONGEST = 4_096;

    /** Null for what is no plain http or https address. */
    static @Nullable ImageAddress read(String text) {
        // Java takes letters of all alphabets; on the wire there are only these.
        if (text.length() > LONGEST || !text.chars().allMatch(c -> c > ' ' && c < 127)) {
            return null;
        }
        try {
            return of(new URI(text));
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static @Nullable ImageAddress of(URI uri) throws URISyntaxException {
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        boolean web = tls || "http".equalsIgnoreCase(uri.getScheme());
        if (!web || uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            return null;
        }
        int port = uri.getPort() < 0 ? tls ? 443 : 80 : uri.getPort();
        if (port < 1 || port > 65535) {
            return null;
        }
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String begin = (tls ? "https://" : "http://") + host;
        boolean usual = port == (tls ? 443 : 80);
        return new ImageAddress(tls, host, port, new URI(begin + (usual ? "" : ":" + port) + path + query));
    }

    boolean isAllowed(FetchConfig config) {
        return config.hosts().stream().anyMatch(allowed -> allowed.covers(tls, host, port));
    }

    /** The address of the network where one stands in the place of a name; only ever in the spelling in which a list can hold it. */
    @Nullable
    InetAddress literal() {
        return NetworkBlock.literal(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    }
}
