// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. The one small door for calls that Penstock makes for itself, beside the path of tokens: temporary credentials, access
 * tokens, pictures that a provider cannot fetch. What comes in: a {@link dev.penstock.sidecall.SideCall}; what goes out: a
 * bounded {@link dev.penstock.sidecall.SideReply} or a failure whose message may be shown. Redirects are never followed and
 * nothing of a client's request is sent along unless the caller puts it there.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.sidecall;
