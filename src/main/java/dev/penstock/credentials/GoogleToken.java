// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.Secret;
import org.jspecify.annotations.Nullable;

/**
 * What proves an identity to an API of Google Cloud.
 *
 * @param access sent as bearer token
 * @param quotaProject the project that a user's calls count for ({@code x-goog-user-project}), or null
 */
public record GoogleToken(Secret access, @Nullable String quotaProject) {}
