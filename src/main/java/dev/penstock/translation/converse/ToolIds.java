// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The ids of tool calls of one conversation, as Bedrock takes them: {@code [a-zA-Z0-9_-]}, at most 64, each once. Other providers
 * make longer ones, ones with other characters, or the same one turn after turn. What has to be changed is changed the same way
 * in every request, so that a prompt that grows keeps its cached prefix.
 */
final class ToolIds {

    private static final int MAX_LENGTH = 64;

    /** By the client's id, what its latest call is named here. */
    private final Map<String, String> latest = new HashMap<>();

    private final Set<String> taken = new HashSet<>();
    /** By the name that an id would have, the number to try next: a client that repeats one id all along costs no more for it. */
    private final Map<String, Integer> again = new HashMap<>();

    /** For a call. */
    String called(String id) {
        String base = fitting(id);
        String name = base;
        while (!taken.add(name)) {
            String tail = "-" + again.merge(base, 2, (before, two) -> before + 1);
            name = base.substring(0, Math.min(base.length(), MAX_LENGTH - tail.length())) + tail;
        }
        latest.put(id, name);
        return name;
    }

    /** For the result of a call. */
    String answered(String id) {
        String name = latest.get(id);
        return name != null ? name : fitting(id);
    }

    private static String fitting(String id) {
        return isName(id) ? id : "call_" + UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether this can be the id of a call, or the name of a tool: the rule is the same. */
    static boolean isName(String text) {
        return !text.isEmpty() && text.length() <= MAX_LENGTH && text.chars().allMatch(ToolIds::isNameChar);
    }

    /** A name out of any text, always the same. */
    static String nameOf(String text) {
        if (isName(text)) {
            return text;
        }
        StringBuilder name = new StringBuilder(MAX_LENGTH);
        for (int i = 0; i < text.length() && name.length() < MAX_LENGTH; i++) {
            name.append(isNameChar(text.charAt(i)) ? text.charAt(i) : '_');
        }
        return name.isEmpty() ? "tool" : name.toString();
    }

    private static boolean isNameChar(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
}
