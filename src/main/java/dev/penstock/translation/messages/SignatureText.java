// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.Carrier;
import dev.penstock.exchange.ApiSchema;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A carrier in the one place of this schema that clients give back unread: the {@code signature} of a thinking block. Anthropic's own
 * stand there as they are; those of others as {@code penstock:ORIGIN:kind:id:value:call}, the last three in base64url, so
 * that the very same carrier can be made again. Anthropic's signatures are base64 and never hold a colon.
 *
 * @param carrier what came from a provider
 * @param callId of the tool call that it belongs to, or null when it belongs to the thought
 */
record SignatureText(Carrier carrier, @Nullable String callId) {

    static final String SIGNATURE = "signature";
    static final String REDACTED = "redacted";

    private static final String PREFIX = "penstock:";
    private static final String NONE = "~";
    private static final int PARTS = 6;

    /** Whether the carrier is a signature of Anthropic's own. */
    static boolean isNative(Carrier carrier) {
        return carrier.origin() == ApiSchema.ANTHROPIC_MESSAGES
                && carrier.kind().equals(SIGNATURE);
    }

    /** Whether the carrier is the data of a redacted thought of Anthropic's own. */
    static boolean isRedacted(Carrier carrier) {
        return carrier.origin() == ApiSchema.ANTHROPIC_MESSAGES
                && carrier.kind().equals(REDACTED);
    }

    /** What stands in {@code signature}. */
    String text() {
        if (isNative(carrier) && callId == null && carrier.id() == null) {
            return carrier.value();
        }
        return PREFIX + carrier.origin().name() + ":" + carrier.kind() + ":" + coded(carrier.id()) + ":"
                + coded(carrier.value()) + ":" + coded(callId);
    }

    /** Reads what a client gave back. Whatever is not ours is Anthropic's. */
    static SignatureText of(String text) {
        String[] parts = text.startsWith(PREFIX) ? text.split(":", -1) : new String[0];
        if (parts.length == PARTS) {
            try {
                String value = decoded(parts[4]);
                ApiSchema origin = ApiSchema.valueOf(parts[1]);
                return new SignatureText(
                        new Carrier(origin, parts[2], value == null ? "" : value, decoded(parts[3])),
                        decoded(parts[5]));
            } catch (IllegalArgumentException e) {
                // Somebody else's text that begins like ours.
            }
        }
        return new SignatureText(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, SIGNATURE, text, null), null);
    }

    private static String coded(@Nullable String value) {
        return value == null
                ? NONE
                : Base64.getUrlEncoder().withoutPadding().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String decoded(String code) {
        return code.equals(NONE) ? null : new String(Base64.getUrlDecoder().decode(code), StandardCharsets.UTF_8);
    }
}
