// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Again, elsewhere, or no more? What the node knows of each target (breaker, times to the first token, attempts under
 * way), and what one exchange does after a failed attempt (retry, next target, end). What comes in: how attempts went. What goes
 * out: permits and verdicts. It calls nobody; the pipeline asks. Open {@code TargetStates} first; what becomes of more work than
 * fits is in {@code ConcurrencyGate} (a target) and {@code LoadShedder} (the node).
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.resilience;
