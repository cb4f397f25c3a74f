// SPDX-License-Identifier: Apache-2.0
/**
 * Hot for streams, warm for the rest. Version 2 of Cohere's chat as a target: requests are written, answers and errors are read; no
 * client speaks it to Penstock. What comes in: a {@link dev.penstock.conversation.Conversation}, events of a stream, whole bodies.
 * What goes out: a body to send, and calls on an {@link dev.penstock.conversation.AnswerSink}. Sources: Cohere's API reference and its
 * generated Python SDK (November 2026), and recordings, which win. Open {@code CohereRequestWriter} first, then
 * {@code CohereStreamDecoder}.
 *
 * <p>What the model plans before it calls tools ({@code tool_plan}) is told as a thought: it is not addressed to the user, newer
 * models say the same in thinking content, and as text it would come back as an answer that was never given. A thought that comes
 * back unsigned, in a turn that calls, is written as the plan of that turn again, where Cohere's own clients put it.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.cohere;
