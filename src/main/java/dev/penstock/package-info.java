// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. The root: the only place that sees all rooms. It reads the command line ({@link dev.penstock.Main}), builds the
 * rooms from a configuration snapshot, puts one shard on each event loop and takes everything down again.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock;
