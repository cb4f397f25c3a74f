// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.accounting.ExchangeRecord;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Names of calls as the tables have them: the 16 bytes of a UUID of version 7. Those begin with the milliseconds, so that their order is
 * that of time, and one index serves both questions: which call, and which calls of some time.
 */
final class CallKey {

    static final int BYTES = 16;

    private static final String OWN = "req_";

    private CallKey() {}

    static byte[] of(UUID uuid) {
        return bytes(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    /** Not behind any name of this moment or a later one. */
    static byte[] first(long epochMilli) {
        return bytes(epochMilli << 16, 0);
    }

    private static byte[] bytes(long high, long low) {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    static UUID uuid(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    /** The UUID that the text is, with hyphens or without; null where it is none. */
    static @Nullable UUID uuid(String text) {
        String digits = text.length() == 36 ? text.replace("-", "") : text;
        return digits.length() == 2 * BYTES ? digits(digits, 0) : null;
    }

    /** The UUID in a request's name that the gateway made up, as an exchange without one of its caller's has it; null where it is none. */
    static @Nullable UUID own(String requestId) {
        return requestId.length() == OWN.length() + 2 * BYTES && requestId.startsWith(OWN)
                ? digits(requestId, OWN.length())
                : null;
    }

    private static @Nullable UUID digits(String text, int from) {
        for (int i = from; i < from + 2 * BYTES; i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) {
                return null;
            }
        }
        return new UUID(
                HexFormat.fromHexDigitsToLong(text, from, from + 16),
                HexFormat.fromHexDigitsToLong(text, from + 16, from + 32));
    }

    /** The request's name where it is to be looked up by; null where the call's own says the same. */
    static @Nullable String requestId(ExchangeRecord exchange) {
        String id = exchange.id();
        return exchange.uuid().equals(own(id)) ? null : PlainText.name(id);
    }
}
