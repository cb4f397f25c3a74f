// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

import io.vertx.core.buffer.Buffer;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request of Penstock's own.
 *
 * @param method such as GET
 * @param url absolute, http or https, without user information
 * @param headers name to value
 * @param body sent as it is, or null for none; not copied
 * @param maxBytes most bytes of an answer's body; more is a failure
 * @param timeout for the whole of it, from connecting to the last byte
 * @param pinned the address to connect to, whatever the name in {@code url} resolves to by now; null to resolve it. The name
 *     still stands in the header and is what a certificate is checked against
 */
public record SideCall(
        String method,
        URI url,
        Map<String, String> headers,
        @Nullable Buffer body,
        int maxBytes,
        Duration timeout,
        @Nullable InetAddress pinned) {

    private static final int SMALL = 256 << 10;

    public SideCall {
        headers = Map.copyOf(headers);
        boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!web || url.getHost() == null || url.getRawUserInfo() != null) {
            throw new IllegalArgumentException("not an absolute address of the web");
        }
    }

    /** For an answer of at most 256 KiB, such as credentials. */
    public static SideCall get(URI url, Map<String, String> headers, Duration timeout) {
        return new SideCall("GET", url, headers, null, SMALL, timeout, null);
    }

    /** As {@link #get}, with a method and a body. */
    public static SideCall small(
            String method, URI url, Map<String, String> headers, @Nullable Buffer body, Duration timeout) {
        return new SideCall(method, url, headers, body, SMALL, timeout, null);
    }
}
