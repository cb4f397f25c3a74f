// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks over the bytes of one JSON text without building anything: the hot way to find a few values. It checks quotes, escapes,
 * separators of what it enters, and the nesting of what it skips; it does not check the spelling of skipped numbers and words,
 * nor UTF-8. Reused for event after event; every method that reads returns false (or {@link #BROKEN}) when the text is not JSON.
 *
 * <p>Inside one line of an event stream a raw line end can never be white space of the JSON text; {@link #on} says which of the
 * two readings applies.
 */
public final class JsonCursor {

    /** A member or an element begins at the cursor. */
    public static final int MORE = 1;
    /** The object or array has ended; the cursor stands behind it. */
    public static final int END = 0;
    /** Not JSON. */
    public static final int BROKEN = -1;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final long SPACES = ONES * ' ';
    private static final int MAX_NESTED_TEXT = 32;

    /** What a byte means inside a number or one of the three words. */
    private static final byte[] SCALAR = new byte[256];

    private static final byte SPELLS = 1;
    private static final byte ENDS = 2;

    static {
        for (byte c : Keys.bytes("0123456789abcdefghijklmnopqrstuvwxyz+-.E")) {
            SCALAR[c] = SPELLS;
        }
        for (byte c : Keys.bytes(",}] \n\r\t")) {
            SCALAR[c] = ENDS;
        }
    }

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private boolean lineEndsAreSpace;

    private int stringFrom;
    private int stringTo;
    private boolean escaped;

    private byte[] keyBytes = bytes;
    private int keyFrom;
    private int keyTo;

    private long textBytes;
    private boolean textSeen;

    public void on(byte[] text, int from, int to, boolean lineEndsMayBeSpace) {
        bytes = text;
        at = from;
        end = to;
        lineEndsAreSpace = lineEndsMayBeSpace;
    }

    public int at() {
        return at;
    }

    /** The next byte that is not white space, or -1 at the end. Moves to it. */
    public int peek() {
        while (at < end) {
            byte b = bytes[at];
            if (b > ' ' || b < 0 || !isSpace(b)) {
                return b & 0xFF;
            }
            at++;
        }
        return -1;
    }

    private boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || (lineEndsAreSpace && (b == '\n' || b == '\r'));
    }

    /** Whether nothing but white space, or the end of the line and of the event, follows. */
    public boolean onlySpaceFollows() {
        int i = at;
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        while (i < end && (bytes[i] == '\n' || bytes[i] == '\r' || (lineEndsAreSpace && isSpace(bytes[i])))) {
            i++;
        }
        return i == end;
    }

    // ------------------------------------------------------------------ containers

    /** Steps into the object or array that begins at the cursor. */
    public void enter() {
        at++;
    }

    /** After {@link #enter}: the first member of an object. With {@link #MORE} the cursor stands at the value. */
    public int firstMember() {
        int next = peek();
        if (next == '}') {
            at++;
            return END;
        }
        return key(next);
    }

    /** After a value: the next member of the object. */
    public int nextMember() {
        int next = peek();
        if (next == '}') {
            at++;
            return END;
        }
        if (next != ',') {
            return BROKEN;
        }
        at++;
        return key(peek());
    }

    private int key(int next) {
        if (next != '"' || !string()) {
            return BROKEN;
        }
        keyBytes = bytes;
        keyFrom = stringFrom;
        keyTo = stringTo;
        if (escaped) {
            // A key spelled with escapes is the same key to every client.
            keyBytes = stringValue().getBytes(StandardCharsets.UTF_8);
            keyFrom = 0;
            keyTo = keyBytes.length;
        }
        if (peek() != ':') {
            return BROKEN;
        }
        at++;
        return peek() < 0 ? BROKEN : MORE;
    }

    public int keyLength() {
        return keyTo - keyFrom;
    }

    public boolean keyIs(byte[] name) {
        return same(keyBytes, keyFrom, keyTo, name);
    }

    /** Names are short and most differ in length or in their first byte: a plain loop beats the vector comparison. */
    private static boolean same(byte[] bytes, int from, int to, byte[] name) {
        if (to - from != name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (bytes[from + i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    /** After {@link #enter}: the first element of an array. */
    public int firstElement() {
        int next = peek();
        if (next == ']') {
            at++;
            return END;
        }
        return next < 0 ? BROKEN : MORE;
    }

    /** After a value: the next element of the array. */
    public int nextElement() {
        int next = peek();
        if (next == ']') {
            at++;
            return END;
        }
        if (next != ',') {
            return BROKEN;
        }
        at++;
        return peek() < 0 ? BROKEN : MORE;
    }

    // ------------------------------------------------------------------ values

    /** Reads the string whose opening quote is at the cursor. */
    public boolean string() {
        int i = at + 1;
        stringFrom = i;
        escaped = false;
        while (true) {
            i = stringStop(i);
            if (i >= end) {
                return false;
            }
            byte b = bytes[i];
            if (b == '"') {
                stringTo = i;
                at = i + 1;
                return true;
            }
            if (b != '\\') {
                return false;
            }
            escaped = true;
            i += 2;
        }
    }

    /** The next quote, backslash or control character. */
    private int stringStop(int from) {
        int i = from;
        while (i <= end - Long.BYTES) {
            long word = (long) LONGS.get(bytes, i);
            long quote = word ^ QUOTES;
            long slash = word ^ BACKSLASHES;
            long stop = (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | ((word - SPACES) & ~word)) & HIGH_BITS;
            if (stop != 0) {
                return i + (Long.numberOfTrailingZeros(stop) >>> 3);
            }
            i += Long.BYTES;
        }
        while (i < end && bytes[i] != '"' && bytes[i] != '\\' && (bytes[i] & 0xFF) >= ' ') {
            i++;
        }
        return i;
    }

    public int stringFrom() {
        return stringFrom;
    }

    /** Raw length, escapes as they stand. */
    public int stringLength() {
        return stringTo - stringFrom;
    }

    public boolean stringIs(byte[] value) {
        return same(bytes, stringFrom, stringTo, value);
    }

    /** The value of the last string read. */
    public String stringValue() {
        String raw = new String(bytes, stringFrom, stringTo - stringFrom, StandardCharsets.UTF_8);
        return escaped ? unescape(raw) : raw;
    }

    private static String unescape(String raw) {
        StringBuilder out = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '\\' || i + 1 == raw.length()) {
                out.append(c);
                continue;
            }
            char kind = raw.charAt(++i);
            if (kind == 'u' && i + 4 < raw.length()) {
                out.append((char) hex(raw, i + 1));
                i += 4;
            } else {
                out.append(
                        switch (kind) {
                            case 'n' -> '\n';
                            case 't' -> '\t';
                            case 'r' -> '\r';
                            case 'b' -> '\b';
                            case 'f' -> '\f';
                            default -> kind;
                        });
            }
        }
        return out.toString();
    }

    private static int hex(String text, int from) {
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            value = value << 4 | Math.max(0, Character.digit(text.charAt(i), 16));
        }
        return value;
    }

    /** Reads a count: digits, or any other spelling of a number; a negative one, and anything else, is 0. */
    public boolean count(long[] out, int slot) {
        int from = at;
        long value = 0;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9' && at - from < 18) {
            value = value * 10 + (bytes[at++] - '0');
        }
        if (at > from && at < end && isScalarEnd(bytes[at])) {
            out[slot] = value;
            return true;
        }
        at = from;
        if (!skipValue()) {
            return false;
        }
        out[slot] = oddNumber(new String(bytes, from, at - from, StandardCharsets.ISO_8859_1));
        return true;
    }

    /** {@code 12.0}, {@code 1e3}, {@code -1}, {@code null}, {@code "7"}: what no reference promises and some server sends. */
    private static long oddNumber(String text) {
        try {
            return Math.max(0, (long) Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The JSON text from {@code from}, where a value begins, to the cursor behind it, without the white space between its tokens. */
    public String textSince(int from) {
        byte[] compact = null;
        int size = 0;
        boolean inString = false;
        for (int i = from; i < at; i++) {
            byte b = bytes[i];
            boolean keep = inString || b > ' ' || b < 0;
            if (!keep && compact == null) {
                compact = new byte[at - from];
                System.arraycopy(bytes, from, compact, 0, size);
            }
            if (keep) {
                if (compact != null) {
                    compact[size] = b;
                }
                size++;
            }
            if (inString && b == '\\' && i + 1 < at) {
                if (compact != null) {
                    compact[size] = bytes[i + 1];
                }
                size++;
                i++;
            } else {
                inString ^= b == '"';
            }
        }
        return compact == null
                ? new String(bytes, from, size, StandardCharsets.UTF_8)
                : new String(compact, 0, size, StandardCharsets.UTF_8);
    }

    /** Skips the value at the cursor, whatever it is. */
    public boolean skipValue() {
        int first = peek();
        return switch (first) {
            case '"' -> string();
            case '{', '[' -> skipNested();
            case -1 -> false;
            default -> skipScalar();
        };
    }

    private boolean skipScalar() {
        int from = at;
        while (at < end) {
            byte kind = SCALAR[bytes[at] & 0xFF];
            if (kind != SPELLS) {
                return kind == ENDS && at > from;
            }
            at++;
        }
        return at > from;
    }

    private static boolean isScalarEnd(byte b) {
        return SCALAR[b & 0xFF] == ENDS;
    }

    private boolean skipNested() {
        int depth = 0;
        while (at < end) {
            switch (bytes[at]) {
                case '"' -> {
                    if (!string()) {
                        return false;
                    }
                    continue;
                }
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    depth--;
                    if (depth == 0) {
                        at++;
                        return true;
                    }
                }
                case '\n', '\r' -> {
                    if (!lineEndsAreSpace) {
                        return false;
                    }
                }
                default -> {}
            }
            at++;
        }
        return false;
    }

    // ------------------------------------------------------------------ text inside values

    /**
     * Reads the value at the cursor and measures the text in it: a string, or the strings of typed parts at any depth. What only
     * labels a part ({@code type}, {@code id} ...) is not text; pictures and sound count as present, but have no text.
     */
    public boolean text() {
        textBytes = 0;
        textSeen = false;
        if (at < end && bytes[at] == '"') {
            boolean ok = string();
            textBytes = ok ? stringLength() : 0;
            textSeen = textBytes > 0;
            return ok;
        }
        return nestedText(0, true, true);
    }

    /** Whether the array or object that was read from {@code from} up to the cursor has nothing in it. */
    public boolean isEmptySince(int from) {
        for (int i = from + 1; i < at - 1; i++) {
            if (!isSpace(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    public long textBytes() {
        return textBytes;
    }

    public boolean textSeen() {
        return textSeen;
    }

    private boolean nestedText(int depth, boolean counts, boolean shows) {
        int first = peek();
        if (first == '"') {
            if (!string()) {
                return false;
            }
            textSeen |= shows && stringLength() > 0;
            textBytes += counts ? stringLength() : 0;
            return true;
        }
        if (depth > MAX_NESTED_TEXT || (first != '{' && first != '[')) {
            return skipValue();
        }
        enter();
        return first == '{' ? textOfMembers(depth) : textOfElements(depth, counts, shows);
    }

    private boolean textOfElements(int depth, boolean counts, boolean shows) {
        int state = firstElement();
        while (state == MORE) {
            if (!nestedText(depth + 1, counts, shows)) {
                return false;
            }
            state = nextElement();
        }
        return state == END;
    }

    private boolean textOfMembers(int depth) {
        int state = firstMember();
        while (state == MORE) {
            boolean label = keyIs(Keys.TYPE) || keyIs(Keys.ID) || keyIs(Keys.FORMAT) || keyIs(Keys.ROLE);
            boolean blob = keyIs(Keys.DATA) || keyIs(Keys.URL) || keyIs(Keys.FILE_DATA) || keyIs(Keys.SIGNATURE);
            if (!nestedText(depth + 1, !label && !blob, !label)) {
                return false;
            }
            state = nextMember();
        }
        return state == END;
    }
}
