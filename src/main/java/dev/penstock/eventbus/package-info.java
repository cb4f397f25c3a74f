// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. The verticles of a shard talk here: one message per decision (route this, call that, settle), by reference, local to
 * the shard, never one per token. What comes in: calls on the ports of other rooms. What goes out: the same calls, one turn of
 * the loop later, on the same thread. The only room that knows an address. Open {@link dev.penstock.eventbus.ShardBus} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.eventbus;
