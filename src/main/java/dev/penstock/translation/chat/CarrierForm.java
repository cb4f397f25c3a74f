// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.Carrier;
import dev.penstock.exchange.ApiSchema;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a carrier looks in this schema. Clients of reasoning models keep the items of {@code reasoning_details} (OpenRouter) and the
 * {@code extra_content} of a tool call (Gemini's own endpoint of this schema) and send them back, so foreign carriers travel
 * there: an item of type {@code reasoning.encrypted} whose {@code format} is {@code penstock/<origin>/<kind>}. Carriers that were
 * issued in this schema go as they came.
 */
final class CarrierForm {

    /** A whole item of {@code reasoning_details}, as JSON text. */
    static final String DETAILS = "reasoning_details";

    static final String THOUGHT_SIGNATURE = "thought_signature";
    private static final String PREFIX = "penstock/";

    private CarrierForm() {}

    static boolean isOwnDetail(Carrier carrier) {
        return carrier.origin() == ApiSchema.OPENAI_CHAT && carrier.kind().equals(DETAILS);
    }

    /** Gemini's signature has a place of its own that clients know. */
    static boolean isGoogle(Carrier carrier) {
        return carrier.origin() == ApiSchema.GEMINI_GENERATE_CONTENT
                && carrier.kind().equals(THOUGHT_SIGNATURE)
                && carrier.id() == null;
    }

    static String format(Carrier carrier) {
        return PREFIX + carrier.origin().name().toLowerCase(Locale.ROOT) + '/' + carrier.kind();
    }

    static boolean isForeign(@Nullable String format) {
        return format != null && format.startsWith(PREFIX);
    }

    /** The carrier that {@link #format} was made of, or null when it was made by nobody here. */
    static @Nullable Carrier restore(String format, String value, @Nullable String id) {
        int slash = format.indexOf('/', PREFIX.length());
        if (!isForeign(format) || slash < 0) {
            return null;
        }
        String origin = format.substring(PREFIX.length(), slash);
        for (ApiSchema schema : ApiSchema.values()) {
            if (schema.name().toLowerCase(Locale.ROOT).equals(origin)) {
                return new Carrier(schema, format.substring(slash + 1), value, id);
            }
        }
        return null;
    }
}
