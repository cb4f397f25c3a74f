// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

/** Numbers that say who somebody is or where the money lies, as people write them. Each looks at some forty bytes at most. */
final class Numbers {

    /** Country and length (SWIFT, IBAN Registry). */
    private static final String IBANS =
            "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29"
                    + "ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25"
                    + "MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23"
                    + "ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

    private static final int LONGEST_CARD = 19;
    private static final int LONGEST_PHONE = 15;

    private Numbers() {}

    // ---- IBAN

    /** Where an IBAN ends that begins here (ISO 13616), or {@code at}. */
    static int ibanEnd(byte[] text, int at, int length) {
        if (length - at < 15 || !isIbanHead(text, at)) {
            return at;
        }
        int country = country(text[at], text[at + 1]);
        if (country < 0) {
            return at;
        }
        int count = (IBANS.charAt(country + 2) - '0') * 10 + IBANS.charAt(country + 3) - '0';
        int i = at;
        int seen = 0;
        int rest = 0;
        int head = 0;
        while (seen < count && i < length) {
            byte b = text[i];
            if (b == ' ' || b == '-') {
                if (text[i - 1] == b) {
                    return at;
                }
            } else if (Finder.isDigit(b) || Finder.isLetter(b)) {
                // The first four belong to the end.
                if (seen < 4) {
                    head = mod97(head, b);
                } else {
                    rest = mod97(rest, b);
                }
                seen++;
            } else {
                return at;
            }
            i++;
        }
        boolean ends = i == length || !Finder.isAlphanumeric(text[i]);
        return seen == count && ends && withHead(rest, text, at) == 1 ? i : at;
    }

    private static boolean isIbanHead(byte[] text, int at) {
        return Finder.isLetter(text[at])
                && Finder.isLetter(text[at + 1])
                && Finder.isDigit(text[at + 2])
                && Finder.isDigit(text[at + 3]);
    }

    private static int withHead(int rest, byte[] text, int at) {
        int mod = rest;
        for (int i = at; i < at + 4; i++) {
            mod = mod97(mod, text[i]);
        }
        return mod;
    }

    private static int mod97(int before, byte b) {
        return Finder.isDigit(b) ? (before * 10 + b - '0') % 97 : (before * 100 + (b | 0x20) - 'a' + 10) % 97;
    }

    private static int country(byte first, byte second) {
        char one = (char) (first & 0x5f);
        char two = (char) (second & 0x5f);
        for (int i = 0; i < IBANS.length(); i += 4) {
            if (IBANS.charAt(i) == one && IBANS.charAt(i + 1) == two) {
                return i;
            }
        }
        return -1;
    }

    // ---- cards

    /** Where the number of a payment card ends that begins here (ISO/IEC 7812, with the check digit of Luhn), or {@code at}. */
    static int cardEnd(byte[] text, int at, int length) {
        if (text[at] < '2' || text[at] > '6' || isFraction(text, at)) {
            return at;
        }
        int end = at;
        int count = 0;
        // Luhn from the left: which digits count twice depends on how many there are, so both sums are kept.
        int evens = 0;
        int odds = 0;
        int second = 0;
        for (int i = at; i < length && count < LONGEST_CARD; i++) {
            byte b = text[i];
            if (b == ' ' || b == '-') {
                if (!Finder.isDigit(text[i - 1])) {
                    break;
                }
                continue;
            }
            if (!Finder.isDigit(b)) {
                break;
            }
            int digit = b - '0';
            int twice = digit < 5 ? digit * 2 : digit * 2 - 9;
            evens += count % 2 == 0 ? twice : digit;
            odds += count % 2 == 0 ? digit : twice;
            second = count == 1 ? digit : second;
            count++;
            boolean whole = i + 1 == length || !Finder.isAlphanumeric(text[i + 1]);
            int sum = count % 2 == 0 ? evens : odds;
            if (whole && isCardLength(text[at] - '0', second, count) && sum % 10 == 0) {
                end = i + 1;
            }
        }
        return end;
    }

    private static boolean isCardLength(int first, int second, int count) {
        return switch (first) {
            case 2 -> count == 16 && second >= 2 && second <= 7;
            case 3 -> (second == 4 || second == 7) ? count == 15 : count == 14 || count == 16;
            case 4 -> count == 13 || count == 16 || count == 19;
            case 5 -> count == 16;
            default -> count >= 16;
        };
    }

    /** The rest of a number with a point in it. */
    private static boolean isFraction(byte[] text, int at) {
        return at > 1 && text[at - 1] == '.' && Finder.isDigit(text[at - 2]);
    }

    // ---- phones

    /** Where a phone number ends that begins here, or {@code at}. */
    static int phoneEnd(byte[] text, int at, int length) {
        byte first = text[at];
        byte next = at + 1 < length ? text[at + 1] : 0;
        if (first == '+') {
            return next >= '1' && next <= '9' ? run(text, at, at + 1, length, 8, 0, " -./()") : at;
        }
        if (isFraction(text, at)) {
            return at;
        }
        if (first == '0' && next == '0') {
            boolean abroad = at + 2 < length && text[at + 2] >= '1' && text[at + 2] <= '9';
            return abroad ? run(text, at, at, length, 10, 0, " -/()") : at;
        }
        if (first == '0' || (first == '(' && next == '0')) {
            int digit = first == '0' ? at : at + 1;
            boolean area = digit + 1 < length && text[digit + 1] >= '1' && text[digit + 1] <= '9';
            return area ? run(text, at, digit, length, 9, 1, " -/)") : at;
        }
        return northAmerican(text, at, length);
    }

    /**
     * Digits with something between them, never three of it in a row and never more than one slash.
     *
     * @param begin where the result begins, and what it is where there is none
     * @param from the first digit
     * @param least digits
     * @param gaps least places with something between digits
     */
    private static int run(byte[] text, int begin, int from, int length, int least, int gaps, String between) {
        int digits = 0;
        int end = from;
        int seen = 0;
        int slashes = 0;
        for (int i = from; i < length; i++) {
            byte b = text[i];
            if (Finder.isDigit(b)) {
                seen += digits > 0 && end < i ? 1 : 0;
                digits++;
                end = i + 1;
            } else {
                slashes += b == '/' ? 1 : 0;
                if (b < 0 || between.indexOf(b) < 0 || i - end >= 2 || slashes > 1) {
                    break;
                }
            }
            if (digits > LONGEST_PHONE + 2) {
                return begin;
            }
        }
        // Hexadecimal names have long runs of digits too.
        boolean inside = end < length && text[begin] != '+' && Finder.isAlphanumeric(text[end]);
        return digits >= least && digits <= LONGEST_PHONE + 2 && seen >= gaps && !inside ? end : begin;
    }

    /** {@code 212-555-0123}, {@code (212) 555-0123}: three, three and four digits with something between them. */
    private static int northAmerican(byte[] text, int at, int length) {
        int i = at;
        boolean bracket = text[i] == '(';
        i += bracket ? 1 : 0;
        if (i >= length || text[i] < '2' || text[i] > '9' || !digits(text, i, 3, length)) {
            return at;
        }
        i += 3;
        if (bracket) {
            if (i >= length || text[i] != ')') {
                return at;
            }
            i++;
        }
        int before = i;
        i += i < length && isGap(text[i]) ? 1 : 0;
        if ((i == before && !bracket) || !digits(text, i, 3, length)) {
            return at;
        }
        i += 3;
        if (i >= length || !isGap(text[i]) || !digits(text, i + 1, 4, length)) {
            return at;
        }
        i += 5;
        return i < length && Finder.isAlphanumeric(text[i]) ? at : i;
    }

    private static boolean isGap(byte b) {
        return b == ' ' || b == '-' || b == '.';
    }

    private static boolean digits(byte[] text, int at, int count, int length) {
        if (at + count > length) {
            return false;
        }
        for (int i = at; i < at + count; i++) {
            if (!Finder.isDigit(text[i])) {
                return false;
            }
        }
        return true;
    }
}
