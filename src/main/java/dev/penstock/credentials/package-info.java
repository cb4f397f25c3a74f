// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. Credentials of clouds, which are fetched, good for minutes or hours, and fetched again: where AWS's SDKs and Google's
 * would find them. What comes in: a {@link dev.penstock.config.CloudLogin}, which says where to look; what goes out: keys or a
 * token as long as they are valid, and otherwise a failure that names every place that was tried. This room decides the order of
 * the places, when to fetch again and what a failed attempt means; how a request is signed with what it found is not its
 * business. Open {@link dev.penstock.credentials.Refreshing} first, then {@code AwsChain}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.credentials;
