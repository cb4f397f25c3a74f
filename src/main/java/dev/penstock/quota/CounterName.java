// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What a store calls a counter: {@code tenant/acme/tokens/minute}, {@code user/acme/ann/requests/minute}. Equal on all nodes, never
 * equal for two counters, and never long: what callers name themselves is hashed beyond a length.
 */
final class CounterName {

    private static final int LONGEST = 64;

    private CounterName() {}

    /**
     * @param tenant where the count is inside of one, else empty
     */
    static String of(LimitRule rule, String tenant, String name) {
        StringBuilder text = new StringBuilder(64);
        text.append(word(rule.scope()));
        if (!tenant.isEmpty()) {
            text.append('/').append(part(tenant));
        } else if (rule.scope() == LimitRule.Scope.USER) {
            text.append('/');
        }
        text.append('/').append(part(name)).append('/').append(word(rule.unit()));
        if (!rule.tenant().isEmpty()) {
            // A user's limit and the tenant's limit for the same user are two counts.
            text.append("/tenant");
        }
        return text.append('/').append(word(rule.period())).toString();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String part(String name) {
        String plain = name.replace("%", "%25").replace("/", "%2F");
        return plain.length() <= LONGEST ? plain : "%" + hash(name);
    }

    private static String hash(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
