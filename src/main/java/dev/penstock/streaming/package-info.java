// SPDX-License-Identifier: Apache-2.0
/**
 * Hot. The chute: once the response head is decided, tokens slide through here on one thread, with no lock, no hop and no
 * object per token. What comes in: a paused {@link dev.penstock.exchange.ByteSource} and a client's sink. What goes out: the
 * same bytes, event by event, and one {@link dev.penstock.streaming.StreamMeter} reading at a time. The room decides when
 * to commit, when to pause, when to cut; STREAM-CONTRACT points 1 to 9 are its law.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.streaming;
