// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The steps at which an access token of Google Cloud may be found, in the order of Google's Application Default Credentials.
 *
 * @param keyFile a JSON key that somebody named, or null; then it is the only step
 * @param keyFileFrom the key or the variable that names it, for messages
 * @param userFile where {@code gcloud auth application-default login} leaves one, or null where there is no home to look in
 * @param metadata where the metadata server of the machine answers, or null when it must not be asked
 */
public record GoogleLogin(
        @Nullable Path keyFile,
        String keyFileFrom,
        @Nullable Path userFile,
        @Nullable URI metadata) implements CloudLogin {}
