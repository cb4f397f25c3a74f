// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Was this call made before? A client that names its call in the header field {@code idempotency-key} has it made once: who repeats it
 * while it is under way is refused, who repeats it afterwards gets the answer of the first time. What comes in: the caller, the name, what was
 * asked. What goes out: a {@link dev.penstock.idempotency.Claim}, an answer that was kept, or a refusal.
 *
 * <p>Start reading at {@code Idempotency}, which is the one of an event loop; {@code AnswerStore} is what the nodes share, and {@code
 * MemoryAnswers} that of a node alone. Calls without the header field never come here.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.idempotency;
