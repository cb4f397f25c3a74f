// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import java.nio.charset.StandardCharsets;

/** The few names that Penstock looks for in requests and answers, as the bytes that stand on the wire. */
public final class Keys {

    public static final byte[] AUDIO = bytes("audio");
    public static final byte[] CACHED_TOKENS = bytes("cached_tokens");
    public static final byte[] CHOICES = bytes("choices");
    public static final byte[] COMPLETION_TOKENS = bytes("completion_tokens");
    public static final byte[] COMPLETION_TOKENS_DETAILS = bytes("completion_tokens_details");
    public static final byte[] CONTENT = bytes("content");
    public static final byte[] DATA = bytes("data");
    public static final byte[] DELTA = bytes("delta");
    public static final byte[] ERROR = bytes("error");
    public static final byte[] FILE_DATA = bytes("file_data");
    public static final byte[] FINISH_REASON = bytes("finish_reason");
    public static final byte[] FORMAT = bytes("format");
    public static final byte[] FUNCTION_CALL = bytes("function_call");
    public static final byte[] ID = bytes("id");
    public static final byte[] IMAGES = bytes("images");
    public static final byte[] INDEX = bytes("index");
    public static final byte[] INPUT_TOKENS = bytes("input_tokens");
    public static final byte[] INPUT_TOKENS_DETAILS = bytes("input_tokens_details");
    public static final byte[] LOGPROBS = bytes("logprobs");
    public static final byte[] MESSAGE = bytes("message");
    public static final byte[] OBJECT = bytes("object");
    public static final byte[] OUTPUT_TOKENS = bytes("output_tokens");
    public static final byte[] OUTPUT_TOKENS_DETAILS = bytes("output_tokens_details");
    public static final byte[] PROMPT_AUDIO_SECONDS = bytes("prompt_audio_seconds");
    public static final byte[] PROMPT_CACHE_HIT_TOKENS = bytes("prompt_cache_hit_tokens");
    public static final byte[] PROMPT_TOKENS = bytes("prompt_tokens");
    public static final byte[] PROMPT_TOKENS_DETAILS = bytes("prompt_tokens_details");
    public static final byte[] REASONING = bytes("reasoning");
    public static final byte[] REASONING_CONTENT = bytes("reasoning_content");
    public static final byte[] REASONING_DETAILS = bytes("reasoning_details");
    public static final byte[] REASONING_TOKENS = bytes("reasoning_tokens");
    public static final byte[] REFUSAL = bytes("refusal");
    public static final byte[] ROLE = bytes("role");
    public static final byte[] SIGNATURE = bytes("signature");
    public static final byte[] TEXT = bytes("text");
    public static final byte[] TOOL_CALLS = bytes("tool_calls");
    public static final byte[] TOTAL_TOKENS = bytes("total_tokens");
    public static final byte[] TYPE = bytes("type");
    public static final byte[] URL = bytes("url");
    public static final byte[] USAGE = bytes("usage");
    public static final byte[] X_GROQ = bytes("x_groq");

    private Keys() {}

    public static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }
}
