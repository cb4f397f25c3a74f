// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something for a time.
 *
 * @param until from when on it is refused, by the clock of whoever gave it; null when it lasts
 */
record Lease<T>(T value, @Nullable Instant until) {}
