// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. Microbenchmarks of the hot and warm paths, one question per class. They run on the threads of a Netty event loop (see
 * {@link dev.penstock.bench.jmh.EventLoopThreads}), as the code that they measure does; publish time and bytes per operation
 * together ({@code -prof gc}).
 */
package dev.penstock.bench.jmh;
