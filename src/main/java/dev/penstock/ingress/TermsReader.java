// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.FeatureName;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Priority;
import dev.penstock.pipeline.CallTerms;
import io.vertx.core.MultiMap;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The header fields by which a client says how urgent its call is, what it is for and what it is called. They are for this gateway
 * and go no further. A value that cannot be understood is refused: who sets a deadline, or counts by features, relies on it.
 */
final class TermsReader {

    static final String PRIORITY = "x-penstock-priority";
    static final String TIMEOUT = "x-request-timeout";
    static final String FEATURE = "x-penstock-feature";
    static final String SESSION = "x-penstock-session";

    private static final Duration LONGEST = Duration.ofHours(24);
    private static final int LONGEST_SESSION = 128;
    private static final int MAX_DIGITS = 15;

    private TermsReader() {}

    /** Throws the {@link GatewayError} for the client. */
    static CallTerms read(MultiMap headers) {
        String priority = headers.get(PRIORITY);
        String timeout = headers.get(TIMEOUT);
        String name = CallNames.read(headers);
        String feature = one(headers, FEATURE);
        String session = one(headers, SESSION);
        if (priority == null && timeout == null && name == null && feature == null && session == null) {
            return CallTerms.NONE;
        }
        return new CallTerms(
                priority == null ? null : priority(priority.strip()),
                timeout == null ? null : timeout(timeout.strip()),
                name,
                feature == null ? "" : feature(feature),
                session == null ? "" : session(session));
    }

    /** Two of them would be two features; which one counts should not be for two readers to decide. */
    private static @Nullable String one(MultiMap headers, String name) {
        String value = headers.get(name);
        return value == null || headers.getAll(name).size() == 1 ? value : "";
    }

    private static String feature(String text) {
        if (!FeatureName.isOne(text)) {
            throw refused(FEATURE, "one name of " + FeatureName.FORM);
        }
        return text;
    }

    /** Goes to logs and reports, so it holds what identifiers are made of and nothing else. */
    private static String session(String text) {
        boolean harmless = !text.isEmpty()
                && text.length() <= LONGEST_SESSION
                && text.chars().allMatch(c -> c < 127 && (Character.isLetterOrDigit(c) || "._:/+=@~-".indexOf(c) >= 0));
        if (!harmless) {
            throw refused(SESSION, "one name of 1 to " + LONGEST_SESSION + " letters, digits and ._:/+=@~-");
        }
        return text;
    }

    private static Priority priority(String text) {
        for (Priority known : Priority.values()) {
            if (known.label().equals(text)) {
                return known;
            }
        }
        throw refused(PRIORITY, "interactive or batch");
    }

    private static Duration timeout(String text) {
        Duration parsed = text.endsWith("ms")
                ? millis(text.substring(0, text.length() - 2))
                : seconds(text.endsWith("s") ? text.substring(0, text.length() - 1) : text);
        if (parsed == null || parsed.isZero()) {
            throw refused(TIMEOUT, "a time above zero, such as 1.5 (seconds), 30s or 1500ms");
        }
        return parsed.compareTo(LONGEST) > 0 ? LONGEST : parsed;
    }

    private static @Nullable Duration millis(String text) {
        return isNumber(text) ? Duration.ofMillis(Long.parseLong(text)) : null;
    }

    private static @Nullable Duration seconds(String text) {
        int dot = text.indexOf('.');
        if (dot < 0) {
            return isNumber(text) ? Duration.ofSeconds(Math.min(Long.parseLong(text), LONGEST.toSeconds())) : null;
        }
        String fraction = text.substring(dot + 1);
        Duration whole = seconds(text.substring(0, dot));
        if (whole == null || !isNumber(fraction)) {
            return null;
        }
        // To the millisecond: finer ones are noise.
        return whole.plusMillis(Long.parseLong((fraction + "00").substring(0, 3)));
    }

    private static boolean isNumber(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static GatewayError refused(String field, String expected) {
        return GatewayError.builder(Kind.INVALID_REQUEST, "The header field " + field + " must be " + expected + ".")
                .param(field)
                .code("invalid_header")
                .build();
    }
}
