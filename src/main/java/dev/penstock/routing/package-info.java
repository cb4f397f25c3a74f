// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Where to? From the name that a client sends to an ordered list of targets: {@link dev.penstock.routing.RouteTable}
 * is built once per configuration snapshot and event loop. What comes in: a model name, facts about the request, and through
 * {@link dev.penstock.routing.Signals} how targets do. What goes out: a {@link dev.penstock.routing.Route} with targets in the
 * order in which they are tried, a 404 that names the nearest known name, or a 400 when no target takes the request. Open
 * {@code RouteTable} first, then {@code Selection}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.routing;
