// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.Carrier;
import dev.penstock.exchange.ApiSchema;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Carriers as the {@code encrypted_content} of a reasoning item, the one place in this schema for what a client keeps and returns
 * without looking. What Responses itself issued with an item's id stays as it is. Everything else becomes
 *
 * <pre>
 *   penstock1.ORIGIN.KIND.VALUE.ID.CALL
 * </pre>
 *
 * where the last three are base64url; {@code ID} is empty when the carrier has none, and {@code CALL} names the function call that
 * the carrier belongs to, for a function call item has no place of its own. OpenAI's values begin with {@code gAAAA}.
 */
final class CarrierText {

    static final String KIND = "encrypted_content";
    private static final String PREFIX = "penstock1.";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    /**
     * A carrier and its place.
     *
     * @param call id of the function call to which it belongs, or null when it belongs to a thought
     */
    record Placed(Carrier carrier, @Nullable String call) {}

    private CarrierText() {}

    /** Whether it goes as it is, under its own item id. */
    static boolean isPlain(Carrier carrier) {
        return carrier.origin() == ApiSchema.OPENAI_RESPONSES
                && carrier.kind().equals(KIND)
                && carrier.id() != null
                && !carrier.value().startsWith(PREFIX);
    }

    static String wrapped(Carrier carrier, @Nullable String call) {
        return PREFIX
                + carrier.origin().name().toLowerCase(Locale.ROOT)
                + '.'
                + carrier.kind()
                + '.'
                + base64(carrier.value())
                + '.'
                + base64(carrier.id())
                + '.'
                + base64(call);
    }

    private static String base64(@Nullable String text) {
        return text == null ? "" : ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads an {@code encrypted_content}.
     *
     * @param itemId of the reasoning item that holds it, or null
     * @return null when it says that it was wrapped here, and was not
     */
    static @Nullable Placed read(String text, @Nullable String itemId) {
        if (!text.startsWith(PREFIX)) {
            return new Placed(new Carrier(ApiSchema.OPENAI_RESPONSES, KIND, text, itemId), null);
        }
        int call = text.lastIndexOf('.');
        int id = text.lastIndexOf('.', call - 1);
        int value = text.lastIndexOf('.', id - 1);
        int kind = text.indexOf('.', PREFIX.length());
        if (kind < 0 || kind >= value) {
            return null;
        }
        try {
            ApiSchema origin =
                    ApiSchema.valueOf(text.substring(PREFIX.length(), kind).toUpperCase(Locale.ROOT));
            String what = decoded(text.substring(value + 1, id));
            Carrier carrier = new Carrier(
                    origin,
                    text.substring(kind + 1, value),
                    what == null ? "" : what,
                    decoded(text.substring(id + 1, call)));
            return new Placed(carrier, decoded(text.substring(call + 1)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String decoded(String base64) {
        return base64.isEmpty() ? null : new String(DECODER.decode(base64), StandardCharsets.UTF_8);
    }
}
