// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

/** This node's part of the cluster could not be started. The message is for whoever started it. */
public final class ClusterFailed extends Exception {

    private static final long serialVersionUID = 1;

    ClusterFailed(String message) {
        super(message, null, false, false);
    }
}
