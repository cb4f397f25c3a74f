// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The {@code reasoning_details} of an answer (OpenRouter, Snowflake). Text and summaries are readable thoughts; what is encrypted or
 * signed must come back, so it becomes a carrier that holds the whole item. In a stream the text of a signed item comes in
 * pieces with one {@code index} and the signature after them: the item is put together again here.
 */
final class ReasoningDetails {

    private static final byte[] SUMMARY = Keys.bytes("summary");

    private final StringBuilder text = new StringBuilder(0);
    private long textIndex = -1;
    private final long[] index = new long[1];

    private String type = "";
    private String words = "";
    private String data = "";
    private String signature = "";
    private String format = "";
    private String id = "";

    /**
     * Reads the item that begins at the cursor.
     *
     * @param wordsKnown whether the answer has its words in a plain field too: they stand here again, piece by piece or all
     *     together with the signature
     */
    boolean read(JsonCursor json, byte[] bytes, boolean wordsKnown, PartReader reader, AnswerSink sink) {
        int from = json.at();
        if (!members(json)) {
            return false;
        }
        if (!words.isEmpty() && !wordsKnown) {
            reader.thought(words, sink);
        }
        if (!data.isEmpty()) {
            sink.thoughtCarrier(carrier(new String(bytes, from, json.at() - from, StandardCharsets.UTF_8)));
        } else if (!type.equals("reasoning.summary")) {
            gather(sink);
        }
        return true;
    }

    private void gather(AnswerSink sink) {
        if (index[0] != textIndex) {
            text.setLength(0);
            textIndex = index[0];
        }
        text.append(words);
        if (!signature.isEmpty()) {
            sink.thoughtCarrier(new Carrier(ApiSchema.OPENAI_CHAT, CarrierForm.DETAILS, signedItem(), idOrNull()));
            text.setLength(0);
        }
    }

    private String signedItem() {
        JsonBytes item = new JsonBytes();
        item.raw("{\"type\":").string(type.isEmpty() ? "reasoning.text" : type);
        item.raw(",\"text\":").string(text.toString());
        item.raw(",\"signature\":").string(signature);
        if (!id.isEmpty()) {
            item.raw(",\"id\":").string(id);
        }
        if (!format.isEmpty()) {
            item.raw(",\"format\":").string(format);
        }
        if (index[0] >= 0) {
            item.raw(",\"index\":").number(index[0]);
        }
        return new String(item.raw("}").take(), StandardCharsets.UTF_8);
    }

    private Carrier carrier(String item) {
        Carrier foreign = CarrierForm.isForeign(format) ? CarrierForm.restore(format, data, idOrNull()) : null;
        return foreign != null ? foreign : new Carrier(ApiSchema.OPENAI_CHAT, CarrierForm.DETAILS, item, idOrNull());
    }

    private @Nullable String idOrNull() {
        return id.isEmpty() ? null : id;
    }

    private boolean members(JsonCursor json) {
        type = "";
        words = "";
        data = "";
        signature = "";
        format = "";
        id = "";
        index[0] = -1;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member(json)) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member(JsonCursor json) {
        int first = json.peek();
        if (json.keyIs(Keys.INDEX) && first != '"' && first != 'n') {
            return json.count(index, 0);
        }
        if (first != '"') {
            return json.skipValue();
        }
        boolean ok = json.string();
        if (json.keyIs(Keys.TEXT) || json.keyIs(SUMMARY)) {
            words = json.stringValue();
        } else if (json.keyIs(Keys.TYPE)) {
            type = json.stringValue();
        } else if (json.keyIs(Keys.DATA)) {
            data = json.stringValue();
        } else if (json.keyIs(Keys.SIGNATURE)) {
            signature = json.stringValue();
        } else if (json.keyIs(Keys.FORMAT)) {
            format = json.stringValue();
        } else if (json.keyIs(Keys.ID)) {
            id = json.stringValue();
        }
        return ok;
    }
}
