// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import java.nio.charset.StandardCharsets;

/**
 * A model's name as one segment of a path. Everything but the unreserved characters of RFC 3986, section 2.3, is encoded. Dot
 * segments are refused: encoding cannot hide them from a server that decodes before it normalises, and the name, which a
 * client may choose, would lead the provider's key to another API of that provider.
 */
final class PathSegment {

    private static final String HEX = "0123456789ABCDEF";

    private PathSegment() {}

    /**
     * The encoded name.
     *
     * @throws GatewayError of kind INVALID_REQUEST when a part of the name is a dot segment
     */
    static String of(String name) {
        refuseDots(name);
        StringBuilder out = new StringBuilder(name.length() + 16);
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            if (isUnreserved(b)) {
                out.append((char) b);
            } else {
                out.append('%').append(HEX.charAt((b >> 4) & 15)).append(HEX.charAt(b & 15));
            }
        }
        return out.toString();
    }

    private static boolean isUnreserved(byte b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '.'
                || b == '_'
                || b == '~';
    }

    private static void refuseDots(String name) {
        int from = 0;
        for (int i = 0; i <= name.length(); i++) {
            if (i == name.length() || name.charAt(i) == '/' || name.charAt(i) == '\\') {
                if (isDots(name, from, i)) {
                    throw GatewayError.builder(
                                    Kind.INVALID_REQUEST, "The name of the model cannot be sent to this provider.")
                            .param("model")
                            .build();
                }
                from = i + 1;
            }
        }
    }

    private static boolean isDots(String name, int from, int to) {
        int length = to - from;
        return (length == 1 || length == 2) && name.charAt(from) == '.' && name.charAt(to - 1) == '.';
    }
}
