// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import org.jspecify.annotations.Nullable;

/**
 * The end of a prefix of the prompt that the provider shall cache.
 *
 * @param ttl {@code 5m} or {@code 1h}, or null for the provider's default
 */
public record CacheMark(@Nullable String ttl) {}
