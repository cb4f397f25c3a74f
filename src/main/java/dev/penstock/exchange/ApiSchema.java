// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** A wire format that a client or a provider speaks. */
public enum ApiSchema {
    OPENAI_CHAT,
    OPENAI_RESPONSES,
    ANTHROPIC_MESSAGES,
    GEMINI_GENERATE_CONTENT,
    BEDROCK_CONVERSE
}
