// SPDX-License-Identifier: Apache-2.0
/**
 * Proof under chaos: a load that logs every call ({@link dev.penstock.kit.chaos.ClientCall}), a schedule of mishaps that a seed
 * determines ({@link dev.penstock.kit.chaos.Schedule}), a small landscape of real processes that suffers them
 * ({@link dev.penstock.kit.chaos.Landscape}), and a checker that joins what the clients saw with what the nodes settled
 * ({@link dev.penstock.kit.chaos.Checker}). Open {@link dev.penstock.kit.chaos.ChaosRun} first. Like the rest of the kit it needs
 * nothing but the JDK, Vert.x core and Jackson.
 */
package dev.penstock.kit.chaos;
