// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.config.ContentConfig.Kind;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * Finds what does not belong on a disk, in text of which ASCII counts and any other byte is a letter. One pass from left to right; what is
 * looked at from one place is bounded, so that time grows with the length of the text whatever stands in it.
 */
final class Finder {

    /** Shorter ones would be found in ordinary words. */
    private static final int SHORTEST_KNOWN = 8;

    private static final int SHORTEST_TOKEN = 16;
    /** By then it must be clear what it is, or long words would be looked through again and again. */
    private static final int LONGEST_UNCLEAR = 512;

    private static final byte[] BEARER = {'b', 'e', 'a', 'r', 'e', 'r'};

    /** Hears of what is found, in the order of the text. */
    @FunctionalInterface
    interface Found {
        void at(int from, int to, Kind kind);
    }

    private final Set<Kind> kinds;
    private final List<byte[]> known;
    /** The first two bytes of those that are known. */
    private final BitSet begins = new BitSet(1 << 16);

    /** @param known secrets that are looked for to the letter */
    Finder(Set<Kind> kinds, List<byte[]> known) {
        this.kinds = kinds;
        this.known =
                known.stream().filter(secret -> secret.length >= SHORTEST_KNOWN).toList();
        this.known.forEach(secret -> begins.set(pair(secret, 0)));
    }

    private static int pair(byte[] text, int at) {
        return (text[at] & 0xff) << 8 | (text[at + 1] & 0xff);
    }

    void find(byte[] text, int length, Found found) {
        int i = 0;
        int free = 0;
        while (i < length) {
            if (i != free && isInsideOfWord(text, i, length)) {
                i++;
                continue;
            }
            int end = findAt(text, i, length, free, found);
            if (end > i) {
                i = end;
                free = end;
            } else {
                i++;
            }
        }
    }

    /** Nothing can begin here: what most bytes are. */
    private boolean isInsideOfWord(byte[] text, int at, int length) {
        return isAlphanumeric(text[at]) && !isBoundary(text, at) && (at + 1 == length || !begins.get(pair(text, at)));
    }

    /** @param free where the last match has ended */
    private int findAt(byte[] text, int at, int length, int free, Found found) {
        int end = knownAt(text, at, length);
        if (end > at) {
            found.at(at, end, Kind.SECRET);
            return end;
        }
        boolean begins = at == free || isBoundary(text, at);
        if (begins && kinds.contains(Kind.SECRET)) {
            int token = afterBearer(text, at, length);
            end = token > at ? bearerEnd(text, token, length) : secretEnd(text, at, length);
            if (end > at) {
                found.at(Math.max(token, at), end, Kind.SECRET);
                return end;
            }
        }
        if (kinds.contains(Kind.EMAIL) && isLocal(text[at]) && (at == free || !isLocal(text[at - 1]))) {
            end = emailEnd(text, at, length);
            if (end > at) {
                found.at(at, end, Kind.EMAIL);
                return end;
            }
        }
        if (!begins) {
            return at;
        }
        if (kinds.contains(Kind.IBAN) && isLetter(text[at])) {
            end = Numbers.ibanEnd(text, at, length);
            if (end > at) {
                found.at(at, end, Kind.IBAN);
                return end;
            }
        }
        if (kinds.contains(Kind.CARD) && isDigit(text[at])) {
            end = Numbers.cardEnd(text, at, length);
            if (end > at) {
                found.at(at, end, Kind.CARD);
                return end;
            }
        }
        if (kinds.contains(Kind.PHONE)) {
            end = Numbers.phoneEnd(text, at, length);
            if (end > at) {
                found.at(at, end, Kind.PHONE);
                return end;
            }
        }
        return at;
    }

    // ---- secrets

    private int knownAt(byte[] text, int at, int length) {
        if (known.isEmpty() || at + SHORTEST_KNOWN > length || !begins.get(pair(text, at))) {
            return at;
        }
        int end = at;
        for (byte[] secret : known) {
            if (at + secret.length > end && is(secret, text, at, length)) {
                end = at + secret.length;
            }
        }
        return end;
    }

    private static boolean is(byte[] secret, byte[] text, int at, int length) {
        if (length - at < secret.length) {
            return false;
        }
        for (int i = 0; i < secret.length; i++) {
            if (text[at + i] != secret[i]) {
                return false;
            }
        }
        return true;
    }

    /** Where the token begins, or {@code at}: no such word stands here. */
    private static int afterBearer(byte[] text, int at, int length) {
        if (length - at <= BEARER.length || (text[at] | 0x20) != 'b') {
            return at;
        }
        for (int i = 0; i < BEARER.length; i++) {
            if ((text[at + i] | 0x20) != BEARER[i]) {
                return at;
            }
        }
        int token = at + BEARER.length;
        while (token < length && token < at + BEARER.length + 4 && (text[token] == ' ' || text[token] == ':')) {
            token++;
        }
        return token == at + BEARER.length ? at : token;
    }

    private static int bearerEnd(byte[] text, int token, int length) {
        int end = token;
        while (end < length && (isToken(text[end]) || "./+~=".indexOf(text[end]) >= 0)) {
            end++;
        }
        return end - token >= SHORTEST_TOKEN ? end : 0;
    }

    /** {@code sk-}, {@code sk_}, {@code ps-}, or a JWT. */
    private static int secretEnd(byte[] text, int at, int length) {
        if (length - at < SHORTEST_TOKEN) {
            return at;
        }
        byte first = text[at];
        boolean key = (first == 's' && text[at + 1] == 'k' && (text[at + 2] == '-' || text[at + 2] == '_'))
                || (first == 'p' && text[at + 1] == 's' && text[at + 2] == '-');
        boolean jwt = first == 'e' && text[at + 1] == 'y' && text[at + 2] == 'J';
        if (!key && !jwt) {
            return at;
        }
        int end = at + 3;
        int dots = 0;
        boolean mixed = false;
        while (end < length
                && (isToken(text[end]) || (text[end] == '.' && end + 1 < length && isToken(text[end + 1])))) {
            dots += text[end] == '.' ? 1 : 0;
            mixed |= isDigit(text[end]) || (text[end] >= 'A' && text[end] <= 'Z');
            end++;
            boolean clear = mixed && (key || dots > 0);
            if (!clear && end - at > LONGEST_UNCLEAR) {
                return at;
            }
        }
        // Without a digit or a capital it is words with dashes between them.
        return end - at >= SHORTEST_TOKEN && mixed && (key || dots > 0) ? end : at;
    }

    // ---- addresses

    /** The whole run is looked through once, from its first byte. */
    private static int emailEnd(byte[] text, int at, int length) {
        int sign = at;
        while (sign < length && isLocal(text[sign])) {
            sign++;
        }
        if (sign >= length || text[sign] != '@') {
            return at;
        }
        int end = at;
        int i = sign + 1;
        int label = i;
        while (i < length && (isAlphanumeric(text[i]) || text[i] == '-' || text[i] == '.')) {
            if (text[i] == '.') {
                if (i == label) {
                    break;
                }
                label = i + 1;
            } else if (label > sign + 1 && i - label >= 1) {
                // From the second letter of the last label on.
                end = i + 1;
            }
            i++;
        }
        return end;
    }

    // ---- bytes

    /** A new word begins here, also behind the second half of an escape of a text inside of a text. */
    private static boolean isBoundary(byte[] text, int at) {
        if (at == 0 || !isAlphanumeric(text[at - 1])) {
            return true;
        }
        return at > 1 && text[at - 2] == '\\' && "nrtbf".indexOf(text[at - 1]) >= 0;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    static boolean isLetter(byte b) {
        int low = b | 0x20;
        return low >= 'a' && low <= 'z' && b > 0;
    }

    /** Whatever is no ASCII is a letter of some script. */
    static boolean isAlphanumeric(byte b) {
        return b < 0 || isDigit(b) || isLetter(b);
    }

    private static boolean isToken(byte b) {
        return isDigit(b) || isLetter(b) || b == '-' || b == '_';
    }

    private static boolean isLocal(byte b) {
        return isAlphanumeric(b) || b == '.' || b == '_' || b == '%' || b == '+' || b == '-' || b == '\'';
    }
}
