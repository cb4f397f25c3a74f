// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.Ticker;
import java.util.HexFormat;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Names for requests: the caller's {@code x-request-id} if it is harmless, else {@code req_} and a UUID of version 7 (RFC
 * 9562 section 5.7) without hyphens, so that identifiers sort by time. Used on one event loop.
 */
public final class RequestIds {

    private static final int MAX_LENGTH = 128;

    private final Ticker ticker;
    private final RandomGenerator random;

    public RequestIds(Ticker ticker, RandomGenerator random) {
        this.ticker = ticker;
        this.random = random;
    }

    /** The offered identifier when it is 1 to 128 of {@code A-Z a-z 0-9 _ . -}, a new one otherwise. */
    public String of(@Nullable String offered) {
        return of(offered, unique());
    }

    /** The same for a request that has a UUID. */
    public String of(@Nullable String offered, UUID uuid) {
        if (offered != null && isHarmless(offered)) {
            return offered;
        }
        HexFormat hex = HexFormat.of();
        return "req_" + hex.toHexDigits(uuid.getMostSignificantBits())
                + hex.toHexDigits(uuid.getLeastSignificantBits());
    }

    /** A UUID of version 7. */
    public UUID unique() {
        long high = (ticker.now().toEpochMilli() << 16) | 0x7000 | (random.nextLong() & 0xfff);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    static boolean isHarmless(String id) {
        if (id.isEmpty() || id.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
            boolean digit = c >= '0' && c <= '9';
            if (!letter && !digit && c != '_' && c != '.' && c != '-') {
                return false;
            }
        }
        return true;
    }
}
