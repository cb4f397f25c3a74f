// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** A wire format that a client or a provider speaks: the requests and answers of one path of a vendor's API. */
public enum ApiSchema {
    OPENAI_CHAT,
    OPENAI_RESPONSES,
    /** Text in, text out: OpenAI's legacy completions. Never translated. */
    OPENAI_COMPLETIONS,
    /** Never translated. */
    OPENAI_EMBEDDINGS,
    ANTHROPIC_MESSAGES,
    /** How many tokens a messages request has; answered by an estimate where the provider cannot count. */
    ANTHROPIC_COUNT_TOKENS,
    GEMINI_GENERATE_CONTENT,
    BEDROCK_CONVERSE,
    /** Ollama's own {@code /api/chat}. */
    OLLAMA_CHAT,
    /** Version 2 of Cohere's own chat. */
    COHERE_CHAT
}
