// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. Ollama's own {@code /api/chat}, as its server and Ollama's cloud speak it: a conversation becomes a request body, and lines,
 * whole answers and errors become what they mean. What comes in: a {@code Conversation}, the bytes of a line, of an answer or of an error.
 * What goes out: a body, calls on an {@code AnswerSink}, a {@code GatewayError}. Sources: Ollama's API reference ("Generate a chat
 * completion", 2026) and the types of its server ({@code api/types.go}). Open {@code OllamaRequestWriter} first, then {@code LineReader},
 * which streams and whole answers share.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.ollama;
