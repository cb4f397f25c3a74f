// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. Who else is there? This node's part of a cluster: how it finds others, what it tells them of its breakers, which of
 * them may probe, and which configuration each of them has. What comes in: a configuration and notices. What goes out: the
 * members, and the notices of others. The only room that knows Hazelcast, which never runs on an event loop here; a node whose
 * cluster is slow or gone goes on alone. Open {@link dev.penstock.cluster.ClusterNode} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.cluster;
