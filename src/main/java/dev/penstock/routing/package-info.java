// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Where to? From the name that a client sends to an ordered list of targets: {@link dev.penstock.routing.RouteTable}
 * is built once per configuration snapshot and only read afterwards. What comes in: a model name. What goes out: a
 * {@link dev.penstock.routing.Route}, or a 404 that names the nearest known name. Open {@code RouteTable} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.routing;
