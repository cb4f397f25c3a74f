// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. How an answer in plain text goes on when its provider breaks off and another one takes over. It decides whether an answer
 * can go on ({@link dev.penstock.translation.continuation.Obstacle}), says to the next provider what has been said already
 * ({@link dev.penstock.translation.continuation.ContinuedRequest}), and joins what comes back to what the client has
 * ({@link dev.penstock.translation.continuation.ContinuingSink}). What comes in: the decoders of several providers, one after the other.
 * What goes out: one answer, for one encoder. Knows no schema.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.continuation;
