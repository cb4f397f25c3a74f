// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ending;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.Usage;
import dev.penstock.schema.openai.ChatEventReader;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** OpenAI's chunks, of chats and of legacy completions: a finish reason for every choice that is open, usage if asked for, {@code [DONE]}. */
public final class ChatEnding extends PassedEnding {

    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final String[] HEAD = {"id", "object", "created", "model", "system_fingerprint", "service_tier"};

    private final ChatEventReader reader;
    private final boolean tellsUsage;

    /** Of a stream that has not begun; {@code tellsUsage} is whether the client asked for the usage. */
    public ChatEnding(ChatEventReader reader, boolean tellsUsage) {
        super(reader, "length");
        this.reader = reader;
        this.tellsUsage = tellsUsage;
    }

    @Override
    byte @Nullable [] after(ObjectNode last, Usage used) {
        ObjectNode finish = head(last);
        ArrayNode choices = finish.putArray("choices");
        boolean chat = last.path("choices").path(0).has("delta");
        long open = reader.openChoices();
        for (int i = 0; i < Long.SIZE; i++) {
            if ((open & 1L << i) != 0) {
                choice(choices.addObject(), i, chat);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        event(out, finish);
        if (tellsUsage) {
            event(out, usage(head(last), used));
        }
        out.writeBytes(DONE);
        return out.toByteArray();
    }

    private void choice(ObjectNode choice, int index, boolean chat) {
        choice.put("index", index);
        if (chat) {
            choice.putObject("delta");
        } else {
            choice.put("text", "");
        }
        choice.putNull("logprobs");
        choice.put("finish_reason", word());
    }

    /** What all chunks of an answer have in common. */
    private static ObjectNode head(ObjectNode last) {
        ObjectNode chunk = last.objectNode();
        for (String name : HEAD) {
            JsonNode value = last.get(name);
            if (value != null) {
                chunk.set(name, value);
            }
        }
        return chunk;
    }

    private static ObjectNode usage(ObjectNode chunk, Usage used) {
        chunk.putArray("choices");
        ObjectNode usage = chunk.putObject("usage");
        usage.put("prompt_tokens", used.inputTokens());
        usage.put("completion_tokens", used.outputTokens());
        usage.put("total_tokens", used.totalTokens());
        return chunk;
    }
}
