// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Events of an OpenAI chat stream as OpenAI itself sends them (field order, padding and all; about 270 bytes for a token).
 * Each method gives one complete event with its blank line.
 *
 * @param model the model name in each event
 * @param usage whether events carry {@code "usage":null}, as they do when usage was asked for
 */
public record ChatEvents(String model, boolean usage) {

    public static final String ID = "chatcmpl-Cd8mRkQ3v7pN2xLwT5yBhZ0sJfEaU";
    public static final int PROMPT_TOKENS = 11;

    private static final String PADDING = "kQ3v7pN2xLwT5yBhZ0sJfEaU9gDc";

    public static ChatEvents of(SeenRequest request) {
        return new ChatEvents(request.model(), request.wantsUsage());
    }

    public static ChatEvents plain() {
        return new ChatEvents("gpt-4o-mini", false);
    }

    /** The preamble: a role and no content. */
    public String role() {
        return role(0);
    }

    public String role(int choice) {
        return choice(choice, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
    }

    public String content(String text) {
        return content(0, text);
    }

    public String content(int choice, String text) {
        return choice(choice, "{\"content\":" + quote(text) + "}", "null");
    }

    /** The first fragment of a tool call. */
    public String toolStart(int index, String id, String name) {
        return choice(
                0,
                "{\"tool_calls\":[{\"index\":" + index + ",\"id\":" + quote(id)
                        + ",\"type\":\"function\",\"function\":{\"name\":" + quote(name) + ",\"arguments\":\"\"}}]}",
                "null");
    }

    /** A later fragment: any piece of the arguments. */
    public String toolArguments(int index, String piece) {
        return choice(
                0,
                "{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + quote(piece) + "}}]}",
                "null");
    }

    public String finish(String reason) {
        return finish(0, reason);
    }

    public String finish(int choice, String reason) {
        return choice(choice, "{}", quote(reason));
    }

    /** The extra event with no choices that comes when usage was asked for. */
    public String usageOf(int completionTokens) {
        return "data: " + envelope() + "\"choices\":[],\"usage\":" + usageObject(completionTokens) + padding(0)
                + "}\n\n";
    }

    /** The terminal marker. */
    public String done() {
        return "data: [DONE]\n\n";
    }

    /** An error after status 200, as OpenAI sends it: a data line with a top-level error object. */
    public String error(String type, String message) {
        return "data: {\"error\":{\"message\":" + quote(message) + ",\"type\":" + quote(type)
                + ",\"param\":null,\"code\":null}}\n\n";
    }

    /** A complete answer that is not a stream. */
    public String unary(String text, int completionTokens, boolean withUsage) {
        return "{\"id\":\"" + ID + "\",\"object\":\"chat.completion\",\"created\":1763700000,\"model\":" + quote(model)
                + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" + quote(text)
                + ",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}]"
                + (withUsage ? ",\"usage\":" + usageObject(completionTokens) : "")
                + ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_a288987b44\"}\n";
    }

    private String choice(int index, String delta, String finishReason) {
        return "data: " + envelope() + "\"choices\":[{\"index\":" + index + ",\"delta\":" + delta
                + ",\"logprobs\":null,\"finish_reason\":" + finishReason + "}]" + (usage ? ",\"usage\":null" : "")
                + padding(delta.length()) + "}\n\n";
    }

    private String envelope() {
        return "{\"id\":\"" + ID + "\",\"object\":\"chat.completion.chunk\",\"created\":1763700000,\"model\":"
                + quote(model) + ",\"system_fingerprint\":\"fp_a288987b44\",";
    }

    /** Random padding against guessing tokens by length; here its length is a function of the event. */
    private static String padding(int seed) {
        return ",\"obfuscation\":\"" + PADDING.substring(0, 1 + Math.floorMod(seed * 7, 12)) + "\"";
    }

    private static String usageObject(int completionTokens) {
        return "{\"prompt_tokens\":" + PROMPT_TOKENS + ",\"completion_tokens\":" + completionTokens
                + ",\"total_tokens\":" + (PROMPT_TOKENS + completionTokens)
                + ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":"
                + "{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,"
                + "\"rejected_prediction_tokens\":0}}";
    }

    static String quote(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
