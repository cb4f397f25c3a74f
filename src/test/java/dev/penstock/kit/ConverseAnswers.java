// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.schema.bedrock.Frames;

/**
 * Answers of Amazon Bedrock's Converse, ready to use: whole ones as JSON, streams as frames of the binary event stream. Their framing is
 * judged by AWS's own client in {@code AwsSdkTest}.
 */
public final class ConverseAnswers {

    private ConverseAnswers() {}

    /** An answer of these deltas, or of their concatenation. */
    public static Answer text(String... deltas) {
        return request -> {
            if (!isStream(request)) {
                return whole("[{\"text\":" + ChatEvents.quote(String.join("", deltas)) + "}]", "end_turn");
            }
            Script.Builder script = begin();
            for (String delta : deltas) {
                script.send(textDelta(0, delta));
            }
            return script.send(blockStop(0))
                    .send(messageStop("end_turn"))
                    .send(metadata())
                    .build();
        };
    }

    /** A signed thought, and one call whose arguments come in three fragments. */
    public static Answer thoughtAndCall() {
        return request -> {
            if (!isStream(request)) {
                return whole(
                        "[{\"reasoningContent\":{\"reasoningText\":{\"text\":\"Hm, Zürich.\",\"signature\":\"sig+/=\"}}},"
                                + "{\"toolUse\":{\"toolUseId\":\"tooluse_1\",\"name\":\"get_weather\",\"input\":{\"city\":\"Zürich\"}}}]",
                        "tool_use");
            }
            return begin().send(delta(0, "{\"reasoningContent\":{\"text\":\"Hm, \"}}"))
                    .send(delta(0, "{\"reasoningContent\":{\"text\":\"Zürich.\"}}"))
                    .send(delta(0, "{\"reasoningContent\":{\"signature\":\"sig+/=\"}}"))
                    .send(blockStop(0))
                    .send(
                            event(
                                    "contentBlockStart",
                                    "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"tooluse_1\",\"name\":\"get_weather\"}}}"))
                    .send(delta(1, "{\"toolUse\":{\"input\":\"{\\\"city\"}}"))
                    .send(delta(1, "{\"toolUse\":{\"input\":\"\\\":\\\"Zürich\"}}"))
                    .send(delta(1, "{\"toolUse\":{\"input\":\"\\\"}\"}}"))
                    .send(blockStop(1))
                    .send(messageStop("tool_use"))
                    .send(metadata())
                    .build();
        };
    }

    /** An error before the answer, as Bedrock names it in a header. */
    public static Script error(int status, String type, String message) {
        return Script.whole(status, "application/json", "{\"message\":" + ChatEvents.quote(message) + "}")
                .header("x-amzn-errortype", type + ":http://internal.amazon.com/coral/com.amazon.bedrock/")
                .header("x-amzn-requestid", "9d1c4f0a-7b55-4c1e-8a57-2c9f1f3c0d11")
                .build();
    }

    /** The head of a stream and its first event. */
    public static Script.Builder begin() {
        return Script.status(200)
                .header("content-type", "application/vnd.amazon.eventstream")
                .header("x-amzn-requestid", "9d1c4f0a-7b55-4c1e-8a57-2c9f1f3c0d11")
                .send(event("messageStart", "{\"role\":\"assistant\",\"p\":\"abcdefgh\"}"));
    }

    public static byte[] textDelta(int block, String text) {
        return delta(block, "{\"text\":" + ChatEvents.quote(text) + "}");
    }

    public static byte[] delta(int block, String delta) {
        return event(
                "contentBlockDelta", "{\"contentBlockIndex\":" + block + ",\"delta\":" + delta + ",\"p\":\"abcd\"}");
    }

    public static byte[] blockStop(int block) {
        return event("contentBlockStop", "{\"contentBlockIndex\":" + block + ",\"p\":\"ab\"}");
    }

    public static byte[] messageStop(String reason) {
        return event("messageStop", "{\"stopReason\":\"" + reason + "\",\"p\":\"abc\"}");
    }

    /** Twelve tokens asked, seven answered. */
    public static byte[] metadata() {
        return event(
                "metadata",
                "{\"usage\":{\"inputTokens\":12,\"outputTokens\":7,\"totalTokens\":19},\"metrics\":{\"latencyMs\":318}}");
    }

    public static byte[] event(String type, String json) {
        return Frames.event(type, json);
    }

    /** The frame in the midst of a stream that says that nothing more comes. */
    public static byte[] exception(String type, String message) {
        return Frames.exception(type, "{\"message\":" + ChatEvents.quote(message) + "}");
    }

    private static boolean isStream(SeenRequest request) {
        return request.path().endsWith("/converse-stream");
    }

    private static Script whole(String content, String reason) {
        return Script.json(
                200,
                "{\"metrics\":{\"latencyMs\":318},\"output\":{\"message\":{\"content\":" + content
                        + ",\"role\":\"assistant\"}},\"stopReason\":\"" + reason
                        + "\",\"usage\":{\"inputTokens\":12,\"outputTokens\":7,\"totalTokens\":19}}");
    }
}
