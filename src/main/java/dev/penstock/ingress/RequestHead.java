// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads one complete HTTP/1.x request head, the whole of it and nothing leniently, and says how its body is framed. It is
 * stricter than RFC 9112 demands wherever two implementations have been seen to disagree: a repeated content-length is
 * refused even when both say the same, white space is one space in the request line and nowhere else around names, and the
 * only transfer coding is {@code chunked}. The head is copied once into a plain array and walked once; a caller reads the
 * result fields directly after {@link #check}. One instance per event loop.
 */
final class RequestHead {

    private static final int TOKEN = 1;
    private static final int TARGET = 2;
    private static final int VALUE = 4;
    private static final int HOST = 8;
    private static final int HEX = 16;
    private static final int DIGIT = 32;

    /** More than nearly every head has, and little enough to copy along some bytes of a body. */
    private static final int QUICK = 2048;

    /** The furthest that a look ahead goes. */
    private static final int BEYOND = 16;

    private static final byte[] CLASSES = classes();
    private static final byte[] VERSION = ascii("HTTP/1.");
    private static final byte[][] METHODS = {
        ascii("GET"), ascii("POST"), ascii("HEAD"), ascii("PUT"), ascii("DELETE"), ascii("OPTIONS"), ascii("PATCH")
    };
    private static final byte[][] REFUSED_METHODS = {ascii("CONNECT"), ascii("TRACE")};
    private static final byte[] HOST_NAME = ascii("host");
    private static final byte[] EXPECT = ascii("expect");
    private static final byte[] UPGRADE = ascii("upgrade");
    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] AUTHORIZATION = ascii("authorization");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] CHUNKED = ascii("chunked");
    private static final byte[] CONTINUE = ascii("100-continue");
    private static final byte[] H2C = ascii("h2c");

    private final byte[] bytes;
    private final int quickBytes;
    private final int maxFields;

    private int at;
    private boolean oldHttp;
    private int hosts;
    private boolean lengthSeen;
    private boolean authorized;

    /** Bytes of the body that follows; 0 when there is none or when it is {@link #chunked}. */
    long bodyLength;

    boolean chunked;

    /** Where the name of an {@code upgrade: h2c} field begins, or -1: the field is legal to ignore, and is. */
    int ignoredUpgrade;

    RequestHead(int maxBytes, int maxFields) {
        this.bytes = new byte[maxBytes + BEYOND];
        this.quickBytes = Math.min(QUICK, maxBytes);
        this.maxFields = maxFields;
    }

    static boolean isToken(byte b) {
        return is(b, TOKEN);
    }

    // The same rules for strings, for what HTTP/2 delivers.

    static boolean isToken(String name) {
        return !name.isEmpty() && all(name, TOKEN);
    }

    static boolean isValue(String value) {
        return all(value, VALUE);
    }

    static boolean isTarget(@Nullable String target) {
        if (target == null || target.isEmpty() || target.length() > EdgeLimits.MAX_LINE) {
            return false;
        }
        boolean rooted = target.charAt(0) == '/' || target.equals("*");
        return rooted && all(target, TARGET) && escapes(target);
    }

    static boolean isHost(String authority) {
        RequestHead reader = new RequestHead(authority.length() + 2, 0);
        if (!all(authority, VALUE)) {
            return false;
        }
        byte[] ascii = authority.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(ascii, 0, reader.bytes, 0, ascii.length);
        return reader.host(0, ascii.length) == null;
    }

    private static boolean all(String text, int kind) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0xff || !is((byte) c, kind)) {
                return false;
            }
        }
        return true;
    }

    private static boolean escapes(String target) {
        for (int i = target.indexOf('%'); i >= 0; i = target.indexOf('%', i + 1)) {
            if (i + 2 >= target.length() || !escape((byte) target.charAt(i + 1), (byte) target.charAt(i + 2))) {
                return false;
            }
        }
        return true;
    }

    /**
     * The quick way: true when a complete and good head begins at {@code from} and is not unusually long. False says nothing
     * about the bytes; the guard then looks for the end of the head and asks {@link #check}.
     */
    boolean begins(ByteBuf in, int from, int available) {
        return read(in, from, Math.min(available, quickBytes)) == null;
    }

    /** The whole head, which ends with an empty line. */
    @Nullable
    Refusal check(ByteBuf in, int from, int length) {
        return read(in, from, length);
    }

    private @Nullable Refusal read(ByteBuf in, int from, int length) {
        in.getBytes(from, bytes, 0, length);
        // Belongs to no class: whatever is read stops here at the latest.
        bytes[length] = 0;
        at = bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 0;
        oldHttp = false;
        hosts = 0;
        lengthSeen = false;
        authorized = false;
        bodyLength = 0;
        chunked = false;
        ignoredUpgrade = -1;
        Refusal refusal = requestLine();
        return refusal != null ? refusal : fields();
    }

    /** How many bytes the head has that was read last. */
    int length() {
        return at + 2;
    }

    private @Nullable Refusal requestLine() {
        int method = at;
        while (is(bytes[at], TOKEN)) {
            at++;
        }
        int methodEnd = at;
        if (methodEnd == method || bytes[at++] != ' ') {
            return Refusal.REQUEST_LINE;
        }
        int target = at;
        Refusal refusal = target();
        if (refusal != null) {
            return refusal;
        }
        boolean asterisk = bytes[target] == '*' && at == target + 1;
        if (bytes[at++] != ' ') {
            return Refusal.TARGET;
        }
        if (bytes[target] != '/' && !asterisk) {
            return bytes[target] == ' ' ? Refusal.REQUEST_LINE : Refusal.TARGET;
        }
        refusal = version();
        if (refusal == null) {
            refusal = method(method, methodEnd - method);
        }
        boolean options = equal(method, methodEnd - method, METHODS[5]);
        return refusal == null && asterisk && !options ? Refusal.TARGET : refusal;
    }

    private @Nullable Refusal target() {
        while (is(bytes[at], TARGET)) {
            if (bytes[at] == '%' && !escape(bytes[at + 1], bytes[at + 2])) {
                return Refusal.TARGET;
            }
            at++;
        }
        return null;
    }

    /** Two hexadecimal digits, and not those of a control character. */
    private static boolean escape(byte high, byte low) {
        if (!is(high, HEX) || !is(low, HEX)) {
            return false;
        }
        int value = Character.digit(high, 16) << 4 | Character.digit(low, 16);
        return value >= 0x20 && value != 0x7f;
    }

    private @Nullable Refusal version() {
        for (byte b : VERSION) {
            if (bytes[at] != b) {
                return versionLike() ? Refusal.VERSION : Refusal.REQUEST_LINE;
            }
            at++;
        }
        byte minor = bytes[at++];
        if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
            return Refusal.REQUEST_LINE;
        }
        at += 2;
        oldHttp = minor == '0';
        if (minor == '1' || oldHttp) {
            return null;
        }
        return is(minor, DIGIT) ? Refusal.VERSION : Refusal.REQUEST_LINE;
    }

    /** {@code at} stands on the major version of something like HTTP/2.0. */
    private boolean versionLike() {
        return bytes[at - 1] == '/'
                && is(bytes[at], DIGIT)
                && bytes[at + 1] == '.'
                && is(bytes[at + 2], DIGIT)
                && bytes[at + 3] == '\r';
    }

    private @Nullable Refusal method(int start, int length) {
        for (byte[] known : METHODS) {
            if (equal(start, length, known)) {
                return null;
            }
        }
        for (byte[] refused : REFUSED_METHODS) {
            if (equal(start, length, refused)) {
                return Refusal.METHOD_REFUSED;
            }
        }
        return Refusal.METHOD_UNKNOWN;
    }

    private @Nullable Refusal fields() {
        int count = 0;
        while (bytes[at] != '\r') {
            Refusal refusal = field();
            if (refusal != null) {
                return refusal;
            }
            if (++count > maxFields) {
                return Refusal.TOO_MANY_FIELDS;
            }
        }
        return bytes[at + 1] == '\n' ? framing() : Refusal.FIELD_NAME;
    }

    private @Nullable Refusal field() {
        int name = at;
        while (is(bytes[at], TOKEN)) {
            at++;
        }
        int nameLength = at - name;
        if (nameLength == 0) {
            return bytes[at] == ' ' || bytes[at] == '\t' ? Refusal.FOLDED_FIELD : Refusal.FIELD_NAME;
        }
        if (bytes[at++] != ':') {
            return Refusal.FIELD_NAME;
        }
        while (bytes[at] == ' ' || bytes[at] == '\t') {
            at++;
        }
        int value = at;
        while (is(bytes[at], VALUE)) {
            at++;
        }
        int end = at;
        if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
            return Refusal.FIELD_VALUE;
        }
        at += 2;
        return meaning(name, nameLength, value, end);
    }

    private @Nullable Refusal meaning(int name, int nameLength, int value, int end) {
        return switch (nameLength) {
            case 4 -> same(name, HOST_NAME) ? host(value, trimmed(value, end)) : null;
            case 6 -> same(name, EXPECT) ? expect(value, trimmed(value, end)) : null;
            case 7 -> same(name, UPGRADE) ? upgrade(name, value, trimmed(value, end)) : null;
            case 13 -> same(name, AUTHORIZATION) ? authorization() : null;
            case 14 -> same(name, CONTENT_LENGTH) ? contentLength(name, value, end) : null;
            case 17 -> same(name, TRANSFER_ENCODING) ? transferEncoding(name, value, end) : null;
            default -> null;
        };
    }

    private @Nullable Refusal host(int value, int end) {
        if (++hosts > 1) {
            return Refusal.HOST_REPEATED;
        }
        int i = value;
        if (bytes[i] == '[') {
            i++;
            while (is(bytes[i], HEX) || bytes[i] == ':' || bytes[i] == '.') {
                i++;
            }
            if (i < value + 3 || bytes[i++] != ']') {
                return Refusal.HOST_MALFORMED;
            }
        } else {
            while (is(bytes[i], HOST)) {
                i++;
            }
        }
        if (i == value) {
            return Refusal.HOST_MALFORMED;
        }
        return i == end || port(i, end) ? null : Refusal.HOST_MALFORMED;
    }

    private boolean port(int colon, int end) {
        int digits = end - colon - 1;
        if (bytes[colon] != ':' || digits < 1 || digits > 5) {
            return false;
        }
        int port = 0;
        for (int i = colon + 1; i < end; i++) {
            if (!is(bytes[i], DIGIT)) {
                return false;
            }
            port = port * 10 + bytes[i] - '0';
        }
        return port <= 65_535;
    }

    private @Nullable Refusal expect(int value, int end) {
        return end - value == CONTINUE.length && same(value, CONTINUE) ? null : Refusal.EXPECTATION;
    }

    private @Nullable Refusal upgrade(int name, int value, int end) {
        if (end - value != H2C.length || !same(value, H2C)) {
            return Refusal.UPGRADE;
        }
        if (ignoredUpgrade >= 0) {
            return Refusal.UPGRADE;
        }
        ignoredUpgrade = name;
        return null;
    }

    private @Nullable Refusal authorization() {
        if (authorized) {
            return Refusal.AUTHORIZATION_REPEATED;
        }
        authorized = true;
        return null;
    }

    private @Nullable Refusal contentLength(int name, int value, int end) {
        if (bytes[name + 7] != '-') {
            return Refusal.AMBIGUOUS_FIELD;
        }
        if (lengthSeen) {
            return Refusal.LENGTH_REPEATED;
        }
        lengthSeen = true;
        int digits = end - value;
        boolean leadingZero = digits > 1 && bytes[value] == '0';
        if (digits < 1 || digits > 18 || leadingZero || tabBefore(value)) {
            return Refusal.LENGTH_MALFORMED;
        }
        for (int i = value; i < end; i++) {
            if (!is(bytes[i], DIGIT)) {
                return Refusal.LENGTH_MALFORMED;
            }
            bodyLength = bodyLength * 10 + bytes[i] - '0';
        }
        return null;
    }

    private @Nullable Refusal transferEncoding(int name, int value, int end) {
        if (bytes[name + 8] != '-') {
            return Refusal.AMBIGUOUS_FIELD;
        }
        if (chunked) {
            return Refusal.ENCODING_REPEATED;
        }
        if (end - value != CHUNKED.length || !same(value, CHUNKED) || tabBefore(value)) {
            return Refusal.ENCODING_UNKNOWN;
        }
        chunked = true;
        return null;
    }

    private @Nullable Refusal framing() {
        if (hosts == 0 && !oldHttp) {
            return Refusal.HOST_MISSING;
        }
        if (!chunked) {
            return null;
        }
        if (lengthSeen) {
            return Refusal.TWO_FRAMINGS;
        }
        return oldHttp ? Refusal.ENCODING_IN_OLD_HTTP : null;
    }

    private boolean tabBefore(int value) {
        return bytes[value - 1] == '\t';
    }

    private int trimmed(int value, int end) {
        int last = end;
        while (last > value && (bytes[last - 1] == ' ' || bytes[last - 1] == '\t')) {
            last--;
        }
        return last;
    }

    /** ASCII letters without case; an underscore counts as a hyphen, which the framing fields then refuse. */
    private boolean same(int start, byte[] lower) {
        for (int i = 0; i < lower.length; i++) {
            byte b = bytes[start + i];
            if (b >= 'A' && b <= 'Z') {
                b |= 0x20;
            }
            if (b != lower[i] && !(b == '_' && lower[i] == '-')) {
                return false;
            }
        }
        return true;
    }

    private boolean equal(int start, int length, byte[] other) {
        return Arrays.equals(bytes, start, start + length, other, 0, other.length);
    }

    private static boolean is(byte b, int kind) {
        return (CLASSES[b & 0xff] & kind) != 0;
    }

    private static byte[] classes() {
        byte[] table = new byte[256];
        mark(table, TOKEN, "!#$%&'*+-.^_`|~");
        mark(table, TARGET, "/?:@-._~!$&'()*+,;=%");
        mark(table, HOST, "-._~");
        mark(table, HEX, "abcdefABCDEF");
        for (int c = '0'; c <= '9'; c++) {
            table[c] |= TOKEN | TARGET | HOST | HEX | DIGIT;
        }
        for (int c = 'a'; c <= 'z'; c++) {
            table[c] |= TOKEN | TARGET | HOST;
            table[c - 0x20] |= TOKEN | TARGET | HOST;
        }
        for (int c = 0x20; c <= 0xff; c++) {
            if (c != 0x7f) {
                table[c] |= VALUE;
            }
        }
        table['\t'] |= VALUE;
        return table;
    }

    private static void mark(byte[] table, int kind, String characters) {
        for (byte b : ascii(characters)) {
            table[b] |= (byte) kind;
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
