// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. Anthropic Messages into and out of the common form. What comes in: a client's request, a provider's answer or stream of
 * this schema, or the calls of an answer from another one. What goes out: a {@code Conversation}, a provider's request, calls on
 * an {@code AnswerSink}, a client's answer or stream. Open {@code MessagesStreamDecoder} for a provider's side and
 * {@code MessagesStreamEncoder} for a client's. Source: Anthropic's API reference and the types of its SDKs (August 2026).
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.messages;
