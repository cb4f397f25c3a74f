// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. OpenAI Responses on either side of a translation: {@code POST /v1/responses} of a client, read into a
 * {@link dev.penstock.conversation.Conversation} and answered from an {@link dev.penstock.conversation.AnswerSink}; and a provider
 * that speaks Responses, asked and listened to. There are no sessions: what a request refers to and does not hold is refused,
 * and a provider is asked to store nothing. Open {@code ResponsesConversationReader} first, then {@code OutputItems}, which
 * builds the answer for both encoders, then {@code ResponsesStreamDecoder}. Sources: the OpenAI API reference for responses
 * and its streaming events, and recorded traffic of the servers that speak it.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.responses;
