// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import java.nio.charset.StandardCharsets;

/** The few names that Penstock looks for in answers, as the bytes that stand on the wire. */
final class Keys {

    static final byte[] AUDIO = bytes("audio");
    static final byte[] CACHED_TOKENS = bytes("cached_tokens");
    static final byte[] CHOICES = bytes("choices");
    static final byte[] COMPLETION_TOKENS = bytes("completion_tokens");
    static final byte[] COMPLETION_TOKENS_DETAILS = bytes("completion_tokens_details");
    static final byte[] CONTENT = bytes("content");
    static final byte[] DATA = bytes("data");
    static final byte[] DELTA = bytes("delta");
    static final byte[] ERROR = bytes("error");
    static final byte[] FILE_DATA = bytes("file_data");
    static final byte[] FINISH_REASON = bytes("finish_reason");
    static final byte[] FORMAT = bytes("format");
    static final byte[] FUNCTION_CALL = bytes("function_call");
    static final byte[] ID = bytes("id");
    static final byte[] IMAGES = bytes("images");
    static final byte[] INDEX = bytes("index");
    static final byte[] INPUT_TOKENS = bytes("input_tokens");
    static final byte[] INPUT_TOKENS_DETAILS = bytes("input_tokens_details");
    static final byte[] MESSAGE = bytes("message");
    static final byte[] OBJECT = bytes("object");
    static final byte[] OUTPUT_TOKENS = bytes("output_tokens");
    static final byte[] OUTPUT_TOKENS_DETAILS = bytes("output_tokens_details");
    static final byte[] PROMPT_AUDIO_SECONDS = bytes("prompt_audio_seconds");
    static final byte[] PROMPT_CACHE_HIT_TOKENS = bytes("prompt_cache_hit_tokens");
    static final byte[] PROMPT_TOKENS = bytes("prompt_tokens");
    static final byte[] PROMPT_TOKENS_DETAILS = bytes("prompt_tokens_details");
    static final byte[] REASONING = bytes("reasoning");
    static final byte[] REASONING_CONTENT = bytes("reasoning_content");
    static final byte[] REASONING_DETAILS = bytes("reasoning_details");
    static final byte[] REASONING_TOKENS = bytes("reasoning_tokens");
    static final byte[] REFUSAL = bytes("refusal");
    static final byte[] ROLE = bytes("role");
    static final byte[] SIGNATURE = bytes("signature");
    static final byte[] TEXT = bytes("text");
    static final byte[] TOOL_CALLS = bytes("tool_calls");
    static final byte[] TOTAL_TOKENS = bytes("total_tokens");
    static final byte[] TYPE = bytes("type");
    static final byte[] URL = bytes("url");
    static final byte[] USAGE = bytes("usage");
    static final byte[] X_GROQ = bytes("x_groq");

    private Keys() {}

    static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }
}
