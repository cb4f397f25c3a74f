// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Who may call, as whom, and what. A caller shows a key (the one for everybody, one of a tenant in the file, or one that was made
 * at run time), the token of an identity provider, or a session of the application. What comes in: the header fields in which a caller
 * shows who it is. What goes out: a {@link dev.penstock.auth.Verdict} with the caller's identity and its {@link dev.penstock.auth.Grant},
 * at once where it is known and later on the same event loop where somebody must be asked. {@link dev.penstock.auth.VirtualKeys} makes,
 * replaces and revokes keys; where they outlive the process is the business of a {@link dev.penstock.auth.KeyStore}. Open
 * {@link dev.penstock.auth.Authenticator} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.auth;
