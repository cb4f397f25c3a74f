// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import java.util.Locale;
import java.util.Set;

/**
 * Makes a provider's words fit for a client. Providers echo keys ("Incorrect API key provided: sk-...abcd"), account and project
 * ids, internal URLs and host names; a client of the gateway may know none of them. Words that look like one are replaced,
 * control and format characters removed, and the length is bounded. Decided word by word on what a word looks like, so that
 * field paths ({@code messages[1].content}), model names and figures stay readable.
 */
public final class SafeText {

    public static final int MAX_LENGTH = 500;
    private static final int MAX_INPUT = 8_192;
    private static final int SECRET_SEGMENT = 20;
    private static final int MASK_RUN = 3;
    /** Behind the beginning of a key even a plain word is too long to be one. */
    private static final int KEY_REST = 8;

    private static final String SECRET = "[redacted]";
    private static final String ADDRESS = "[address]";

    /** How keys of the known providers begin (their consoles and documentation, 2026). */
    private static final String[] KEY_PREFIXES = {
        "sk-", "sk_", "gsk_", "xai-", "aiza", "pplx-", "hf_", "nvapi-", "eyj", "r8_", "fw_", "csk-", "tgp_", "absk"
    };
    /** How ids of accounts and their parts begin. */
    private static final String[] ID_PREFIXES = {
        "org-", "org_", "proj_", "proj-", "user-", "user_", "acct_", "team_", "team-"
    };
    /** Endings of host names that occur in practice; anything else with dots is taken for a path or a version. */
    private static final Set<String> TOP_LEVELS = Set.of(
            "com",
            "net",
            "org",
            "io",
            "ai",
            "dev",
            "app",
            "co",
            "cloud",
            "edu",
            "gov",
            "info",
            "tech",
            "run",
            "eu",
            "us",
            "uk",
            "de",
            "fr",
            "cn",
            "jp",
            "kr",
            "in",
            "ch",
            "nl",
            "local",
            "localdomain",
            "localhost",
            "internal",
            "intranet",
            "lan",
            "corp",
            "home",
            "svc",
            "cluster",
            "consul",
            "arpa",
            "test",
            "example",
            "invalid");
    /** First names of absolute paths of files: a path below one of them names a machine, not an API. */
    private static final Set<String> FILE_ROOTS =
            Set.of("usr", "home", "root", "app", "opt", "var", "tmp", "srv", "etc", "mnt", "data", "workspace");

    private SafeText() {}

    public static String of(String text) {
        String input = text.length() > MAX_INPUT ? text.substring(0, MAX_INPUT) : text;
        StringBuilder out = new StringBuilder(Math.min(input.length(), MAX_LENGTH) + 16);
        int at = 0;
        boolean afterOwner = false;
        while (at < input.length() && out.length() <= MAX_LENGTH) {
            int end = wordEnd(input, at);
            if (end > at) {
                String word = input.substring(at, end);
                appendWord(out, word, afterOwner);
                afterOwner = isOwner(word);
                at = end;
            } else {
                appendDelimiter(out, input.charAt(at));
                at++;
            }
        }
        return capped(out);
    }

    /** A word for programs: kept when it looks like one, otherwise null. */
    public static boolean isWord(String text) {
        if (text.isEmpty() || text.length() > 64) {
            return false;
        }
        return text.chars()
                .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.'));
    }

    private static int wordEnd(String text, int from) {
        int at = from;
        while (at < text.length() && !isDelimiter(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isDelimiter(char c) {
        return Character.isWhitespace(c) || isUnprintable(c) || "\"'`()<>{},;|=".indexOf(c) >= 0;
    }

    private static boolean isUnprintable(char c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.PRIVATE_USE
                || type == Character.UNASSIGNED;
    }

    private static void appendDelimiter(StringBuilder out, char c) {
        boolean gap = Character.isWhitespace(c) || isUnprintable(c);
        if (!gap) {
            out.append(c);
        } else if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
            out.append(' ');
        }
    }

    /** A word with the sentence's own punctuation behind it. */
    private static void appendWord(StringBuilder out, String word, boolean afterOwner) {
        int end = word.length();
        while (end > 0 && ".:!?".indexOf(word.charAt(end - 1)) >= 0) {
            end--;
        }
        String core = word.substring(0, end);
        boolean id = afterOwner && core.length() >= KEY_REST && core.chars().anyMatch(Character::isDigit);
        out.append(id ? SECRET : safe(core)).append(word, end, word.length());
    }

    /** Anthropic names the account as {@code (org: <uuid>, ...)}. */
    private static boolean isOwner(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.startsWith("org")
                || lower.startsWith("project")
                || lower.startsWith("account")
                || lower.startsWith("workspace");
    }

    private static String safe(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (isAddress(lower)) {
            return ADDRESS;
        }
        return isSecret(word, lower) ? SECRET : word;
    }

    // ------------------------------------------------------------------ addresses

    private static boolean isAddress(String word) {
        if (word.contains("://") || word.startsWith("www.") || word.startsWith("//") || isMail(word)) {
            return true;
        }
        if (isBelowFileRoot(word)) {
            return true;
        }
        int slash = word.indexOf('/');
        String host = slash < 0 ? word : word.substring(0, slash);
        return isHost(host.startsWith("[") ? host.substring(1) : host);
    }

    private static boolean isBelowFileRoot(String word) {
        int end = word.startsWith("/") ? word.indexOf('/', 1) : -1;
        return end > 0 && FILE_ROOTS.contains(word.substring(1, end));
    }

    /** Not the versions of models: {@code claude-3-5-sonnet@20240620}. */
    private static boolean isMail(String word) {
        int at = word.indexOf('@');
        return at > 0 && at + 1 < word.length() && Character.isLetter(word.charAt(at + 1)) && word.indexOf('.', at) > 0;
    }

    private static boolean isHost(String word) {
        int colon = word.lastIndexOf(':');
        boolean port = colon > 0 && isDigits(word, colon + 1);
        String name = port ? word.substring(0, colon) : word;
        if (name.equals("localhost") || isIpV4(name) || isIpV6(name)) {
            return true;
        }
        int dot = name.lastIndexOf('.');
        if (dot <= 0) {
            // "vllm-0:8000" is a host, "line 3:14" and "gpt-4o:2024" are not worth the doubt.
            return port && name.indexOf('-') > 0 && Character.isLetter(name.charAt(0)) && word.length() - colon >= 5;
        }
        return isHostName(name) && (port || TOP_LEVELS.contains(name.substring(dot + 1)));
    }

    private static boolean isHostName(String name) {
        return name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "-._".indexOf(c) >= 0);
    }

    private static boolean isDigits(String text, int from) {
        return from < text.length() && text.chars().skip(from).allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isIpV4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (part.length() > 3 || !isDigits(part, 0)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpV6(String text) {
        String plain = text.endsWith("]") ? text.substring(0, text.length() - 1) : text;
        long colons = plain.chars().filter(c -> c == ':').count();
        return colons >= 2
                && plain.length() > 2
                && plain.chars().allMatch(c -> c == ':' || Character.digit(c, 16) >= 0);
    }

    // ------------------------------------------------------------------ secrets

    private static boolean isSecret(String word, String lower) {
        for (String prefix : KEY_PREFIXES) {
            if (lower.startsWith(prefix)) {
                return word.length() >= prefix.length() + KEY_REST || looksMinted(word, prefix.length());
            }
        }
        for (String prefix : ID_PREFIXES) {
            if (lower.startsWith(prefix)
                    && word.length() >= prefix.length() + 3
                    && looksMinted(word, prefix.length())) {
                return true;
            }
        }
        return isMasked(word) || hasLongSegment(word);
    }

    /** Ids and keys hold digits, capitals or masking where ordinary words ("org-wide", "user-defined") do not. */
    private static boolean looksMinted(String word, int from) {
        return word.chars().skip(from).anyMatch(c -> (c < 'a' && c != '-' && c != '_') || c > 'z');
    }

    /** {@code bad-key-**********test}, {@code ****-key}, {@code abcd…wxyz}. */
    private static boolean isMasked(String word) {
        return word.contains("*".repeat(MASK_RUN))
                || (word.length() > 1 && word.indexOf('…') >= 0)
                || word.indexOf("...") > 0
                || word.contains("xxxx");
    }

    /** A run of letters and digits, mixed, that nobody would speak. */
    private static boolean hasLongSegment(String word) {
        int from = 0;
        for (int i = 0; i <= word.length(); i++) {
            if (i == word.length() || !Character.isLetterOrDigit(word.charAt(i))) {
                if (i - from >= SECRET_SEGMENT && isMixed(word, from, i)) {
                    return true;
                }
                from = i + 1;
            }
        }
        return false;
    }

    private static boolean isMixed(String word, int from, int to) {
        boolean digit = false;
        boolean letter = false;
        for (int i = from; i < to; i++) {
            digit |= Character.isDigit(word.charAt(i));
            letter |= Character.isLetter(word.charAt(i));
        }
        return digit && letter;
    }

    private static String capped(StringBuilder out) {
        if (out.length() > MAX_LENGTH) {
            int end = MAX_LENGTH - 1;
            if (Character.isHighSurrogate(out.charAt(end - 1))) {
                end--;
            }
            out.setLength(end);
            out.append('…');
        }
        return out.toString().strip();
    }
}
