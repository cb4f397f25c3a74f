// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import java.time.Instant;

/**
 * One node of the cluster.
 *
 * @param node its name, new with each start
 * @param address where members reach it
 * @param since when it started, by its own clock
 * @param self whether it is this node
 * @param configVersion of its effective configuration; empty while it has not told
 */
public record ClusterMember(String node, String address, Instant since, boolean self, String configVersion) {}
