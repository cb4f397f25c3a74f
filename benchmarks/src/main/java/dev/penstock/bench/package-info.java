// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. The ladder: what a streamed event, a unary call, an idle stream and a start cost, on Penstock and on the steps below it.
 *
 * <p>Every figure is a comparison made in one run on one machine: the same load, from the same process, goes straight to the fake
 * provider, through a bare Vert.x pass-through, and through each variant of Penstock in turn. The load process holds provider and
 * client on one event loop, pinned away from the process under test, and checks every byte that arrives: a number of a stream that
 * was not exact is not a number. Open {@link dev.penstock.bench.Ladder} first; {@code benchmarks/run} is the way in.
 */
@NullMarked
package dev.penstock.bench;

import org.jspecify.annotations.NullMarked;
