// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** The address of a listener: {@code 127.0.0.1:9090}, {@code [::1]:9090}, {@code localhost:9090}. */
record HostPort(Host host, int port) {

    static @Nullable HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            return null;
        }
        String name = text.substring(0, colon);
        boolean bracketed = name.startsWith("[") && name.endsWith("]");
        // Without brackets nobody can say where an IPv6 address ends and the port begins.
        Host host = name.indexOf(':') >= 0 && !bracketed ? null : Host.parse(name);
        long port = Digits.parse(text.substring(colon + 1));
        return host == null || port < 0 || port > 65535 ? null : new HostPort(host, (int) port);
    }

    @Override
    public String toString() {
        return (host.name().indexOf(':') >= 0 ? "[" + host.name() + "]" : host.name()) + ":" + port;
    }
}
