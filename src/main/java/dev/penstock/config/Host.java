// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A name or an address to listen on. Never looked up here: the configuration must not depend on a name server. */
record Host(String name) {

    static @Nullable Host parse(String text) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        if (NetUtil.isValidIpV6Address(bare) || NetUtil.isValidIpV4Address(bare)) {
            return new Host(bare);
        }
        return isName(text) ? new Host(text) : null;
    }

    /** Letters, digits, dash and dot (RFC 1123, section 2.1); an address with a wrong number is not taken for a name. */
    private static boolean isName(String text) {
        boolean letters = text.chars().anyMatch(Character::isLetter);
        boolean allowed = text.chars()
                .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '.' || c == '_'));
        return letters && allowed && text.length() <= 253 && !text.startsWith(".") && !text.startsWith("-");
    }

    /** Whether only this machine can connect. A name that is not known to be local counts as reachable. */
    static boolean isLoopback(String host) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        if (address == null) {
            String name = host.toLowerCase(Locale.ROOT);
            return name.equals("localhost") || name.endsWith(".localhost");
        }
        try {
            return InetAddress.getByAddress(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
