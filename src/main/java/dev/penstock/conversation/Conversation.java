// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request for an answer, in no provider's words.
 *
 * @param model as the client named it
 * @param stream whether the answer is wanted event by event
 * @param messages in the client's order, instructions included; roles may repeat
 * @param tools what the model may call
 * @param toolChoice whether it may, must or must not
 * @param parallelTools whether several calls may stand in one answer; null when the client did not say
 * @param sampling length and chance
 * @param format a structure that the answer must have, or null
 * @param reasoning how much the model shall think, or null when the client did not say
 * @param user who asks, in the application's words, or null
 * @param extras fields of the client's schema without a place here, by name; a writer of the same family may use them, every other
 *     reports them as {@link Losses}
 */
public record Conversation(
        String model,
        boolean stream,
        List<Message> messages,
        List<Tool> tools,
        ToolChoice toolChoice,
        @Nullable Boolean parallelTools,
        Sampling sampling,
        @Nullable OutputFormat format,
        @Nullable Reasoning reasoning,
        @Nullable String user,
        Map<String, JsonNode> extras) {

    public Conversation {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        extras = new LinkedHashMap<>(extras);
    }

    /** Whether any part or tool is marked as the end of a beginning that the provider shall keep. */
    public boolean hasCacheMarks() {
        return tools.stream().anyMatch(tool -> tool.cache() != null)
                || messages.stream()
                        .flatMap(message -> message.parts().stream())
                        .anyMatch(Conversation::hasCacheMark);
    }

    private static boolean hasCacheMark(Part part) {
        return switch (part) {
            case Part.Text text -> text.cache() != null;
            case Part.Image image -> image.cache() != null;
            case Part.Document document -> document.cache() != null;
            case Part.ToolCall call -> call.cache() != null;
            case Part.ToolResult result -> result.cache() != null;
            case Part.Audio audio -> false;
            case Part.Thought thought -> false;
            case Part.Refusal refusal -> false;
        };
    }
}
