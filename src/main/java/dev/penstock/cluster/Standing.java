// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

/** How this node stands to others. */
public enum Standing {
    /** There are others, and this node is one of them. */
    JOINED,
    /** No other node was found, or all have left. */
    ALONE,
    /** This node's part of the cluster has ended; it goes on without others. */
    DOWN
}
