// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Tool;
import org.jspecify.annotations.Nullable;

/**
 * A number for the beginning of a prompt: instructions, tools and first message of the user, of each the first 4096 characters. It is the
 * same for every turn of a conversation and on every node, so that a conversation finds the target whose prompt cache knows it. FNV-1a
 * over 64 bits with the finish of MurmurHash3, because FNV alone leaves the upper bits of short texts alike.
 */
final class PromptPrefix {

    private static final int MOST = 4096;
    private static final long SEED = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private long hash = SEED;
    /** Characters that the present piece may still have. */
    private int room;

    private PromptPrefix() {}

    static long hash(Conversation conversation) {
        PromptPrefix prefix = new PromptPrefix();
        prefix.begin();
        for (Message message : conversation.messages()) {
            if (message.role() != Role.SYSTEM) {
                break;
            }
            prefix.add(message);
        }
        prefix.begin();
        for (Tool tool : conversation.tools()) {
            prefix.add(tool.name());
            prefix.add(tool.description());
            prefix.add(
                    tool.parameters() == null || prefix.room == 0
                            ? null
                            : tool.parameters().toString());
        }
        prefix.begin();
        conversation.messages().stream()
                .filter(message -> message.role() == Role.USER)
                .findFirst()
                .ifPresent(prefix::add);
        return prefix.finished();
    }

    /** Of a prompt that is no conversation. */
    static long hash(String prompt) {
        PromptPrefix prefix = new PromptPrefix();
        prefix.begin();
        prefix.add(prompt);
        return prefix.finished();
    }

    private void begin() {
        room = MOST;
        mix(0x10000);
    }

    private void add(Message message) {
        for (Part part : message.parts()) {
            switch (part) {
                case Part.Text text -> add(text.text());
                case Part.Image image -> {
                    add(image.url());
                    add(image.base64());
                }
                case Part.Document document -> {
                    add(document.text());
                    add(document.url());
                    add(document.base64());
                }
                case Part.Audio audio -> add(audio.base64());
                case Part.ToolCall call -> add(call.name());
                case Part.ToolResult result -> add(result.callId());
                case Part.Thought thought -> add(thought.text());
                case Part.Refusal refusal -> add(refusal.text());
            }
        }
    }

    private void add(@Nullable String text) {
        if (text == null) {
            return;
        }
        int to = Math.min(room, text.length());
        for (int i = 0; i < to; i++) {
            mix(text.charAt(i));
        }
        room -= to;
        // Where a text ends matters: "a" and "bc" are not "ab" and "c".
        mix(0x10001);
    }

    private void mix(int value) {
        hash = (hash ^ value) * PRIME;
    }

    private long finished() {
        long mixed = hash;
        mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
