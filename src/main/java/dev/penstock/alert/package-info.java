// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. What people hear of: rules are held against the gateway's state once a second, and what begins or ends to be true is told to
 * receivers that may be slow, away or wrong without anything else noticing. What comes in: {@link dev.penstock.alert.AlertSignals} and
 * settled exchanges. What goes out: requests through the side-call door. Open {@link dev.penstock.alert.Alerting} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.alert;
