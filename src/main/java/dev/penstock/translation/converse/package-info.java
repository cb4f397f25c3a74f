// SPDX-License-Identifier: Apache-2.0
/**
 * Hot for streams, warm for the rest. AWS Bedrock's Converse and ConverseStream as a target: requests are written, answers and
 * errors are read; no client speaks it to Penstock. What comes in: a {@link dev.penstock.conversation.Conversation}, frames of
 * the binary event stream, whole bodies. What goes out: a body to sign and send, and calls on an
 * {@link dev.penstock.conversation.AnswerSink}. Source: the service model of {@code bedrock-runtime} (botocore 1.43) and the Bedrock
 * user guide, as noted at each class. Open {@code ConverseRequestWriter} first, then {@code ConverseStreamDecoder}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.converse;
