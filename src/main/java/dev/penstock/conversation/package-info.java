// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. What a request and an answer mean, whatever the wire format: the middle of every translation. A schema is translated into this
 * form and out of it, so that a new one needs its own reader and writer and no pair. Same-schema exchanges do not come here, their
 * bytes pass through; only an answer that may have to go on at another provider does.
 *
 * <p>A request is a value, {@link dev.penstock.conversation.Conversation}. An answer is a sequence of calls,
 * {@link dev.penstock.conversation.AnswerSink}, the same for a stream and for a whole answer, because a stream must be
 * translated event by event and the two must agree.
 *
 * <p>Each part comes with its {@link dev.penstock.conversation.Place} in the client's request, for what must be said about it; what a
 * {@link dev.penstock.conversation.Vocabulary} does not hold is kept among the extras.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.conversation;
