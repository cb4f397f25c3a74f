// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Decides whether and how an image that a client gives by its address is fetched for a provider that takes only bytes: from
 * which hosts, over which addresses, how much and for how long. What comes in: a conversation; what goes out: the same one with
 * bytes, or the client's error. Every rule here is there because the address is chosen by somebody else (server-side request
 * forgery): the name is looked up once, all its addresses are judged, and the connection goes to one of those.
 *
 * <p>Open {@link dev.penstock.fetch.ImageFetcher} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.fetch;
