// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where images may be fetched from: {@code cdn.example.com}, {@code *.images.example.com}, {@code cdn.example.com:8443},
 * {@code http://images.internal:8080}. An address counts as a name of its own: it is only ever allowed as it is written here.
 *
 * @param cleartext whether http will do; https always does
 * @param below whether the names below {@code name} are meant, and not itself
 * @param name in lower case; an IPv6 address in brackets
 * @param port or 0 for the usual one of the scheme
 */
public record FetchHost(boolean cleartext, boolean below, String name, int port) {

    private static final String HTTP = "http://";
    private static final String HTTPS = "https://";

    static @Nullable FetchHost parse(String text) {
        String rest = text.toLowerCase(Locale.ROOT);
        boolean cleartext = rest.startsWith(HTTP);
        if (cleartext || rest.startsWith(HTTPS)) {
            rest = rest.substring(cleartext ? HTTP.length() : HTTPS.length());
        }
        int colon = rest.indexOf(':', rest.startsWith("[") ? rest.indexOf(']') + 1 : 0);
        long port = 0;
        if (colon >= 0) {
            port = Digits.parse(rest.substring(colon + 1));
            if (port < 1 || port > 65535) {
                return null;
            }
            rest = rest.substring(0, colon);
        }
        boolean below = rest.startsWith("*.");
        String name = below ? rest.substring(2) : rest;
        boolean known = below ? isName(name) && name.indexOf('.') > 0 : isName(name) || isAddress(name);
        return known ? new FetchHost(cleartext, below, name, (int) port) : null;
    }

    /**
     * Whether an address on the web with these parts is meant.
     *
     * @param tls whether it is https
     * @param host in lower case, as it stands in the address
     * @param atPort the one that would be connected to
     */
    public boolean covers(boolean tls, String host, int atPort) {
        int expected = port > 0 ? port : tls ? 443 : 80;
        if ((!tls && !cleartext) || atPort != expected) {
            return false;
        }
        return below ? host.length() > name.length() + 1 && host.endsWith("." + name) : host.equals(name);
    }

    /** Dots between labels (RFC 1123, section 2.1), the last of which begins with a letter: a number there makes an address of it. */
    private static boolean isName(String text) {
        if (text.length() > 253) {
            return false;
        }
        String[] labels = text.split("\\.", -1);
        for (String label : labels) {
            boolean plain = label.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
            if (!plain || label.isEmpty() || label.length() > 63 || label.startsWith("-") || label.endsWith("-")) {
                return false;
            }
        }
        return Character.isLetter(labels[labels.length - 1].charAt(0));
    }

    private static boolean isAddress(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        String bare = bracketed ? text.substring(1, text.length() - 1) : text;
        return bracketed == bare.indexOf(':') >= 0 && NetworkBlock.literal(bare) != null;
    }

    @Override
    public String toString() {
        return (cleartext ? HTTP : "") + (below ? "*." : "") + name + (port > 0 ? ":" + port : "");
    }
}
