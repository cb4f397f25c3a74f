// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. How much may callers ask for: requests, tokens, concurrency and money? What a limit allows is leased from a store that the nodes
 * share, ahead of the need, so that a request is admitted from memory; an exchange reserves, goes on from what is reserved while
 * its answer streams, and settles to what was really used.
 *
 * <p>Start reading at {@code Admission}; {@code Limiter} is the one of an event loop, {@code Leases} the book of the process with what
 * this node has leased, {@code Lease} the arithmetic of one count in one window, and {@code MemoryLeases} the store of a node alone.
 * The arithmetic is in whole numbers and the same behind all stores.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.quota;
