// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

/** What may change under a node's feet because another process changed it. */
public enum StoreTopic {
    KEYS,
    SWITCHES
}
