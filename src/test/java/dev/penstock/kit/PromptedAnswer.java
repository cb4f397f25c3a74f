// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * An answer that is a pure function of the prompt, whoever gives it: two providers say the same to the same question, so whoever
 * asked can compare every character, and a text put together from two of them has to be seamless. The prompt is the content of
 * the last message; the number of tokens follows from it, too, between {@value #LEAST} and {@value #MOST}.
 */
public final class PromptedAnswer implements Answer {

    private static final int LEAST = 20;
    private static final int MOST = 60;
    private static final List<String> SYLLABLES = List.of(
            "ri", "ver", "gate", "lock", "weir", "mill", "tide", "ström", "flow", "dam", "well", "rain", "水", "pump");

    private final Duration gap;

    private PromptedAnswer(Duration gap) {
        this.gap = gap;
    }

    /** Streams with that gap after each token; an answer that is not a stream comes at once. */
    public static PromptedAnswer every(Duration gap) {
        return new PromptedAnswer(gap);
    }

    /** The whole answer to that prompt. */
    public static String textFor(String prompt) {
        return String.join("", tokensFor(prompt));
    }

    static List<String> tokensFor(String prompt) {
        CRC32 crc = new CRC32();
        crc.update(prompt.getBytes(StandardCharsets.UTF_8));
        Random random = new Random(crc.getValue());
        int tokens = LEAST + random.nextInt(MOST - LEAST + 1);
        return IntStream.range(0, tokens)
                .mapToObj(i -> (i == 0 ? "" : " ")
                        + SYLLABLES.get(random.nextInt(SYLLABLES.size()))
                        + SYLLABLES.get(random.nextInt(SYLLABLES.size())))
                .collect(Collectors.toUnmodifiableList());
    }

    @Override
    public Script to(SeenRequest request) {
        List<String> tokens = tokensFor(prompt(request));
        ChatEvents events = ChatEvents.of(request);
        if (!request.stream()) {
            return Script.json(200, events.unary(String.join("", tokens), tokens.size(), true));
        }
        Script.Builder script = Answers.head(request)
                .send(events.role())
                .repeat(tokens.size(), i -> ChatEvents.utf8(events.content(tokens.get(i))), gap)
                .send(events.finish("stop"));
        if (events.usage()) {
            script.send(events.usageOf(tokens.size()));
        }
        return script.send(events.done()).build();
    }

    private static String prompt(SeenRequest request) {
        var messages = new JsonObject(request.bodyText()).getJsonArray("messages");
        return messages.getJsonObject(messages.size() - 1).getString("content");
    }
}
