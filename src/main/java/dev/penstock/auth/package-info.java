// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Who may call, and as whom. Today there is one key for everybody and one or more for each tenant, or none and the API is
 * open; virtual keys and tokens of an identity provider come into this room later. What comes in: the three header fields in which a key
 * can arrive. What goes
 * out: a {@link dev.penstock.auth.Verdict}. Open {@link dev.penstock.auth.GatewayKey} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.auth;
