// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. Gemini's generateContent, as Google AI Studio and Vertex AI speak it: a conversation becomes a request body, and
 * chunks, whole answers and errors become what they mean. What comes in: a {@code Conversation}, the bytes of an event, of an answer
 * or of an error. What goes out: a body, calls on an {@code AnswerSink}, a {@code GatewayError}. Sources: the Gemini API and Vertex AI
 * references (v1beta, v1beta1) and python-genai's types (August 2026). Open {@code GeminiRequestWriter} first, then
 * {@code ChunkReader}, which streams and whole answers share.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.gemini;
