// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. How an answer that passes through as it came is ended before its provider ends it, in the words of its schema: the answer is as
 * long as it may be. What comes in: a reader of the provider's events, and the event behind which the answer ends. What goes out: the
 * events that its provider would have sent with {@code length}, {@code max_tokens} or {@code max_output_tokens}. Translated answers end by
 * their encoders and need none of this. Open {@link dev.penstock.translation.ending.PassedEnding} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.ending;
