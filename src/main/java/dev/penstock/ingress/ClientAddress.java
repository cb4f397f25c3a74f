// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.config.NetworkBlock;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From which address a call comes. It is that of the connection, unless a proxy of the configuration is at its other end: then the
 * one that the proxy wrote last into {@code x-forwarded-for}, and on to the left while that is again such a proxy. What stands further
 * left is the word of a stranger, whatever it looks like. {@code Forwarded} (RFC 7239) and all other fields are not read.
 *
 * @param trusted the proxies; none where clients connect themselves
 */
record ClientAddress(List<NetworkBlock> trusted) {

    /** Nobody is believed. */
    static final ClientAddress OF_CONNECTION = new ClientAddress(List.of());

    private static final String FORWARDED_FOR = "x-forwarded-for";
    /** Nobody has so many proxies of his own one behind the other. */
    private static final int MOST_HOPS = 32;

    ClientAddress {
        trusted = List.copyOf(trusted);
    }

    /** The address as text, in one spelling; empty where the connection has none. */
    String of(HttpServerRequest request) {
        SocketAddress other = request.remoteAddress();
        String peer = other == null ? null : other.hostAddress();
        return peer == null ? "" : of(peer, request.headers().getAll(FORWARDED_FOR));
    }

    /** @param lines of the field, in the order in which they came */
    String of(String peer, List<String> lines) {
        InetAddress from = NetworkBlock.address(peer);
        if (from == null) {
            return peer;
        }
        if (isTrusted(from) && !lines.isEmpty()) {
            from = beyond(from, String.join(",", lines));
        }
        return from.getHostAddress();
    }

    private InetAddress beyond(InetAddress proxy, String field) {
        InetAddress from = proxy;
        int end = field.length();
        for (int hop = 0; hop < MOST_HOPS && end >= 0 && isTrusted(from); hop++) {
            int comma = field.lastIndexOf(',', end - 1);
            InetAddress said = hop(field.substring(comma + 1, end).strip());
            if (said == null) {
                // The proxy does not know, or does not say it in words that can be counted by.
                return from;
            }
            from = said;
            end = comma;
        }
        return from;
    }

    /** Some proxies write the port as well. */
    private static @Nullable InetAddress hop(String text) {
        int close = text.indexOf(']');
        if (text.startsWith("[") && close > 0) {
            return NetworkBlock.address(text.substring(1, close));
        }
        int colon = text.indexOf(':');
        boolean withPort = colon > 0 && text.indexOf(':', colon + 1) < 0;
        return NetworkBlock.address(withPort ? text.substring(0, colon) : text);
    }

    private boolean isTrusted(InetAddress address) {
        for (NetworkBlock network : trusted) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
