// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import static dev.penstock.schema.Keys.bytes;

/** The names of an answer, as the bytes that stand on the wire. */
final class GeminiKeys {

    static final byte[] ARGS = bytes("args");
    static final byte[] BLOCK_REASON = bytes("blockReason");
    static final byte[] BLOCK_REASON_MESSAGE = bytes("blockReasonMessage");
    static final byte[] BOOL_VALUE = bytes("boolValue");
    static final byte[] CACHED = bytes("cachedContentTokenCount");
    static final byte[] CANDIDATES = bytes("candidates");
    static final byte[] CHOSEN_CANDIDATES = bytes("chosenCandidates");
    static final byte[] CANDIDATES_TOKENS = bytes("candidatesTokenCount");
    static final byte[] CITATIONS = bytes("citations");
    static final byte[] CITATION_METADATA = bytes("citationMetadata");
    static final byte[] CITATION_SOURCES = bytes("citationSources");
    static final byte[] CONTENT = bytes("content");
    static final byte[] END_INDEX = bytes("endIndex");
    static final byte[] ERROR = bytes("error");
    static final byte[] FINISH_REASON = bytes("finishReason");
    static final byte[] FUNCTION_CALL = bytes("functionCall");
    static final byte[] GROUNDING_CHUNKS = bytes("groundingChunks");
    static final byte[] GROUNDING_CHUNK_INDICES = bytes("groundingChunkIndices");
    static final byte[] GROUNDING_METADATA = bytes("groundingMetadata");
    static final byte[] GROUNDING_SUPPORTS = bytes("groundingSupports");
    static final byte[] ID = bytes("id");
    static final byte[] JSON_PATH = bytes("jsonPath");
    static final byte[] LOGPROBS_RESULT = bytes("logprobsResult");
    static final byte[] LOG_PROBABILITY = bytes("logProbability");
    static final byte[] MODEL_VERSION = bytes("modelVersion");
    static final byte[] NAME = bytes("name");
    static final byte[] NULL_VALUE = bytes("nullValue");
    static final byte[] NUMBER_VALUE = bytes("numberValue");
    static final byte[] PARTIAL_ARGS = bytes("partialArgs");
    static final byte[] PARTS = bytes("parts");
    static final byte[] PART_INDEX = bytes("partIndex");
    static final byte[] PROMPT_FEEDBACK = bytes("promptFeedback");
    static final byte[] PROMPT_TOKENS = bytes("promptTokenCount");
    static final byte[] RESPONSE_ID = bytes("responseId");
    static final byte[] SEGMENT = bytes("segment");
    static final byte[] START_INDEX = bytes("startIndex");
    static final byte[] STOP = bytes("STOP");
    static final byte[] STRING_VALUE = bytes("stringValue");
    static final byte[] TEXT = bytes("text");
    static final byte[] THOUGHT = bytes("thought");
    static final byte[] THOUGHTS_TOKENS = bytes("thoughtsTokenCount");
    static final byte[] THOUGHT_SIGNATURE = bytes("thoughtSignature");
    static final byte[] TITLE = bytes("title");
    static final byte[] TOKEN = bytes("token");
    static final byte[] TOOL_USE_TOKENS = bytes("toolUsePromptTokenCount");
    static final byte[] TOP_CANDIDATES = bytes("topCandidates");
    static final byte[] TOTAL_TOKENS = bytes("totalTokenCount");
    static final byte[] URI = bytes("uri");
    static final byte[] USAGE_METADATA = bytes("usageMetadata");
    static final byte[] WILL_CONTINUE = bytes("willContinue");

    private GeminiKeys() {}
}
