// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. What people write into the configuration to be decided or said per request: conditions in CEL and answers with
 * variables. What comes in: a text, once, when the configuration is read; then the {@link dev.penstock.exchange.RequestFacts}
 * of one request after the other. What goes out: yes or no ({@link dev.penstock.exchange.RequestTest}), or the finished text.
 * Both languages know the same variables and nothing else: no clock, no network, no reflection, no loop without a bound.
 *
 * <p>This room is the only door to the library of CEL and to that of Mustache; their classes are loaded when the first text
 * is compiled, so a configuration without conditions does not pay for them. Open {@link dev.penstock.policy.Conditions} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.policy;
