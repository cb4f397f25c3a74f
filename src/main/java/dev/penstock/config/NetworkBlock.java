// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses, as in {@code 10.1.0.0/16} or {@code fd00::/8}.
 *
 * @param base its first address
 * @param bits that all of its addresses have in common with that one
 */
public record NetworkBlock(InetAddress base, int bits) {

    /**
     * A block that is known to be one.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static NetworkBlock of(String text) {
        NetworkBlock block = parse(text);
        if (block == null) {
            throw new IllegalArgumentException("no network: " + text);
        }
        return block;
    }

    /** Null for what is none, also for an address in the middle of the network that its length would mean. */
    static @Nullable NetworkBlock parse(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0) {
            return null;
        }
        InetAddress base = literal(text.substring(0, slash));
        long bits = Digits.parse(text.substring(slash + 1));
        if (base == null || bits < 0 || bits > base.getAddress().length * 8L) {
            return null;
        }
        NetworkBlock block = new NetworkBlock(base, (int) bits);
        return block.isBegin() ? block : null;
    }

    /**
     * The address that this text is, in the one usual spelling of IPv4 and any of IPv6 that has no zone and no IPv4 address inside; null for
     * anything else. Nothing is looked up.
     */
    public static @Nullable InetAddress literal(String text) {
        byte[] bytes = text.indexOf('%') >= 0 ? null : NetUtil.createByteArrayFromIpAddressString(text);
        if (bytes == null) {
            return null;
        }
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            boolean four = text.indexOf(':') < 0;
            boolean same = four ? address.getHostAddress().equals(text) : !(address instanceof Inet4Address);
            return same && (four || text.indexOf('.') < 0) ? address : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /**
     * The address that a connection or a proxy names: as {@link #literal}, without the zone of a link, and with an IPv4 address inside of
     * IPv6 (RFC 4291 section 2.5.5.2) taken as what it is. Null for anything else. Nothing is looked up.
     */
    public static @Nullable InetAddress address(String text) {
        if (text.indexOf(':') < 0) {
            return literal(text);
        }
        int zone = text.indexOf('%');
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(zone < 0 ? text : text.substring(0, zone));
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    public boolean contains(InetAddress address) {
        return contains(address.getAddress());
    }

    /** Whether the address of these four or sixteen bytes, in the order of the network, lies in it. */
    public boolean contains(byte[] address) {
        byte[] mine = base.getAddress();
        if (mine.length != address.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (mine[i] != address[i]) {
                return false;
            }
        }
        int rest = 8 - bits % 8;
        return rest == 8 || ((mine[whole] & 0xff) >> rest) == ((address[whole] & 0xff) >> rest);
    }

    private boolean isBegin() {
        byte[] mine = base.getAddress();
        for (int bit = bits; bit < mine.length * 8; bit++) {
            if ((mine[bit / 8] & (0x80 >> (bit % 8))) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return base.getHostAddress().toLowerCase(Locale.ROOT) + "/" + bits;
    }
}
