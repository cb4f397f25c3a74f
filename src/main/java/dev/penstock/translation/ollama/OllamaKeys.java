// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static dev.penstock.schema.Keys.bytes;

/** The names of an answer, as the bytes that stand on the wire. */
final class OllamaKeys {

    static final byte[] ARGUMENTS = bytes("arguments");
    static final byte[] CREATED_AT = bytes("created_at");
    static final byte[] DONE = bytes("done");
    static final byte[] DONE_REASON = bytes("done_reason");
    static final byte[] EVAL_COUNT = bytes("eval_count");
    static final byte[] FUNCTION = bytes("function");
    static final byte[] MODEL = bytes("model");
    static final byte[] NAME = bytes("name");
    static final byte[] PROMPT_EVAL_COUNT = bytes("prompt_eval_count");
    static final byte[] THINKING = bytes("thinking");

    private OllamaKeys() {}
}
