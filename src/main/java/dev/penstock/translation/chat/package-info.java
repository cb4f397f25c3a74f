// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. OpenAI chat completions in the middle's words and back. In come a client's request
 * ({@link dev.penstock.translation.chat.ChatConversationReader}) and a provider's answer
 * ({@link dev.penstock.translation.chat.ChatStreamDecoder}, {@link dev.penstock.translation.chat.ChatAnswerDecoder}); out go a
 * provider's request ({@link dev.penstock.translation.chat.ChatRequestWriter}) and a client's answer
 * ({@link dev.penstock.translation.chat.ChatStreamEncoder}, {@link dev.penstock.translation.chat.ChatAnswerEncoder}). Stream and
 * whole answer are read by the same eyes, {@code ChunkReader}, and so agree. What a foreign provider wants back with the next
 * turn travels through this schema in fields that its clients already keep, see {@code CarrierForm}.
 *
 * <p>Source: the OpenAI API reference for chat completions, and the deviations of compatible servers as noted where they are
 * met. Open {@code ChunkReader} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.chat;
