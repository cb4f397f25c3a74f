// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Where models live: one {@link dev.penstock.provider.ProviderCaller} per shard knows every configured provider and the
 * shard's own HTTP client. What comes in: a {@link dev.penstock.provider.ProviderCall}, the spliced request of one attempt.
 * What goes out: the head of the answer and its body as a paused {@link dev.penstock.exchange.ByteSource}, or a classified
 * failure. The room decides where a request goes ({@code Endpoint}), how to sign in ({@code RequestSigner}), with which of
 * several keys ({@code KeyRing}) and how to connect; it never looks at a token. What an answer says about a key it is told by
 * {@link dev.penstock.provider.KeyUse}. Open {@code ProviderCall} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.provider;
