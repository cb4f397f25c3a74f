// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

/**
 * What Penstock reads of a messages request, and where in the body the model's name stands.
 *
 * @param model the name as the client means it, escapes resolved
 * @param stream whether the answer is wanted event by event
 * @param promptBytes raw bytes of the text in system, messages and tools: the basis of an estimate
 * @param maxTokens most tokens of the answer; 0 where none are wanted or the request sets no limit, as one that only counts
 * @param modelFrom first byte of the model's value in the body, its quote
 * @param modelTo behind its last byte
 */
public record MessagesRequestHead(
        String model, boolean stream, long promptBytes, long maxTokens, int modelFrom, int modelTo) {}
