// SPDX-License-Identifier: Apache-2.0
/**
 * The vocabulary: values that every room speaks, and nothing that decides. An exchange is one client request with its
 * response; an attempt is one try against one {@link dev.penstock.exchange.Target}; every failure is a
 * {@link dev.penstock.exchange.GatewayError}; every ending has an {@link dev.penstock.exchange.Outcome}. Time comes from a
 * {@link dev.penstock.exchange.Ticker}, timers from {@link dev.penstock.exchange.Timers}, so that tests move both by hand.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.exchange;
