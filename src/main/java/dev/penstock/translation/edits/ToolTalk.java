// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Calls of tools and their results as words, for a model that is offered no tools. A call is told with its result and in the user's turn:
 * a model that read calls in its own words would write such words in place of an answer.
 */
final class ToolTalk {

    /** A call can hold a whole file. */
    private static final int MOST_ARGUMENTS = 500;

    /** By id, in order; those that have no result yet. */
    private final Map<String, String> open = new LinkedHashMap<>();

    private final Map<String, String> all = new LinkedHashMap<>();

    /** The model asks. */
    void called(String id, String name, String arguments) {
        String call = name + brief(arguments);
        open.put(id, call);
        all.put(id, call);
    }

    private static String brief(String arguments) {
        String text = arguments.strip();
        if (text.isEmpty() || text.equals("{}")) {
            return "";
        }
        return '(' + (text.length() > MOST_ARGUMENTS ? text.substring(0, MOST_ARGUMENTS) + '…' : text) + ')';
    }

    /**
     * What a tool said.
     *
     * @param name of the tool where the result tells it, for one whose call is not known
     */
    String result(String id, @Nullable String name, boolean failed, String said) {
        open.remove(id);
        String call = all.getOrDefault(id, name == null || name.isEmpty() ? "a tool" : name);
        return "Result of " + call + (failed ? " (failed)" : "") + ": " + (said.isBlank() ? "nothing" : said);
    }

    /** Calls without a result, in words; empty where there are none. */
    String unanswered() {
        return open.isEmpty() ? "" : "Called without a result: " + String.join(", ", open.values());
    }

    /** All texts of a content that is a text or parts; each on a line of its own. */
    static String words(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode part : content) {
            if (part.path("text").isTextual()) {
                texts.add(part.path("text").textValue());
            }
        }
        return String.join("\n", texts);
    }

    /** Those parts of a content that are no text. */
    static List<JsonNode> others(JsonNode content) {
        List<JsonNode> others = new ArrayList<>();
        if (content.isArray()) {
            content.forEach(part -> {
                if (!part.path("text").isTextual()) {
                    others.add(part);
                }
            });
        }
        return others;
    }
}
