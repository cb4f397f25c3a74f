// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.ApiSchema;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an assistant's message brings back of its reasoning: the words in {@code reasoning_content} or {@code reasoning}, and what
 * belongs to the provider in {@code reasoning_details} and {@code extra_content}. A carrier that was written here says which of
 * the words it signs, so the blocks of the provider are found again, in order.
 */
final class ThoughtsReader {

    private final String path;
    private final String member;
    private final String words;
    private final Message.Draft thoughts = new Message.Draft();
    private int told;
    private boolean wordsInDetails;
    private boolean placed;

    private ThoughtsReader(JsonNode message, String path) {
        this.path = path;
        String content = message.path("reasoning_content").asText("");
        JsonNode reasoning = message.path("reasoning");
        boolean other = content.isEmpty() && reasoning.isTextual();
        this.member = other ? "reasoning" : "reasoning_content";
        this.words = other ? reasoning.textValue() : content;
    }

    static Message.Draft read(JsonNode message, String path) {
        ThoughtsReader reader = new ThoughtsReader(message, path);
        JsonNode details = RequestJson.member(message, "reasoning_details");
        if (details != null && details.isArray()) {
            for (int i = 0; i < details.size(); i++) {
                reader.detail(details.get(i), reader.place("reasoning_details[" + i + ']'), details.size() == 1);
            }
        }
        reader.rest();
        JsonNode extra = RequestJson.objectMember(message, "extra_content", path);
        Carrier carrier = extra == null ? null : extraContent(extra);
        if (carrier != null) {
            reader.thoughts.add(new Part.Thought("", carrier), reader.place("extra_content"));
        }
        return reader.thoughts;
    }

    private Place place(String name) {
        return new Place(path + '.' + name, ChatWords.PLACE);
    }

    private void detail(JsonNode detail, Place place, boolean only) {
        if (!detail.isObject()) {
            return;
        }
        String id = detail.path("id").textValue();
        String format = detail.path("format").textValue();
        String data = detail.path("data").asText("");
        Carrier foreign = format == null ? null : CarrierForm.restore(format, data, id);
        if (foreign == null) {
            String text = detail.path("text").asText(detail.path("summary").asText(""));
            wordsInDetails |= !text.isEmpty();
            thoughts.add(
                    new Part.Thought(
                            text, new Carrier(ApiSchema.OPENAI_CHAT, CarrierForm.DETAILS, detail.toString(), id)),
                    place);
            return;
        }
        placed = true;
        boolean ranged = detail.has("from") || detail.has("to");
        int from = ranged ? detail.path("from").asInt(-1) : only ? 0 : told;
        int to = ranged ? detail.path("to").asInt(-1) : only ? words.length() : told;
        if (from < told || to < from || to > words.length()) {
            thoughts.add(new Part.Thought("", foreign), place);
            return;
        }
        upTo(from);
        thoughts.add(new Part.Thought(words.substring(from, to), foreign), place);
        told = to;
    }

    private void upTo(int from) {
        if (from > told) {
            thoughts.add(new Part.Thought(words.substring(told, from), null), place(member));
        }
    }

    /** Words that no carrier claimed; not those that the details of another gateway repeat. */
    private void rest() {
        if (placed) {
            upTo(words.length());
        } else if (!wordsInDetails && !words.isEmpty()) {
            thoughts.addFirst(new Part.Thought(words, null), place(member));
        }
    }

    /** The carrier in an {@code extra_content}: Gemini's own, or one that was written here; or null. */
    static @Nullable Carrier extraContent(JsonNode extra) {
        String signature =
                extra.path("google").path(CarrierForm.THOUGHT_SIGNATURE).asText("");
        if (!signature.isEmpty()) {
            return new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, CarrierForm.THOUGHT_SIGNATURE, signature, null);
        }
        JsonNode own = extra.path("penstock");
        for (ApiSchema schema : ApiSchema.values()) {
            if (schema.name().toLowerCase(Locale.ROOT).equals(own.path("origin").asText(""))) {
                return new Carrier(
                        schema,
                        own.path("kind").asText(""),
                        own.path("value").asText(""),
                        own.path("id").textValue());
            }
        }
        return null;
    }
}
