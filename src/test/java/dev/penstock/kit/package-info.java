// SPDX-License-Identifier: Apache-2.0
/**
 * The test kit: a provider that can be told to misbehave ({@link dev.penstock.kit.ProviderSimulator}), a network that can be
 * told to fail ({@link dev.penstock.kit.FaultProxy}), and clients that see every byte and every way an answer can end
 * ({@link dev.penstock.kit.RawClient}, {@link dev.penstock.kit.H2Client}). The benchmarks compile it too, so it needs nothing
 * but the JDK, Vert.x core and Jackson. Open {@link dev.penstock.kit.Script} first, then {@link dev.penstock.kit.Fault}.
 */
package dev.penstock.kit;
