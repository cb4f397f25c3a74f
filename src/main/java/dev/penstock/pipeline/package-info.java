// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. The table of contents of a request: {@link dev.penstock.pipeline.Exchange} climbs the staircase once (read, route,
 * call, decide) and then lets the tokens slide. The only room that knows the order of the others. What comes in: a request
 * body and a {@link dev.penstock.pipeline.ClientResponse}. What goes out: one answer or one error, and one settlement. Open
 * {@code Exchange} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.pipeline;
